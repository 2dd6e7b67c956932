"""Switches of the command for how parts of the Shopify double behave."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final

from regulars_sandbox.shopify import BULK_FAILURES, OVERLAP_CODES, BulkConduct, SegmentConduct

__all__ = ["add_conduct_options", "chosen_bulk", "chosen_segments"]

_EACH: Final = "N"
_BULK_PREFIX, _SEGMENT_PREFIX = "bulk_", "segment_"
_BULK: Final = {
    "rows_a_look": (_EACH, "how many rows are read whenever somebody asks about an operation"),
    "rows_a_second": (_EACH, "how many rows are read a second instead (0: the asking counts)"),
    "limit": (_EACH, "how many operations of a type an app may have unfinished"),
    "seed": (_EACH, "what the lines of a file are shuffled by"),
    "failing": (_EACH, "let the first N operations fail"),
    "failure": ("", "the code they fail with"),
    "stuck": (_EACH, "let the first N operations never end"),
    "expired": (_EACH, "let the files of the first N operations be gone already"),
    "emptied": (_EACH, "give the first N operations no file although they counted rows"),
    "missing_lines": (_EACH, "leave the last N lines out of each file"),
    "repeated_lines": (_EACH, "let N lines of each file come once more"),
    "spoilt_lines": (_EACH, "end the first N lines of each file half-way"),
    "cut_at": ("BYTES", "break downloads off after so many bytes (0: none)"),
    "cuts": (_EACH, "how many downloads of each file break off"),
    "no_ranges": ("", "answer a request for a part of a file with the whole"),
    "gzipped": ("", "pack files for who takes that, so that parts are parts of what is packed"),
}
_SEGMENT: Final = {
    "lag_seconds": ("SECONDS", "how long until somebody is seen to join or leave a segment"),
    "lag_looks": (_EACH, "how many questions about a segment until somebody is seen to join or leave it"),
    "metafields": ("", "let segments ask about metafields"),
    "own_numbers": ("", "give members of segments the numbers of their customers"),
    "automatic_limit": (_EACH, "how many automatic discounts may be active at a time"),
    "overlap_code": ("", "the error of one automatic discount more"),
}


def add_conduct_options(parser: argparse.ArgumentParser) -> None:
    """A switch for each trait of ``BulkConduct`` and ``SegmentConduct``."""
    bulk = parser.add_argument_group("how bulk operations behave")
    _add(bulk, BulkConduct(), _BULK_PREFIX, _BULK, BULK_FAILURES)
    segments = parser.add_argument_group("how segments and automatic discounts behave")
    _add(segments, SegmentConduct(), _SEGMENT_PREFIX, _SEGMENT, OVERLAP_CODES)


def chosen_bulk(options: argparse.Namespace) -> BulkConduct:
    """What the switches for bulk operations say."""
    return BulkConduct(
        **{field.name: getattr(options, _BULK_PREFIX + field.name) for field in fields(BulkConduct)}
    )


def chosen_segments(options: argparse.Namespace) -> SegmentConduct:
    """What the switches for segments and automatic discounts say."""
    return SegmentConduct(
        **{field.name: getattr(options, _SEGMENT_PREFIX + field.name) for field in fields(SegmentConduct)}
    )


def _add(
    group: argparse._ArgumentGroup,
    plain: BulkConduct | SegmentConduct,
    prefix: str,
    said: Mapping[str, tuple[str, str]],
    words: Sequence[str],
) -> None:
    """The kind of a switch is that of the trait: a text is one of ``words``, what is true may be denied."""
    for field in fields(plain):
        option, (unit, told) = f"--{prefix}{field.name}".replace("_", "-"), said[field.name]
        default = getattr(plain, field.name)
        if default is True:
            group.add_argument(option, action=argparse.BooleanOptionalAction, default=True, help=told)
        elif default is False:
            group.add_argument(option, action="store_true", help=told)
        elif isinstance(default, str):
            group.add_argument(option, choices=words, default=default, help=told)
        else:
            group.add_argument(
                option, type=int, default=default, metavar=unit, help=f"{told} (default: {default})"
            )
