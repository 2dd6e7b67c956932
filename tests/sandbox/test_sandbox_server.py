"""The server under a double: connections, TLS, and misbehaviour on order."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from regulars_sandbox import Faults, Noise, RunningServer, serve

AUTH = {"Authorization": "Basic " + base64.b64encode(b"ck_admin:cs_admin").decode()}
Start = Callable[..., RunningServer]


@pytest.fixture
def start(client: Any) -> Iterator[Start]:
    running: list[RunningServer] = []

    def make(**faults: Any) -> RunningServer:
        running.append(serve(client.shop, tls=True, faults=Faults(**faults)))
        return running[-1]

    yield make
    for server in running:
        server.close()


def _connect(server: RunningServer) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(server.certificate))
    return http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=10)


def _ask(
    connection: http.client.HTTPConnection, method: str = "GET", path: str = "/customers", body: Any = None
) -> tuple[int, dict[str, str], bytes]:
    headers = AUTH | {"Content-Type": "application/json"}
    connection.request(method, f"/wp-json/wc/v3{path}", None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    return response.status, {n.lower(): v for n, v in response.getheaders()}, response.read()


def test_one_connection_carries_many_requests(start: Start) -> None:
    server = start()
    with closing(_connect(server)) as connection:
        _ask(connection)
        first = connection.sock
        assert [_ask(connection)[0] for _ in range(5)] == [200] * 5
        assert connection.sock is first
    assert server.requests_seen == 6


def test_a_head_request_has_the_totals_and_no_body(start: Start) -> None:
    with closing(_connect(start())) as connection:
        status, headers, body = _ask(connection, "HEAD")
        assert (status, headers["x-wp-total"], body) == (200, "0", b"")
        assert _ask(connection)[0] == 200


def test_the_certificate_is_not_trusted_by_itself(start: Start) -> None:
    server = start()
    strict = http.client.HTTPSConnection("127.0.0.1", server.port, context=ssl.create_default_context())
    with closing(strict), pytest.raises(ssl.SSLCertVerificationError):
        strict.request("GET", "/")


def test_a_lost_answer_leaves_the_effect_behind(start: Start, client: Any) -> None:
    server = start(drop_after_effect_every=1)
    with closing(_connect(server)) as connection, pytest.raises(http.client.RemoteDisconnected):
        _ask(connection, "POST", "/coupons", {"code": "once", "amount": "1"})
    server.faults = Faults()
    with closing(_connect(server)) as connection:
        assert len(json.loads(_ask(connection, path="/coupons?code=once")[2])) == 1


def test_reading_is_not_dropped_with_the_answers_to_writes(start: Start) -> None:
    with closing(_connect(start(drop_after_effect_every=1))) as connection:
        assert _ask(connection)[0] == 200


@pytest.mark.parametrize("retry_after", [None, 7])
def test_every_nth_request_is_throttled(start: Start, retry_after: int | None) -> None:
    with closing(_connect(start(throttle_every=3, retry_after=retry_after))) as connection:
        answers = [_ask(connection) for _ in range(6)]
    assert [status for status, _, _ in answers] == [200, 200, 429, 200, 200, 429]
    expected = None if retry_after is None else str(retry_after)
    assert answers[2][1].get("retry-after") == expected


def test_a_truncated_body_ends_before_its_announced_length(start: Start) -> None:
    with closing(_connect(start(truncate_every=1))) as connection, pytest.raises(http.client.IncompleteRead):
        _ask(connection)


@pytest.mark.parametrize("noise", [noise for noise in Noise if noise])
def test_noise_stands_around_json_under_200(start: Start, noise: Noise) -> None:
    with closing(_connect(start(noise=noise))) as connection:
        status, headers, body = _ask(connection)
    assert status == 200
    assert headers["content-type"] == "application/json; charset=UTF-8"
    assert b"[]" in body
    assert body != b"[]"


def test_a_closed_server_frees_its_port_and_may_be_closed_again(client: Any) -> None:
    server = serve(client.shop)
    server.close()
    server.close()
    with serve(client.shop, port=server.port) as again:
        assert again.port == server.port


def test_a_bug_of_the_double_is_told_apart_from_the_shops_errors() -> None:
    class Broken:
        home = "http://shop.example"

        def respond(self, _request: object) -> Any:
            raise KeyError("secret")

    with (
        serve(Broken()) as server,
        closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection,
    ):
        status, _, body = _ask(connection)
    assert status == 500
    assert json.loads(body)["code"] == "sandbox_bug"
    assert b"secret" not in body
