"""Telling what stood around an answer's JSON, so that a check can name it. What it said is not kept."""

from enum import StrEnum

_MARK = b"\xef\xbb\xbf"
_OPENINGS, _CLOSINGS = (b"[", b"{"), (b"]", b"}")


class Noise(StrEnum):
    """What stood around an answer's JSON. Blank lines are none."""

    NONE = ""
    MARK = "mark"
    """A byte order mark."""
    BEFORE = "before"
    AFTER = "after"


def noise_around(body: bytes) -> Noise:
    """What stands around the JSON of ``body``, the first of it; only of bodies that hold JSON."""
    if body[:1] in _OPENINGS and body[-1:] in _CLOSINGS:
        return Noise.NONE
    text = body.strip()
    if text.startswith(_MARK):
        return Noise.MARK
    if not text.startswith(_OPENINGS):
        # A bare number or word is JSON too; only a page's tags are noise before it.
        return Noise.BEFORE if b"<" in text[:1] or text[-1:] in _CLOSINGS else Noise.NONE
    return Noise.NONE if text.endswith(_CLOSINGS) else Noise.AFTER
