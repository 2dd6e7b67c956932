"""A WooCommerce shop whose pages are prepared: every listing a backfill asks for is answered from memory.

The records are rendered once by the sandbox's double and kept as bytes; a page is a join of a hundred of
them. Whatever a backfill does not ask a hundred times over (the index, a trial coupon, changes) the double
answers itself.
"""

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from regulars_sandbox import ApiKey, Request, Response, ShopHistory, WooCommerceShop

API = "/wp-json/wc/v3/"
_HOME = "https://shop.example.com"
_PAGE = 100
_ORDERINGS = {"orders": "orderby=date&order=desc"}
_BY_ID = "orderby=id&order=asc"
_HEADERS = (("Content-Type", "application/json; charset=UTF-8"), ("X-Robots-Tag", "noindex"))
_DECODER = json.JSONDecoder()

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Records in the order of one listing."""

    texts: Sequence[bytes]

    def answer(self, query: Query) -> Response:
        size = int(query.get("per_page", 10))
        start = int(query["offset"]) if "offset" in query else (int(query.get("page", 1)) - 1) * size
        return _page(self.texts[start : start + size], len(self.texts))


@dataclass(frozen=True, slots=True)
class _Kind:
    """One collection: whole records in listing order, bare ids, and what looks up among them.

    ``created`` are the creation times of the records in ascending order, as the shop prints them.
    """

    whole: _Shelf
    ids: _Shelf
    created: Sequence[str]
    by_id: Mapping[str, bytes]

    def answer(self, query: Query) -> Response | None:
        if "include" in query:
            asked = query["include"].split(",")
            found = [self.by_id[number] for number in asked if number in self.by_id]
            return None if "_fields" in query else _page(found, len(found))
        windowed = bool({"before", "after"} & query.keys())
        if query.get("_fields", "").partition(",")[0] == "id" and not windowed:
            return self.ids.answer(query)
        if query.get("_fields") == "id" and query.get("per_page") == "1":
            return _page([], len(self._between(query)))
        if query.keys() & {"_fields", "modified_after"} or query.get("orderby") == "modified":
            return None
        return (_Shelf(self._between(query)) if windowed else self.whole).answer(query)

    def _between(self, query: Query) -> Sequence[bytes]:
        """The records of a window, newest first; its bounds exclude the second they name."""
        held = len(self.created)
        first = held - bisect_left(self.created, query["before"]) if "before" in query else 0
        end = held - bisect_right(self.created, query["after"]) if "after" in query else held
        return self.whole.texts[first:end]


class StaticShop:
    """What ``regulars_sandbox.serve`` serves: prepared listings before a double of the same shop."""

    def __init__(self, history: ShopHistory, key: ApiKey) -> None:
        self.home = _HOME
        self._double = WooCommerceShop.of(history, home=_HOME)
        self._double.add_key(key)
        self._ask = _asker(self._double, key)
        self._kinds = {API + name: self._prepared(name) for name in ("orders", "customers", "products")}
        self._kinds[API + "refunds"] = self._prepared("refunds")
        self.bytes_an_order = self._mean_size()

    def respond(self, request: Request) -> Response:
        """Answer from memory, or let the double answer."""
        parts = urlsplit(request.target)
        kind = self._kinds.get(parts.path) if request.method == "GET" else None
        answer = kind.answer(dict(parse_qsl(parts.query))) if kind else None
        return answer or self._double.respond(request)

    def _prepared(self, name: str) -> _Kind:
        found = list(self._rendered(name))
        ascending = sorted(number for number, _, _ in found)
        return _Kind(
            whole=_Shelf([text for _, _, text in found]),
            ids=_Shelf([b'{"id":%d}' % number for number in ascending]),
            created=[created for _, created, _ in reversed(found)],
            by_id={str(number): text for number, _, text in found},
        )

    def _rendered(self, name: str) -> Iterator[tuple[int, str, bytes]]:
        """Id, creation time and bytes of every record, as the double itself lists and writes them."""
        ordering = _ORDERINGS.get(name, "orderby=date&order=desc" if name == "refunds" else _BY_ID)
        role = "&role=all" if name == "customers" else ""
        page = 0
        while True:
            page += 1
            records = list(_split(self._ask(f"{API}{name}?per_page={_PAGE}&page={page}&{ordering}{role}")))
            yield from records
            if len(records) < _PAGE:
                return

    def _mean_size(self) -> int:
        texts = self._kinds[API + "orders"].whole.texts
        return round(sum(map(len, texts)) / max(1, len(texts)))


def _asker(double: WooCommerceShop, key: ApiKey) -> Callable[[str], str]:
    proof = base64.b64encode(f"{key.consumer_key}:{key.consumer_secret}".encode()).decode()
    headers = {"authorization": f"Basic {proof}", "accept": "application/json"}

    def ask(target: str) -> str:
        response = double.respond(Request("GET", target, headers, secure=True))
        if response.status != 200:
            raise RuntimeError(f"the double answered {response.status} to {target}")
        return response.body.decode()

    return ask


def _split(text: str) -> Iterator[tuple[int, str, bytes]]:
    """The records of a page, each as the very bytes that the shop wrote."""
    at = 1
    while text[at] != "]":
        record, end = _DECODER.raw_decode(text, at)
        yield record["id"], record["date_created_gmt"], text[at:end].encode()
        at = end + (text[end] == ",")


def _page(texts: Sequence[bytes], total: int) -> Response:
    counts = (("X-WP-Total", str(total)), ("X-WP-TotalPages", str(-(-total // _PAGE))))
    return Response(200, _HEADERS + counts, b"[" + b",".join(texts) + b"]")
