"""Python's collector, held back while very many rows are worked on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 100_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within it circles are looked for seldom: rows refer to nothing that refers to them, and looking among
    so many is time lost."""
    usual = gc.get_threshold()
    gc.set_threshold(max(_OBJECTS, usual[0]), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
