"""What is said of words on the command line that mean nothing, without format codes and names of types."""

import re

_NO_DAY = re.compile(
    r"(?:Value error, )?(?P<given>'.*') does not match the formats? (?P<formats>'%[^']*'(, '%[^']*')*)\.?",
    re.DOTALL,
)
_WORDS = (
    ("Input should be a valid integer, unable to parse string as an integer", "It must be a whole number."),
    ("Input should be a valid number, unable to parse string as a number", "It must be a number."),
)


def in_plain_words(message: str) -> str:
    """The message of the library that reads arguments, as people would say it; others as they are."""
    for theirs, ours in _WORDS:
        if message == theirs:
            return ours
    no_day = _NO_DAY.fullmatch(message)
    if no_day is None:
        return message
    timed = ", or 2026-12-01T15:00 with its time" if "%H" in no_day["formats"] else ""
    return f"{no_day['given']} is no day. Write it like 2026-12-01{timed}."
