"""The files of bulk operations: another company's storage, which asks for a signed address and no more."""

from __future__ import annotations

import gzip
import re
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5
from urllib.parse import parse_qs, urlencode, urlsplit

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox.shopify._bulk_conduct import BulkConduct

__all__ = ["KEPT_SECONDS", "BulkFiles"]

KEPT_SECONDS = 7 * 24 * 3600
_FOLDER = "/bulk-operation-outputs/"
Headers = tuple[tuple[str, str], ...]
_PART = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(slots=True)
class _File:
    body: bytes
    signature: str
    expires: int
    cuts: int = 0

    @property
    def tag(self) -> str:
        return f'"{md5(self.body, usedforsecurity=False).hexdigest()}"'


class BulkFiles:
    """Files by their signed address, and the conduct that decides how they arrive."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._files: dict[str, _File] = {}
        self._conduct = BulkConduct()
        self._used: Counter[str] = Counter()

    @property
    def conduct(self) -> BulkConduct:
        """The conduct in force."""
        return self._conduct

    @conduct.setter
    def conduct(self, conduct: BulkConduct) -> None:
        self._conduct = conduct
        self._used.clear()

    def meets(self, misfortune: str) -> bool:
        """True as often as the conduct says how many operations meet it."""
        self._used[misfortune] += 1
        return self._used[misfortune] <= int(getattr(self._conduct, misfortune))

    def add(self, body: bytes, *, expired: bool = False) -> str:
        """Keep a file; the path and query it is found under for seven days."""
        name, signature = f"{secrets.token_hex(12)}-final", secrets.token_urlsafe(32)
        forgotten = self._now() - KEPT_SECONDS
        self._files = {each: file for each, file in self._files.items() if file.expires > forgotten}
        expires = self._now() + (-1 if expired else KEPT_SECONDS)
        self._files[name] = _File(body, signature, expires)
        query = {"Expires": expires, "Signature": signature, "response-content-type": "application/jsonl"}
        return f"{_FOLDER}{name}?{urlencode(query)}"

    def respond(self, request: Request) -> Response | None:
        """The answer to a request for a file, None for any other request."""
        where = urlsplit(request.target)
        if not where.path.startswith(_FOLDER):
            return None
        file = self._files.get(where.path.removeprefix(_FOLDER))
        if request.method not in {"GET", "HEAD"}:
            return _error(405, "MethodNotAllowed")
        if "x-shopify-access-token" in request.headers:
            # The storage belongs to somebody else, whom a secret of the shop is not for.
            return _error(400, "InvalidArgument")
        return _error(404, "NoSuchKey") if file is None else self._open(file, where.query, request)

    def _open(self, file: _File, query: str, request: Request) -> Response:
        if parse_qs(query).get("Signature") != [file.signature]:
            return _error(403, "SignatureDoesNotMatch")
        if file.expires <= self._now():
            file.body = b""
            return _error(403, "ExpiredToken")
        return self._cut(file, self._answer(file, request))

    def _answer(self, file: _File, request: Request) -> Response:
        """The file or the part of it that is asked for."""
        headers: Headers = (("Content-Type", "application/jsonl"), ("ETag", file.tag))
        body = file.body
        if self._conduct.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
            headers, body = (*headers, ("Content-Encoding", "gzip")), gzip.compress(body, 1, mtime=0)
        part = _PART.fullmatch(request.headers.get("range", ""))
        same = request.headers.get("if-range", file.tag) == file.tag
        if self._conduct.no_ranges or part is None or part[0] == "bytes=-" or not same:
            return Response(200, headers, body)
        size = len(body)
        start = int(part[1]) if part[1] else max(0, size - int(part[2]))
        end = min(size, int(part[2]) + 1) if part[1] and part[2] else size
        if start >= size or end <= start:
            return _error(416, "InvalidRange", ("Content-Range", f"bytes */{size}"))
        told = ("Content-Range", f"bytes {start}-{end - 1}/{size}")
        return Response(206, (*headers, ("Accept-Ranges", "bytes"), told), body[start:end])

    def _cut(self, file: _File, answer: Response) -> Response:
        """The answer that breaks off, as often as the conduct says for each file."""
        cut_at = self._conduct.cut_at
        if answer.status >= 300 or not 0 < cut_at < len(answer.body) or file.cuts >= self._conduct.cuts:
            return answer
        file.cuts += 1
        return Response(answer.status, answer.headers, answer.body, cut_at)


def _error(status: int, code: str, *extra: tuple[str, str]) -> Response:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>".encode()
    return Response(status, (("Content-Type", "application/xml; charset=UTF-8"), *extra), body)
