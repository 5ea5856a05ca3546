"""A new Prefect server finds its SQLite database with all tables made: its own migrations take most of its first start.

The tables are those that Prefect's migrations leave (`prefect_database.sql`). The server still looks which of them are
missing, so it starts no differently, only sooner.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import tempfile
from pathlib import Path

PREFECT_VERSION = "3.8.8"  # whose tables these are
_TABLES = Path(__file__).with_name("prefect_database.sql")

log = logging.getLogger("copydesk.engine")


def provide() -> bool:
    """Put the database where the server of this process's settings will look for it; answers whether it did.

    Leaves alone what is there, a database that is configured elsewhere, and any other version of Prefect. Never raises:
    without it, the server makes the tables itself.
    """
    import prefect
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    file = settings.home / "prefect.db"
    address = settings.server.database.connection_url
    if prefect.__version__ != PREFECT_VERSION or address is None:
        return False
    if address.get_secret_value() != f"sqlite+aiosqlite:///{file}" or file.exists():
        return False
    try:
        return make(file)
    except (OSError, sqlite3.Error) as error:
        log.debug("the database of Prefect's server is left to it: %s", error)
        return False


def make(file: Path) -> bool:
    """Make the database; False when the file is there, also when it comes meanwhile. Raises OSError, sqlite3.Error."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(descriptor)
    new = Path(name)
    try:
        with contextlib.closing(sqlite3.connect(new)) as database:
            database.executescript(_TABLES.read_text(encoding="utf-8"))
        file.hardlink_to(new)  # unlike a rename, never over a database that has come meanwhile
        return True
    except FileExistsError:
        return False
    finally:
        new.unlink()
