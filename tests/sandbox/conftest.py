"""Replays recorded exchanges of a real shop against the double, over real HTTP and HTTPS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
import requests

from regulars_sandbox import (
    ApiKey,
    Faults,
    Noise,
    Request,
    RunningServer,
    ShopifyShop,
    Tax,
    WooCommerceShop,
    serve,
)

RECORDINGS = Path(__file__).parent / "recordings"
ELIDED = re.compile(r"^(.*?)…<(\d+) characters, elided>$", re.DOTALL)
KEYS = {
    "admin": ApiKey("ck_admin", "cs_admin"),
    "read": ApiKey("ck_read", "cs_read", permissions="read"),
    "write": ApiKey("ck_write", "cs_write", permissions="write"),
    "manager": ApiKey("ck_manager", "cs_manager", role="shop_manager"),
    "customer": ApiKey("ck_customer", "cs_customer", role="customer"),
}
STRANGERS = {"wrong_secret": ("ck_admin", "cs_other"), "wrong_key": ("ck_other", "cs_other")}
_FIRST_RECORDED_COUPON = 283


def load_recording(name: str) -> Any:
    """The content of one recording file."""
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))


def recorded_state() -> dict[str, list[dict[str, Any]]]:
    """Every record the recordings show whole: those of the exports, and a few of other exchanges."""
    state: dict[str, list[dict[str, Any]]] = load_recording("state")
    for kind, more in state.items():
        exported = [record for page in load_recording(f"export_{kind}") for record in page["json"]]
        state[kind] = sorted([*exported, *more], key=lambda record: record["id"])
    return state


@dataclass(slots=True)
class Answer:
    """What came back: ``json`` is None when the body is none."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Clock:
    """A clock that stands at the moment of the exchange being replayed."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Replay:
    """One shop holding the recorded state, served plain and over TLS, to which recorded requests are sent."""

    def __init__(self, *, early: bool = False) -> None:
        """``early``: at a time when the exported coupons were still to be made."""
        self.clock = Clock()
        self.shop = WooCommerceShop(
            clock=self.clock,
            home="https://127.0.0.1:8443",
            name="Lab Shop",
            tax=Tax(20, code="UA-ПДВ-1", label="ПДВ"),
        )
        state = recorded_state()
        if early:
            state["coupons"] = [
                coupon for coupon in state["coupons"] if coupon["id"] < _FIRST_RECORDED_COUPON
            ]
        self.shop.load(**state)
        for key in KEYS.values():
            self.shop.add_key(key)
        self.ids: dict[tuple[str, str], str] = {}
        self._stack = ExitStack()
        self.plain: RunningServer = self._stack.enter_context(serve(self.shop))
        self.tls: RunningServer = self._stack.enter_context(serve(self.shop, tls=True))

    def close(self) -> None:
        self._stack.close()

    def send(self, exchange: dict[str, Any]) -> Answer:
        """The recorded request with this shop's keys, at the recorded moment, with the recorded home URL."""
        self.clock.now = parsedate_to_datetime(exchange["headers"]["Date"])
        home = re.match(r"<(https?://[^/]+)/", exchange["headers"].get("Link", ""))
        self.shop.home = home.group(1) if home else self.shop.home
        request = exchange["request"]
        where = urlsplit(request["url"])
        server = self.tls if where.scheme == "https" else self.plain
        server.faults = _faults(exchange.get("fault"))
        path, query, headers = self._credentials(exchange, self._path(where.path), where.query)
        body = _body(request.get("body"))
        answer = _call(server, request["method"], path + (f"?{query}" if query else ""), headers, body)
        self._learn(exchange, answer)
        return answer

    def _path(self, path: str) -> str:
        """The path with ids this shop gave in place of those the recorded shop gave."""
        parts = path.split("/")
        for at in range(1, len(parts)):
            parts[at] = self.ids.get((parts[at - 1], parts[at]), parts[at])
        return "/".join(parts)

    def _learn(self, exchange: dict[str, Any], answer: Answer) -> None:
        recorded, got = exchange["headers"].get("Location"), answer.headers.get("location")
        if recorded and got and exchange["status"] == 201:
            kind, old = recorded.rsplit("/", 2)[1:]
            self.ids[kind, old] = got.rsplit("/", 1)[1]

    def _credentials(
        self, exchange: dict[str, Any], path: str, query: str
    ) -> tuple[str, str, dict[str, str]]:
        headers = dict(exchange["request"].get("headers", {}))
        who = exchange.get("as", "admin")
        name, secret = STRANGERS.get(who) or (
            (KEYS[who].consumer_key, KEYS[who].consumer_secret) if who in KEYS else ("", "")
        )
        given = headers.pop("Authorization", "")
        if given.startswith("OAuth") or "oauth_" in query:
            return self._oauth(exchange, path, query, headers, given)
        if "consumer_key=ck_recorded" in query:
            query = re.sub(r"consumer_key=[^&]*", f"consumer_key={name}", query)
            query = re.sub(r"consumer_secret=[^&]*", f"consumer_secret={secret}", query)
        elif given and name:
            token = base64.b64encode(f"{name}:{secret}".encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        return path, query, headers

    def _oauth(
        self, exchange: dict[str, Any], path: str, query: str, headers: dict[str, str], given: str
    ) -> tuple[str, str, dict[str, str]]:
        """The same OAuth parameters signed with this shop's secret, over the host that was called."""
        request = exchange["request"]
        pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "oauth_signature"]
        inside = dict(re.findall(r'(oauth_\w+)="([^"]*)"', given))
        inside.pop("oauth_signature", None)
        key = KEYS["admin"]
        known = exchange.get("as") != "wrong_key"
        swap = {"oauth_consumer_key": key.consumer_key if known else "ck_other"}
        pairs = [(name, swap.get(name, value)) for name, value in pairs]
        inside = {name: swap.get(name, value) for name, value in inside.items()}
        where = urlsplit(request["url"])
        method = dict(pairs).get("oauth_signature_method") or inside.get("oauth_signature_method", "")
        signature = (
            "AAAA"
            if exchange.get("as") == "bad_signature"
            else _signature(
                request["method"],
                f"{where.scheme}://{where.netloc}{path}",
                [*pairs, *inside.items()],
                method,
                key,
            )
        )
        if inside:
            inside["oauth_signature"] = quote(signature, safe="")
            headers["Authorization"] = "OAuth " + ", ".join(f'{n}="{v}"' for n, v in inside.items())
            return path, query, headers
        return path, urlencode([*pairs, ("oauth_signature", signature)], quote_via=quote), headers


