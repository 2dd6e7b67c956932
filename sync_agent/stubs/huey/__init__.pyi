"""What of huey is used here; it comes without types."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, ParamSpec

from huey.serializer import Serializer

P = ParamSpec("P")

class TaskWrapper(Generic[P]):
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> object: ...
    def call_local(self, *args: P.args, **kwargs: P.kwargs) -> object: ...

class Storage:
    def close(self) -> bool: ...

class Huey:
    storage: Storage
    def task(self, *, name: str) -> Callable[[Callable[P, object]], TaskWrapper[P]]: ...
    def periodic_task(
        self, validate_datetime: Callable[[datetime], bool], *, name: str
    ) -> Callable[[Callable[P, object]], TaskWrapper[P]]: ...
    def pending_count(self) -> int: ...

class SqliteHuey(Huey):
    def __init__(self, name: str, *, filename: str, results: bool, serializer: Serializer) -> None: ...
