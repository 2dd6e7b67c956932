"""Misbehaviour on order: what real shops do to their clients on a bad day, made repeatable.

Every ``*_every`` counts its own eligible requests: 3 means the third, sixth, ninth … ; 0 means never.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from regulars_sandbox._exchange import Request, Response

__all__ = ["FaultInjector", "Faults", "Noise"]

_CRITICAL = (
    "<p>There has been a critical error on this website.</p>"
    '<p><a href="https://wordpress.org/documentation/article/faq-troubleshooting/">'
    "Learn more about troubleshooting WordPress.</a></p>"
)
_MAINTENANCE = "Briefly unavailable for scheduled maintenance. Check back in a minute."
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Noise(StrEnum):
    """What stands around the JSON of an answer that is 200 application/json all the same."""

    NONE = ""
    NOTICE = "notice"
    BOM = "bom"
    BLANK = "blank"
    TAIL = "tail"


@dataclass(frozen=True, slots=True)
class Faults:
    """Which misbehaviour a server shows.

    ``latency`` is in seconds and added to every answer.  ``retry_after`` in seconds goes with each 429; None
    leaves the header out.  ``drop_after_effect_every`` counts writes only: the shop takes the write, then the
    connection closes without an answer.  ``maintenance`` answers 503 with Retry-After 600 to everything.
    ``repeat_row_every`` and ``miss_row_every`` count listings with rows, which are those that answer a JSON
    list: its first row comes twice, its last is left out, and the totals in the headers stay.

    What stands before a shop: ``strip_authorization`` drops that header, as Apache does before PHP-FPM;
    ``hide_https`` ends the encryption and does not tell the shop; ``redirect`` sends everybody on to the same
    path there, "" nobody.  ``clock_skew`` is how many seconds ``Date`` is ahead; the shop's own clock is the
    shop's business.
    """

    latency: float = 0.0
    throttle_every: int = 0
    retry_after: int | None = 1
    crash_every: int = 0
    truncate_every: int = 0
    noise: Noise = Noise.NONE
    noise_every: int = 1
    challenge_every: int = 0
    drop_after_effect_every: int = 0
    repeat_row_every: int = 0
    miss_row_every: int = 0
    maintenance: bool = False
    strip_authorization: bool = False
    hide_https: bool = False
    redirect: str = ""
    clock_skew: float = 0.0


class FaultInjector:
    """Counts requests and decides which of them meet misfortune.

    Thread-safe; the faults may change at any time.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def faults(self) -> Faults:
        """The misbehaviour in force."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        """Replace the misbehaviour and start counting anew."""
        with self._lock:
            self._faults = faults
            self._counts.clear()

    def passed_on(self, request: Request) -> Request:
        """The request as what stands before the shop lets it through."""
        if self._faults.strip_authorization:
            headers = {name: value for name, value in request.headers.items() if name != "authorization"}
            request = replace(request, headers=headers)
        return replace(request, secure=False) if self._faults.hide_https else request

    def instead(self, request: Request) -> Response | None:
        """The answer that comes before the shop sees the request, or None when the shop may answer."""
        faults = self._faults
        if faults.redirect:
            return Response(301, (("Location", faults.redirect + request.target),), b"")
        if faults.maintenance:
            return _died(request, 503, _MAINTENANCE, "Maintenance", (("Retry-After", "600"),))
        if self._due("throttle", faults.throttle_every):
            return _throttled(faults.retry_after)
        if self._due("crash", faults.crash_every):
            return _crashed(request)
        if self._due("challenge", faults.challenge_every):
            return Response(
                200,
                (("Content-Type", "text/html;charset=UTF-8"),),
                b"<html><body>Checking your browser...</body></html>",
            )
        return None

    def spoil(self, response: Response) -> Response:
        """The shop's answer with rows too many or too few, and noise around its JSON, in their turn."""
        if self._faults.repeat_row_every or self._faults.miss_row_every:
            response = self._miscounted(response)
        noise = self._faults.noise
        if not noise or not self._due("noise", self._faults.noise_every):
            return response
        return replace(response, body=_noisy(noise, response.body))

    def _miscounted(self, response: Response) -> Response:
        rows = _rows(response)
        if not rows:
            return response
        repeats = self._due("repeat row", self._faults.repeat_row_every)
        misses = self._due("miss row", self._faults.miss_row_every)
        kept = [*rows[: int(repeats)], *(rows[:-1] if misses else rows)]
        return replace(response, body=orjson.dumps(kept)) if repeats or misses else response

    def truncates(self) -> bool:
        """True when the body must break off half-way with the connection closed."""
        return self._due("truncate", self._faults.truncate_every)

    def drops(self, request: Request) -> bool:
        """True when the answer to this write is lost after the write took effect."""
        return request.method in _WRITES and self._due("drop", self._faults.drop_after_effect_every)

    def _due(self, name: str, every: int) -> bool:
        if not every:
            return False
        with self._lock:
            self._counts[name] += 1
            return self._counts[name] % every == 0


def _rows(response: Response) -> list[Any]:
    """The rows of a listing, none of what is none."""
    if response.status != 200 or not response.body.startswith(b"["):
        return []
    rows: list[Any] = orjson.loads(response.body)
    return rows


def _noisy(noise: Noise, body: bytes) -> bytes:
    if noise is Noise.NOTICE:
        return (
            b"<br />\n<b>Warning</b>:  Undefined variable $x in <b>plugin.php</b> on line <b>7</b><br />\n"
            + body
        )
    if noise is Noise.BOM:
        return b"\xef\xbb\xbf" + body
    if noise is Noise.BLANK:
        return b"\n\n\n" + body
    return body + b"\n<!-- Page cached by SomeCache -->"


def _throttled(retry_after: int | None) -> Response:
    headers = [("Content-Type", "text/html")]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    return Response(
        429, tuple(headers), b"<html><head><title>429 Too Many Requests</title></head></html>\r\n"
    )


def _crashed(request: Request) -> Response:
    if request.wants_json:
        return _json_error(500, "internal_server_error", _CRITICAL, ())
    return _page(500, "WordPress &rsaquo; Error", _CRITICAL, ())


def _died(
    request: Request, status: int, message: str, title: str, extra: tuple[tuple[str, str], ...]
) -> Response:
    if request.wants_json:
        return _json_error(status, "wp_die", message, extra)
    return _page(status, title, message, extra)


def _json_error(status: int, code: str, message: str, extra: tuple[tuple[str, str], ...]) -> Response:
    escaped = message.replace('"', '\\"')
    body = (
        f'{{"code":"{code}","message":"{escaped}","data":{{"status":{status}}},"additional_errors":[]}}'
    ).encode()
    return Response(status, (("Content-Type", "application/json; charset=UTF-8"), *extra), body)


def _page(status: int, title: str, message: str, extra: tuple[tuple[str, str], ...]) -> Response:
    html = (
        f'\r\n<!DOCTYPE html>\r\n<html lang="en-US">\r\n<head>\r\n\t<title>{title}</title>\r\n</head>\r\n'
        f'<body id="error-page">\r\n\t<div class="wp-die-message">{message}</div></body>\r\n</html>\r\n'
    )
    return Response(status, (("Content-Type", "text/html; charset=UTF-8"), *extra), html.encode())
