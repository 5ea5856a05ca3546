"""The command `copydesk`; `python -m copydesk` is the same."""

import contextlib
import sys
from pathlib import Path


def main() -> None:
    """Run the command line; see `copydesk.cli.main`."""
    if sys.argv[1:2] in (["check"], ["review"]):  # before all else is imported, which takes about as long
        from copydesk.early import start_children
        from copydesk.errors import UsageError

        # Settings that cannot be are told when they are needed; an argument may be too long for a path.
        with contextlib.suppress(UsageError, OSError):
            start_children(sys.argv[2:])
    from copydesk.cli import main as command_line

    command_line()


if __name__ == "__main__":
    # `-m` puts the current folder first, which may be the posts': a `json.py` among them must not be imported.
    if not sys.flags.safe_path:
        sys.path[0] = str(Path(__file__).parent.parent)
    main()
