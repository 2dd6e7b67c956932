from threading import Event, Thread
from typing import Literal

from huey import Huey

class Scheduler:
    periodic_task_seconds: int

class Consumer:
    scheduler_class: type[Scheduler]
    stop_flag: Event
    scheduler: Thread
    worker_threads: list[tuple[object, Thread]]
    def __init__(
        self,
        huey: Huey,
        *,
        workers: int,
        max_delay: float,
        shutdown_timeout: float,
        graceful_signal: Literal["INT", "TERM"],
    ) -> None: ...
    def start(self) -> None: ...
    def stop(self, graceful: bool = ...) -> None: ...
    def run(self) -> None: ...
