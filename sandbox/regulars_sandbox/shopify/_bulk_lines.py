"""The lines of a bulk operation's file: how each is written, and in which order they stand."""

from __future__ import annotations

import json
import random

from regulars_sandbox.shopify._bulk_conduct import BulkConduct
from regulars_sandbox.shopify._state import Record

__all__ = ["arranged", "written"]


def written(line: Record) -> bytes:
    """A line as UTF-8; only what UTF-8 has no bytes for is escaped."""
    try:
        return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def arranged(lines: list[bytes], conduct: BulkConduct, *, grouped: bool) -> list[bytes]:
    """The lines as the file has them: in no order unless grouped, and with what the conduct does to them."""
    lines = [*lines[: conduct.repeated_lines], *lines]
    if not grouped:
        # Nothing says where a child stands: mostly not behind its parent.
        random.Random(conduct.seed).shuffle(lines)  # noqa: S311 - it must repeat
    lines = lines[: len(lines) - conduct.missing_lines]
    spoilt = [_half(line) for line in lines[: conduct.spoilt_lines]]
    return [*spoilt, *lines[conduct.spoilt_lines :]]


def _half(line: bytes) -> bytes:
    return line[: len(line) // 2].decode(errors="ignore").encode() + b"\n"
