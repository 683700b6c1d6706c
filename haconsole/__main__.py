"""``python -m haconsole``."""

import sys

from haconsole.cli import main

if __name__ == "__main__":
    sys.exit(main())
