"""A small HTTP/1.1 server for one double: keep-alive, one write an answer, plain or TLS.

Written on ``socketserver`` because ``http.server`` parses headers as mail and writes each header apart, which
costs more than the doubles themselves do.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import ssl
import tempfile
import threading
import time
from email.utils import formatdate
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from regulars_sandbox._certificate import self_signed
from regulars_sandbox._exchange import Application, Request, Response
from regulars_sandbox._faults import FaultInjector, Faults

__all__ = ["RunningServer", "serve"]

_MAX_LINE = 64 * 1024
_MAX_HEADERS = 100
# nginx answers 413 above this without reading the body; the double reads and drops it so the client sees it.
_MAX_BODY = 16 * 1024 * 1024
_IDLE_SECONDS = 65.0
_HANDSHAKE_SECONDS = 10.0


class Stream(Protocol):
    """What a request is read from."""

    def readline(self, limit: int, /) -> bytes: ...

    def read(self, size: int, /) -> bytes: ...


@runtime_checkable
class _Discerning(Protocol):
    """An application whose HTTP methods do not tell reads from writes."""

    def writes(self, request: Request) -> bool: ...


class RunningServer:
    """A double being served.  A context manager; :meth:`close` ends it and frees the port.

    ``url`` is where it listens, without a trailing slash; ``certificate`` the PEM to verify it against, None
    for plain HTTP.  ``faults`` may be replaced while it runs.
    """

    def __init__(self, application: Application, *, host: str, port: int, tls: bool, faults: Faults) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="regulars-sandbox-") if tls else None
        self.certificate: Path | None = None
        context = None
        if self._folder:
            context, self.certificate = self_signed(Path(self._folder.name), host=host)
        self._injector = FaultInjector(faults)
        self._server = _Server((host, port), application, self._injector, context)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        application.home = application.home or self.url
        self._thread = threading.Thread(
            target=self._server.serve_until_closed, name=f"sandbox-{self.port}", daemon=True
        )
        self._thread.start()

    @property
    def faults(self) -> Faults:
        """The misbehaviour in force."""
        return self._injector.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._injector.faults = faults

    @property
    def requests_seen(self) -> int:
        """How many requests were read since the start."""
        return self._server.requests_seen

    def close(self) -> None:
        """Stop accepting, close open connections and remove the certificate.  Closing twice is harmless."""
        self._server.ring()
        self._thread.join(5.0)
        self._server.server_close()
        if self._folder:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(
    shop: Application,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool = False,
    faults: Faults | None = None,
) -> RunningServer:
    """Serve ``shop`` in background threads until closed.

    ``port`` 0 takes a free one.  ``tls`` makes a self-signed certificate.  A shop without a configured
    home URL takes this server's.
    """
    return RunningServer(shop, host=host, port=port, tls=tls, faults=faults or Faults())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        application: Application,
        injector: FaultInjector,
        context: ssl.SSLContext | None,
    ) -> None:
        self.application = application
        self.injector = injector
        self.context = context
        self.requests_seen = 0
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._bell, self._rope = socket.socketpair()
        super().__init__(address, _Connection)

    def serve_until_closed(self) -> None:
        """Accept connections until ``ring``. Unlike ``serve_forever`` it looks at no clock meanwhile."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            while self._bell not in [key.fileobj for key, _ in selector.select()]:
                self.handle_request()

    def ring(self) -> None:
        """End ``serve_until_closed``. Harmless twice."""
        self._rope.close()

    def opened(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def server_close(self) -> None:
        super().server_close()
        self.ring()
        self._bell.close()
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is no news, and a traceback could show its data."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        connection = self.request
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_HANDSHAKE_SECONDS)
        with contextlib.suppress(OSError, ValueError):
            if self.server.context:
                connection = self.server.context.wrap_socket(connection, server_side=True)
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(_IDLE_SECONDS)
        self.server.opened(connection)
        try:
            with connection, connection.makefile("rb", buffering=_MAX_LINE) as stream:
                while self._exchange(connection, stream):
                    pass
        finally:
            self.server.closed(connection)

    def _exchange(self, connection: socket.socket, stream: Stream) -> bool:
        """Read one request and answer it; False ends the connection."""
        request = _read(stream, secure=self.server.context is not None)
        if request is None:
            return False
        self.server.requests_seen += 1
        injector = self.server.injector
        if injector.faults.latency:
            time.sleep(injector.faults.latency)
        response = injector.instead(request)
        if response is None:
            response = self._answer(injector.passed_on(request))
            if injector.faults.drop_after_effect_every and self._drops(request):
                return False
            response = injector.spoil(response)
        return self._write(connection, request, response)

    def _drops(self, request: Request) -> bool:
        """Where every request is a POST, only the double knows which of them write."""
        application = self.server.application
        if isinstance(application, _Discerning) and not application.writes(request):
            return False
        return self.server.injector.drops(request)

    def _answer(self, request: Request) -> Response:
        try:
            return self.server.application.respond(request)
        except Exception as bug:  # noqa: BLE001 - a bug of the double must be seen as one by the test that met it
            body = f'{{"code":"sandbox_bug","message":"The sandbox itself failed: {type(bug).__name__}."}}'
            return Response(500, (("Content-Type", "application/json; charset=UTF-8"),), body.encode())

    def _write(self, connection: socket.socket, request: Request, response: Response) -> bool:
        keep = "close" not in request.headers.get("connection", "").lower()
        dated = Response(
            response.status,
            (
                ("Server", "nginx"),
                ("Date", formatdate(time.time() + self.server.injector.faults.clock_skew, usegmt=True)),
                *response.headers,
                ("Connection", "keep-alive" if keep else "close"),
            ),
            response.body,
        )
        body = b"" if request.method == "HEAD" else response.body
        if self.server.injector.truncates():
            body, keep = body[: len(body) // 2], False
        elif response.cut_at:
            body, keep = body[: response.cut_at], False
        connection.sendall(dated.head() + body)
        return keep


def _read(stream: Stream, *, secure: bool) -> Request | None:
    """The next request of the stream, None at its end or when it is no HTTP."""
    parts = stream.readline(_MAX_LINE).decode("latin-1").split()
    if len(parts) != 3:
        return None
    headers: dict[str, str] = {}
    for _ in range(_MAX_HEADERS):
        line = stream.readline(_MAX_LINE).decode("latin-1").strip()
        if not line:
            break
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length") or 0)
    body = stream.read(length) if length <= _MAX_BODY else _drain(stream, length)
    return Request(parts[0].upper(), parts[1], headers, body, secure)


def _drain(stream: Stream, length: int) -> bytes:
    """Read an oversized body in pieces and keep one byte too many, by which the double knows it was so."""
    kept = stream.read(_MAX_BODY + 1)
    left = length - len(kept)
    while left > 0:
        piece = stream.read(min(left, 1 << 20))
        if not piece:
            break
        left -= len(piece)
    return kept