def _signature(method: str, url: str, pairs: list[tuple[str, str]], algorithm: str, key: ApiKey) -> str:
    def encoded(text: str) -> str:
        return quote(text, safe="-._~")

    joined = "&".join(sorted(f"{encoded(name)}={encoded(value)}" for name, value in pairs))
    base = "&".join(encoded(part) for part in (method, url, joined))
    digest = hashlib.sha256 if algorithm.endswith("256") else hashlib.sha1
    mac = hmac.new(f"{key.consumer_secret}&".encode(), base.encode(), digest).digest()
    return base64.b64encode(mac).decode()


def _faults(name: str | None) -> Faults:
    if name in {"bom", "notice", "blank", "tail"}:
        return Faults(noise=Noise(name))
    if name in {"fatal", "exception"}:
        return Faults(crash_every=1)
    if name == "exit":
        return Faults(challenge_every=1)
    return Faults(maintenance=name == "maintenance")


def _body(body: Any) -> bytes | None:
    if body == "<17 MB elided>":
        return b"x" * (17 * 1024 * 1024)
    if body is None:
        return None
    if isinstance(body, str):
        return body.encode()
    return json.dumps(_grown(body)).encode()


def _grown(value: Any) -> Any:
    """Put back what the recorder cut out of huge values."""
    if isinstance(value, dict):
        return {name: _grown(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_grown(part) for part in value]
    found = ELIDED.match(value) if isinstance(value, str) else None
    return found.group(1).ljust(int(found.group(2)), found.group(1)[:1]) if found else value


def _call(
    server: RunningServer, method: str, target: str, headers: dict[str, str], body: bytes | None
) -> Answer:
    where = urlsplit(server.url)
    if server.certificate:
        context = ssl.create_default_context(cafile=str(server.certificate))
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            where.hostname or "", where.port, context=context, timeout=20
        )
    else:
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())
    finally:
        connection.close()


@pytest.fixture
def replay_at() -> Iterator[Callable[..., Replay]]:
    """Makes a fresh shop with the recorded state; ``early`` without the coupons the export shows."""
    with ExitStack() as stack:

        def make(*, early: bool = False) -> Replay:
            one = Replay(early=early)
            stack.callback(one.close)
            return one

        yield make


class Client:
    """Speaks to one shop in this process, without a server: for behaviour that HTTP does not touch."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shop = WooCommerceShop(clock=self.clock, home="https://shop.example")
        for key in KEYS.values():
            self.shop.add_key(key)

    def tick(self, seconds: int = 1) -> None:
        """Let time pass."""
        self.clock.now += timedelta(seconds=seconds)

    def __call__(self, method: str, path: str, body: Any = None, *, key: str = "admin") -> Answer:
        """One request below ``/wp-json/wc/v3``; ``body`` goes as JSON."""
        known = KEYS[key]
        token = base64.b64encode(f"{known.consumer_key}:{known.consumer_secret}".encode()).decode()
        headers = {"authorization": f"Basic {token}", "content-type": "application/json"}
        raw = b"" if body is None else json.dumps(body).encode()
        response = self.shop.respond(Request(method, f"/wp-json/wc/v3{path}", headers, raw, secure=True))
        return Answer(response.status, {n.lower(): v for n, v in response.headers}, response.body)


@pytest.fixture
def client() -> Client:
    """An empty shop and its administrator."""
    return Client()


@pytest.fixture
def stocked(client: Client) -> Client:
    """A shop with one product (id 10, 100.00) and the person ann@example.com (id 1)."""
    product = recorded_state()["products"][0] | {"id": 10, "price": "100.00"}
    client.shop.load(products=[product])
    client.shop.register("ann@example.com", username="ann")
    client.tick()
    return client


_RUN_BULK = """
mutation R($query: String!, $grouped: Boolean!) {
  bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
    bulkOperation { id status } userErrors { field message code } } }
