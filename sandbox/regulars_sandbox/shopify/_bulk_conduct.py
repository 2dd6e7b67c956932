"""How a shop's bulk operations behave: their pace, and what goes wrong with them on order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["BULK_FAILURES", "BulkConduct"]

BULK_FAILURES: Final = ("INTERNAL_SERVER_ERROR", "TIMEOUT", "ACCESS_DENIED")


@dataclass(frozen=True, slots=True)
class BulkConduct:
    """How bulk operations behave.  The counts of operations begin anew when a shop is given another conduct.

    Time passes for all unfinished operations whenever somebody asks about one, or for one: each reads
    ``rows_a_look`` rows of its root connection (or lines of its variables) then.  With ``rows_a_second``
    above 0 the shop's clock says instead how many were read.  ``limit`` is how many of a type may be
    unfinished.  ``seed`` shuffles the lines of a file whose objects are not grouped.

    The next ``failing`` operations end as FAILED with the code ``failure`` and half of what they read,
    ``stuck`` ones never end, ``expired`` ones have a file that is gone already, ``emptied`` ones have no file
    (``url`` null) although they counted rows.  Files lack their last ``missing_lines`` lines, have
    ``repeated_lines`` lines that come once more and are counted, and their first ``spoilt_lines`` lines end
    half-way.  Each file's first ``cuts`` downloads break off after ``cut_at`` bytes (0: none does).
    ``no_ranges`` answers a request for a part with the whole; ``gzipped`` packs files for who takes that, and
    a part is then a part of what is packed.
    """

    rows_a_look: int = 500
    rows_a_second: int = 0
    limit: int = 5
    seed: int = 1
    failing: int = 0
    failure: str = BULK_FAILURES[0]
    stuck: int = 0
    expired: int = 0
    emptied: int = 0
    missing_lines: int = 0
    repeated_lines: int = 0
    spoilt_lines: int = 0
    cut_at: int = 0
    cuts: int = 1
    no_ranges: bool = False
    gzipped: bool = False
