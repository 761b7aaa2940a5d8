"""`python -m inrbench`, the command line."""

from inrbench.cli import main

main()
