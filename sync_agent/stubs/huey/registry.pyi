from typing import Any

class Message(tuple[Any, ...]):
    def __new__(cls, *fields: Any) -> Message: ...
