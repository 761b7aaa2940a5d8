"""`python -m inrbench.doctor`, for where nothing is installed yet."""

from __future__ import annotations

import argparse
import sys

from inrbench.doctor.show import run


def main() -> int:
    """The exit code, see `show.run`."""
    parser = argparse.ArgumentParser(prog="python -m inrbench.doctor", description=run.__doc__)
    parser.add_argument("--json", action="store_true", help="print all findings as JSON")
    return run(parser.parse_args().json)


if __name__ == "__main__":
    sys.exit(main())
