"""How many may ask a shop at once: whoever comes later waits, and nobody is overtaken."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """So many places, taken in the order of asking. Safe to share by threads.

    Readers that ask on and on would never let anybody else have a turn, were a free place anybody's.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._line: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a place and hold it until the block ends."""
        ticket = object()
        with self._changed:
            self._line.append(ticket)
            try:
                self._changed.wait_for(lambda: self._line[0] is ticket and self._free > 0)
                self._free -= 1
            finally:
                self._line.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    @property
    def free(self) -> int:
        """How many nobody holds now; below 0 where more are held than there shall be."""
        with self._changed:
            return self._free

    def add(self, more: int) -> None:
        """So many places more, or fewer: then as soon as they are free."""
        with self._changed:
            self._free += more
            self._changed.notify_all()
