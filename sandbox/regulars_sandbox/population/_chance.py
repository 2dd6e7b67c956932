"""Streams of chance: one for each stage, so that a change in one leaves the others' draws alone."""

from __future__ import annotations

from random import Random

__all__ = ["stream"]


def stream(seed: int, stage: str) -> Random:
    """The stream of ``stage``; the same for the same arguments, on every Python and hash seed.

    Only ``random``, ``randrange``, ``choice``, ``sample`` and ``shuffle`` are used on it: their draws
    have not changed between Python versions.
    """
    return Random(f"{seed}:{stage}")  # noqa: S311  (no secret is drawn: being repeatable is the point)
