"""A command of ``regulars`` that ends with its standard input, and so with whoever started it, however that
one dies: ``python -m regulars_cli._demo_child ARGUMENTS``."""

import os
import signal
import sys
import threading

from regulars_cli._entry import main

_GRACE = 20.0
"""Seconds for a clean end; the agent's own are ten."""


def run() -> int:
    """Run the command; its exit code."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    return main()


def _end_with_input() -> None:
    # Past sys.stdin: a thread that waits in its buffer holds a lock the interpreter needs to end.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(run())
