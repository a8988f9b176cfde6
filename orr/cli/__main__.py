"""`python -m orr.cli`, where the command itself is not installed."""

from orr.cli.main import main

main()
