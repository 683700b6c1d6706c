"""``python -m haconsole.lab``: the lab's commands alone."""

from __future__ import annotations

import argparse
import sys

from haconsole.words import set_language

from . import cli


def main(argv: list[str] | None = None) -> int:
    """Run ``lab ARGUMENTS`` and return the exit status."""
    set_language(None)
    parser = argparse.ArgumentParser(prog="haconsole")
    subparsers = parser.add_subparsers(required=True)
    cli.add_parser(subparsers)
    given = sys.argv[1:] if argv is None else argv
    return cli.run(parser.parse_args(["lab", *given]))


if __name__ == "__main__":
    sys.exit(main())
