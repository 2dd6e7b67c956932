"""Frames between this process and one that it started: bytes with their length, over pipes."""

import queue
import threading
from struct import Struct
from typing import IO

_LENGTH = Struct("<Q")
END = b""
"""The frame after which none comes."""


def send(to: IO[bytes], frame: bytes) -> None:
    """Write a frame. Raises BrokenPipeError where the other process ended."""
    to.write(_LENGTH.pack(len(frame)))
    to.write(frame)
    to.flush()


def receive(of: IO[bytes]) -> bytes | None:
    """The next frame; None where the process ended in the middle."""
    head = of.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    frame = of.read(length)
    return frame if len(frame) == length else None


def taken(of: IO[bytes], *, ahead: int) -> queue.Queue[bytes | None]:
    """Frames as they come, at most so many ``ahead``, taken while this process is busy; None at an end too
    early."""
    waiting: queue.Queue[bytes | None] = queue.Queue(ahead)

    def take() -> None:
        frame: bytes | None = None
        while frame != END:
            frame = receive(of)
            waiting.put(frame)
            if frame is None:
                return

    threading.Thread(target=take, name="regulars-frames", daemon=True).start()
    return waiting
