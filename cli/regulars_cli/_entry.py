"""The start: an interruption ends every command with a sentence, while it is still being loaded too."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from regulars_cli._ending import INTERRUPTED, STOPPED, TERMINATED, Ending, TerminatedError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (0 done, 1 failed, 2 wrong use, 3 incomplete; 130 and 143 stopped)."""
    ending = Ending.of(arguments)
    try:
        with _terminable():
            # Loading takes a second, in which Ctrl-C may come.
            from regulars_cli._main import run

            return run(arguments, ending)
    except KeyboardInterrupt:
        return ending.tell(STOPPED, INTERRUPTED)
    except TerminatedError:
        return ending.tell(STOPPED, TERMINATED)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM unwinds the command as Ctrl-C does. Only a main thread may listen to signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise TerminatedError(TERMINATED)
