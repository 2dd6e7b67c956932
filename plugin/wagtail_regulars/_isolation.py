"""Text of shops and shoppers beside other text, which nothing invisible in it may turn around or hide."""

import re

from django.utils.html import format_html

# Controls, zero-width spaces, and what sets the direction of writing. Joiners stay: some scripts are written
# with them, and so are emoji.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)


def visible(text: str) -> str:
    """The text without controls that nobody sees, for places where no markup can isolate it."""
    return _INVISIBLE.sub("", text)


def isolated(text: str) -> str:
    """The text as HTML, escaped and isolated from the direction of what surrounds it; empty stays empty."""
    return format_html("<bdi>{}</bdi>", text) if text else ""
