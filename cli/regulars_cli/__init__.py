"""The command line: one verb, one meaning, the same as in Python and in the admin."""

from regulars_cli._entry import main

__all__ = ["main"]
