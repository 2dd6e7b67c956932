"""Text from outside on one line, with nothing in it that a reader cannot see and a machine obeys."""

import re

# C0 and C1 without the line breaks, DEL, and the signs that turn the direction of the text after them.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAK = re.compile("\r\n|[\t\n\x0b\x0c\r\x85\u2028\u2029]")


def plain(text: str) -> str:
    """One line: a break is a space, any other control sign is shown as U+FFFD."""
    return _CONTROL.sub("\ufffd", _BREAK.sub(" ", text))
