"""The ``haconsole`` command, and ``python -m haconsole``."""

from __future__ import annotations

import signal
import sys


def run() -> int:
    """Run the command line. Ctrl-C is a plain end at any moment, of imports and of the end too."""
    interrupted = signal.getsignal(signal.SIGINT)
    if interrupted is not signal.default_int_handler:  # ignored, as for a job in the background
        return _main()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from haconsole import cli

    try:
        signal.signal(signal.SIGINT, interrupted)
        return cli.main()
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _main() -> int:
    from haconsole.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
