"""Fetching a bulk operation's file into a table: by slices, on from where it broke off."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlsplit

from regulars_connectors import Stream
from regulars_mapping import PermanentError, RetryError
from regulars_shopify._bulk_operations import Status
from regulars_shopify._bulk_table import BulkTable, UnfitError
from regulars_shopify._client import ShopifyClient

_SLICE: Final = 20.0
"""Seconds of fetching after which the loop gets its turn."""
_TRIES: Final = 5
"""Breaks in a row after which the file is given up for now; one that brought something new counts anew."""
_BREAKS: Final = 200
_LONGEST_WAIT: Final = 60.0
_SLICES: Final = 2_000
_OVERLAP: Final = 256
"""Bytes that are fetched again after a break, to see that it is the same file that goes on."""
_LONGEST_LINE: Final = 32 * 1024 * 1024
_OURS: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}
_GONE: Final = frozenset({403, 404, 410})


class GoneError(RetryError):
    """The file is not there any more: its address ends after seven days."""


class BulkFile:
    """The file of one operation that is ready, with objects of one type."""

    def __init__(self, client: ShopifyClient, told: Status, *, kind: str, operation: str) -> None:
        self.operation = operation
        self.table = BulkTable(kind)
        self.received = 0
        """Bytes that have come."""
        self._client = client
        self._told = told
        self._size = told.size
        self._whole = False
        self._known = 0
        """Bytes that had come before the present request."""
        self._etag = ""
        self._tail = b""
        self._line = bytearray()
        self._stack = ExitStack()
        self._chunks: Iterator[bytes] | None = None
        self._tries = self._breaks = self._slices = 0

    def close(self) -> None:
        """Leave nothing of it. Harmless twice."""
        self._stack.close()
        self.table.close()

    def fetch(self) -> bool:
        """Some seconds' worth of it, or all that is left: True once the table holds the whole file.

        Raises GoneError, RetryError where it breaks off again and again, and UnfitError where it holds what
        is no object, or another number of objects than Shopify counted.
        """
        if self._whole:
            return True
        self._slices += 1
        if self._slices > _SLICES:
            raise RetryError(
                "Shopify's file of a bulk operation comes far too slowly. It will be fetched again."
            )
        until = self._client.now() + _SLICE
        while True:
            try:
                ended = self._read(until)
            except GoneError:
                raise
            except RetryError as error:
                self._broken(error)
                continue
            if ended:
                self._line_came(bytes(self._line))
                self._verify()
                self._whole = True
            return ended

    def _verify(self) -> None:
        counts, told = self.table.complete(), self._told
        # An object that came twice may be counted once; whether parts without an id count is nowhere said.
        agrees = told.roots is None or told.roots in {counts.root_lines, counts.roots}
        if told.objects not in {counts.lines, counts.identified}:
            agrees = agrees and told.objects == self.table.distinct()
        if not agrees:
            raise UnfitError(
                f"Shopify's file of a bulk operation holds {counts.lines} objects, and Shopify counted "
                f"{told.objects}. Nothing of it was taken; it will be fetched again. Pages serve instead "
                "where the shop's option bulk_from is never."
            )

    def _read(self, until: float) -> bool:
        """Whether its end has come."""
        if self._chunks is None:
            self._chunks = self._opened()
        for chunk in self._chunks:
            self._take(chunk)
            if self._client.now() >= until:
                return False
        self._stack.close()
        self._chunks = None
        # Where asking for the rest brings no more, the size was told wrong, and the count of objects decides.
        if self._size is not None and self._known < self.received < self._size:
            raise _cut_off()
        return True

    def _opened(self) -> Iterator[bytes]:
        self._known = self.received
        again = min(self.received, _OVERLAP)
        headers = dict(_OURS)
        if self.received:
            headers["Range"] = f"bytes={self.received - again}-"
            if self._etag:
                headers["If-Range"] = self._etag
        stream = self._stack.enter_context(self._client.download(self._told.url, headers))
        if stream.status in _GONE:
            raise GoneError("Shopify does not keep a bulk operation's file any more.")
        if stream.status == 416 and self.received:
            return iter(())
        if stream.status not in {200, 206}:
            raise PermanentError(f"Shopify's file of a bulk operation is refused (HTTP {stream.status}).")
        return self._following(stream, again)

    def _following(self, stream: Stream, again: int) -> Iterator[bytes]:
        """The bytes that have not come yet; what came already is held against what comes."""
        told = stream.headers.get("ETag", "")
        etag = told if told.startswith('"') else ""
        if self._etag and etag != self._etag:
            raise _another()
        self._etag = etag
        start = self.received - again if stream.status == 206 else 0
        if stream.status == 206 and not stream.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise _another()
        return self._past(stream.chunks, start)

    def _past(self, chunks: Iterator[bytes], start: int) -> Iterator[bytes]:
        known = self._known
        for chunk in chunks:
            end = start + len(chunk)
            if start < known:
                self._compare(chunk, start, known)
            if end > known:
                yield chunk[max(0, known - start) :]
            start = end

    def _compare(self, chunk: bytes, start: int, known: int) -> None:
        first = known - len(self._tail)
        overlap = chunk[max(0, first - start) : known - start]
        if overlap and overlap != self._tail[max(0, start - first) :][: len(overlap)]:
            raise _another()

    def _take(self, chunk: bytes) -> None:
        self.received += len(chunk)
        self._tail = (self._tail + chunk)[-_OVERLAP:]
        self._tries = 0
        self._line += chunk
        *lines, rest = self._line.split(b"\n") if b"\n" in chunk else [self._line]
        for line in lines:
            self._line_came(bytes(line))
        self._line = rest
        if len(rest) > _LONGEST_LINE:
            raise PermanentError(
                "An object in Shopify's file of a bulk operation is larger than any real one."
            )

    def _line_came(self, line: bytes) -> None:
        if line.strip():
            self.table.take(line)

    def _broken(self, error: RetryError) -> None:
        """Wait for the next try; raise where there is none, or where the lines themselves are at fault."""
        self._stack.close()
        self._chunks = None
        self._tries += 1
        self._breaks += 1
        if isinstance(error, UnfitError) or self._tries >= _TRIES or self._breaks >= _BREAKS:
            raise error
        self._client.wait(min(error.retry_after or 2.0 ** (self._tries - 1), _LONGEST_WAIT))


def is_safe(url: str, home: str) -> bool:
    """Whether a file may be asked for there: over HTTPS, or from where the shop itself is."""
    try:
        return urlsplit(url).scheme == "https" or url.startswith(f"{home}/")
    except ValueError:
        return False


def _cut_off() -> RetryError:
    return RetryError("Shopify's file of a bulk operation was cut off. It will be fetched again.")


def _another() -> UnfitError:
    return UnfitError("Shopify's file of a bulk operation became another one. It will be fetched again.")
