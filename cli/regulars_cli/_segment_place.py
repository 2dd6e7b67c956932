"""Where an expression is wrong, shown under the expression itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from regulars_mapping import PermanentError
from regulars_marketing import SegmentError

_AROUND = 60


@contextmanager
def with_place(expression: str) -> Iterator[None]:
    """What is wrong with this expression is told with a mark under the place."""
    try:
        yield
    except SegmentError as error:
        if error.position is None or not expression:
            raise
        raise PermanentError(f"{error}\n{place(expression, error.position)}") from error


def place(expression: str, position: int) -> str:
    """Two lines: the expression, or the part around a character of it, and a mark under that character."""
    first = max(0, position - _AROUND)
    last = position + _AROUND
    shown = "".join(each if each.isprintable() else " " for each in expression[first:last])
    before, after = "…" if first else "", "…" if last < len(expression) else ""
    return f"  {before}{shown}{after}\n  {' ' * (len(before) + position - first)}^"
