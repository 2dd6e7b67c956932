"""A scripted server, which answers what a test says, byte for byte; a double whose writes are counted."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from regulars_sandbox import Request, Response, ShopifyShop, WooCommerceShop


@dataclass
class Script:
    """What the server sends, one entry a request (the last for all that follow); None closes unanswered."""

    answers: list[bytes | None]
    url: str = ""
    requests: list[bytes] = field(default_factory=list)

    def next(self) -> bytes | None:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class ScriptedServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    script: Script

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""


class Conversation(socketserver.StreamRequestHandler):
    server: ScriptedServer

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline(65536)
            if not line or not line.isascii():
                break
            head += line
        length = next(
            (int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        self.server.script.requests.append(head + self.rfile.read(length))
        answer = self.server.script.next()
        if answer is not None:
            self.wfile.write(answer)


def http(status: str, body: bytes = b"{}", **headers: str) -> bytes:
    """A whole answer that ends its connection."""
    fields = {"Content-Length": str(len(body)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script([http("200 OK")])
    with ScriptedServer(("127.0.0.1", 0), Conversation) as server:
        server.script = script
        script.url = f"http://127.0.0.1:{server.server_address[1]}/wp-json/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield script
        server.shutdown()
        thread.join(5)


class CountedShop:
    """A double behind a counter of the requests that write."""

    def __init__(self, shop: ShopifyShop | WooCommerceShop) -> None:
        self.shop = shop
        self.written = 0

    @property
    def home(self) -> str:
        return self.shop.home

    @home.setter
    def home(self, home: str) -> None:
        self.shop.home = home

    def respond(self, request: Request) -> Response:
        reads = request.method == "GET"
        if isinstance(self.shop, ShopifyShop):
            reads = not self.shop.writes(request)
        self.written += not reads
        return self.shop.respond(request)
