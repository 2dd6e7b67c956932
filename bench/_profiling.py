"""Where the processor's time goes in the thread that calls, by cProfile.

Threads beside it are not seen: what fetches during a backfill is what ``extract`` profiles by itself.
Tracing makes small Python functions look dearer than they are, by about half; a sampling thread would be
worse, since it gets its turn where C code gives the interpreter's lock back and would find it all there.
"""

import cProfile
import pstats
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_INNERMOST = 12
_OURS = 24


@contextmanager
def profiled(*, on: bool) -> Iterator[None]:
    """Profile the block and print what it spent its time on to standard error; or do nothing."""
    if not on:
        yield
        return
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
    stats = pstats.Stats(profile, stream=sys.stderr).strip_dirs()
    stats.sort_stats("tottime").print_stats(_INNERMOST)
    ours = pstats.Stats(profile, stream=sys.stderr)
    ours.sort_stats("cumulative").print_stats("regulars_", _OURS)
