"""`python -m copydesk` is `copydesk`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # `-m` puts the current folder first, which may be the posts': a `json.py` among them must not be imported.
    if not sys.flags.safe_path:
        sys.path[0] = str(Path(__file__).parent.parent)

    from copydesk.cli import main

    main()
