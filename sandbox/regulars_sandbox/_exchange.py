"""A request and its answer, apart from any socket: what a double understands and what a server carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

__all__ = ["Application", "Request", "Response"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.  ``target`` is path and query as sent, header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    secure: bool = False

    @property
    def wants_json(self) -> bool:
        """True when the client names JSON in Accept; only then does WordPress say fatal errors in JSON."""
        return "application/json" in self.headers.get("accept", "")


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer.  Content-Length is the server's business and never among ``headers``.

    ``cut_at`` is after how many bytes of the body the connection breaks off, 0 where it does not.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut_at: int = 0

    def head(self) -> bytes:
        """The status line and headers, ready to be written before the body."""
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        return "\r\n".join(lines).encode("latin-1", "replace")


class Application(Protocol):
    """What a server serves: a double of one shop.  ``home`` is the shop's configured URL, "" until known."""

    home: str

    def respond(self, request: Request) -> Response:
        """Answer one request; called from many threads at once, never raises for what a client sent."""
        ...


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
