"""Somebody who is told of status changes: a real server, which checks what it is sent as receivers would."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One delivery as it arrived."""

    id: str
    timestamp: int
    signature: str
    raw: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.raw)["data"]

    def signed_with(self, secret: str) -> bool:
        """As the scheme tells receivers to check it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.timestamp}.".encode() + self.raw
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return any(hmac.compare_digest(each, f"v1,{expected}") for each in self.signature.split(" "))


@dataclass
class Receiver:
    """What it heard, and what it answers: a status, its headers; ``before`` runs when something arrives."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], tuple[int, dict[str, str]]] = lambda _: (204, {})

    @property
    def told(self) -> list[tuple[str, str | None, str]]:
        """Number of the order, from, to."""
        return [
            (each.data["order"].rpartition(":")[2], each.data["from"], each.data["to"]) for each in self.heard
        ]


@contextmanager
def receiving(*, port: int = 0) -> Iterator[Receiver]:
    """A receiver on this machine, while it lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            heard = Heard(
                self.headers["webhook-id"],
                int(self.headers["webhook-timestamp"]),
                self.headers["webhook-signature"],
                raw,
            )
            receiver.heard.append(heard)
            status, headers = receiver.answer(heard)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/status")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