"""


class ShopifyClient:
    """Speaks GraphQL to one Shopify shop in this process; documents by the name of their file."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.shop = ShopifyShop(clock=self.clock, home="https://shop.example", **settings)
        self.shop.add_token("everything")

    def tick(self, seconds: float = 1) -> None:
        """Let time pass."""
        self.clock.now += timedelta(seconds=seconds)

    def post(
        self, path: str, body: Any, *, token: str = "everything", kind: str = "application/json"
    ) -> Answer:
        """One POST; ``body`` goes as JSON unless it is bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"x-shopify-access-token": token, "content-type": kind}
        response = self.shop.respond(Request("POST", path, headers, raw))
        return Answer(response.status, {n.lower(): v for n, v in response.headers}, response.body)

    def __call__(self, document: str, *, token: str = "everything", **variables: Any) -> Any:
        """The whole answer to a document, given by name or as text."""
        text = document if "{" in document else shopify_document(document)
        body = {"query": text, "variables": variables}
        return self.post("/admin/api/2026-10/graphql.json", body, token=token).json

    def data(self, document: str, **variables: Any) -> Any:
        """The data of an answer that has no errors."""
        answer = self(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def bulk(self, inner: str, *, grouped: bool = False) -> str:
        """Begin a bulk query, given by name or as text; the operation's id."""
        text = inner if "{" in inner else shopify_document(inner)
        begun = self.data(_RUN_BULK, query=text, grouped=grouped)["bulkOperationRunQuery"]
        assert begun["userErrors"] == [], begun
        assert begun["bulkOperation"]["status"] == "CREATED"
        return str(begun["bulkOperation"]["id"])

    def look(self, operation: str) -> Any:
        """The bulk operation as it is at this look."""
        return self.data("bulk_status", id=operation)["bulkOperation"]

    def ended(self, operation: str) -> Any:
        """The bulk operation at the first look after it ended."""
        for _ in range(100):
            seen = self.look(operation)
            if seen["status"] not in {"CREATED", "RUNNING", "CANCELING"}:
                return seen
        raise AssertionError(f"the operation is still {seen['status']}")

    def get(self, url: str, method: str = "GET", **headers: str) -> Answer:
        """One request without a token; names of headers with _ in the place of -."""
        assert url.startswith("https://shop.example/")
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.shop.respond(Request(method, url.removeprefix("https://shop.example"), told))
        return Answer(response.status, {n.lower(): v for n, v in response.headers}, response.body)

    def upload(self, url: str, form: dict[str, str], body: bytes, **headers: str) -> int:
        """The status that a form is answered with, written as an HTTP client does, the file last."""
        made = requests.Request("POST", url, data=form, files={"file": ("variables.jsonl", body)}).prepare()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        told["content-type"] = made.headers["Content-Type"]
        assert isinstance(made.body, bytes)
        where = url.removeprefix("https://shop.example")
        return self.shop.respond(Request("POST", where, told, made.body)).status

    def lines(self, url: str) -> list[Any]:
        """The lines of a file."""
        answer = self.get(url)
        assert answer.status == 200
        assert answer.body.endswith(b"\n")
        return [json.loads(line) for line in answer.body.split(b"\n")[:-1]]

    def node(self, kind: str, number: int) -> str:
        """The global id."""
        return f"gid://shopify/{kind}/{number}"


def shopify_document(name: str) -> str:
    """The text of one of the documents the double is judged by."""
    return (Path(__file__).parent / "shopify_queries" / f"{name}.graphql").read_text("utf-8")


@pytest.fixture
def shopify_of() -> Callable[..., ShopifyClient]:
    """Makes an empty Shopify shop with the given settings."""
    return ShopifyClient


@pytest.fixture
def shopify() -> ShopifyClient:
    """A Shopify shop with ann@example.com (id 1) and one product (id 2, 100.00 a piece)."""
    client = ShopifyClient()
    assert client.shop.register("ann@example.com", first_name="Ann", last_name="Lee") == 1
    assert client.shop.add_product("Coffee", 10_000, sku="C1") == 2
    client.tick()
    return client
