"""Where the monitor's records live: `open_store(url)` for `sqlite:///path` and `mongodb://host/database`."""

from __future__ import annotations

import os
from pathlib import Path

from copydesk.errors import UsageError
from copydesk.redaction import redact
from copydesk.stores.base import Store

ENVIRONMENT = "COPYDESK_STORE"


def default_url() -> str:
    """`COPYDESK_STORE`, or a SQLite file in the user's data folder."""
    if url := os.environ.get(ENVIRONMENT):
        return url
    return f"sqlite:///{data_folder() / 'copydesk.db'}"


def data_folder() -> Path:
    """The user's data folder for copydesk; not made here."""
    import platformdirs

    return Path(platformdirs.user_data_dir("copydesk"))


def make_store(url: str | None = None) -> Store:
    """The store of an address, not yet opened. Raises UsageError for an address of no known kind.

    `sqlite:///relative/path` is relative to the working folder, `sqlite:////path` absolute (as SQLAlchemy has it); a
    plain path to a `.db` or `.sqlite` file is taken too.
    """
    url = url or default_url()
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
    elif url.startswith(("mongodb://", "mongodb+srv://")):
        from copydesk.stores.mongodb import MongoStore

        return MongoStore(url)
    elif "://" not in url and url.endswith((".db", ".sqlite", ".sqlite3")):
        path = url
    else:
        raise UsageError(f"{redact(url)}: no address of a store; use sqlite:///path/to/file.db or mongodb://host/name")
    if not path or "\0" in path:
        raise UsageError(f"{redact(url)}: the address names no file; use sqlite:///path/to/file.db")
    from copydesk.stores.sqlite import SqliteStore

    return SqliteStore(Path(path).expanduser().absolute())


def open_store(url: str | None = None) -> Store:
    """An open store; the caller closes it. Raises UsageError, StoreError, StoreAway or StoreNewer."""
    store = make_store(url)
    store.open()
    return store
