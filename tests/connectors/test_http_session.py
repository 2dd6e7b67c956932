"""The HTTP session: what is repeated, what is bounded, and what every failure is called."""

import gzip
import itertools
from collections.abc import Callable, Iterator

import pytest

from connectors.conftest import Script, http
from regulars_connectors import HttpOptions, HttpSession, UnansweredError, UnreachableError, WebPageError
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError, RetryError

Make = Callable[..., HttpSession]


class Waits(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def make(waits: Waits) -> Iterator[Make]:
    made: list[HttpSession] = []

    def session(*, clock: Callable[[], float] | None = None, **options: object) -> HttpSession:
        given = {"tries": 3, "connect_timeout": 2.0, "read_timeout": 2.0, **options}
        frozen = clock or (lambda: 100.0)
        made.append(HttpSession(HttpOptions(**given), sleep=waits, clock=frozen, jitter=lambda: 1.0))  # type: ignore[arg-type]
        return made[-1]

    yield session
    for one in made:
        one.close()


def test_an_answer_is_json_with_its_headers(script: Script, make: Make) -> None:
    script.answers = [http("200 OK", b'[{"id":1}]', X_WP_Total="7", Date="Sun, 22 Nov 2026 03:31:56 GMT")]
    answer = make().request("GET", script.url)
    assert (answer.status, answer.data, answer.count("X-WP-Total")) == (200, [{"id": 1}], 7)
    assert answer.time is not None
    assert answer.time.isoformat() == "2026-11-22T03:31:56+00:00"
    assert b"Accept: application/json" in script.requests[0]


@pytest.mark.parametrize("value", ["", "many", "-1", "9" * 30])
def test_a_count_that_is_none_is_none(script: Script, make: Make, value: str) -> None:
    script.answers = [http("200 OK", X_WP_Total=value)]
    assert make().request("GET", script.url).count("X-WP-Total") is None


@pytest.mark.parametrize("status", ["500 x", "502 x", "503 x", "504 x", "429 x"])
def test_a_read_is_repeated_with_growing_waits(script: Script, make: Make, waits: Waits, status: str) -> None:
    script.answers = [http(status), http(status), http("200 OK", b"[1]")]
    assert make().request("GET", script.url).data == [1]
    assert waits == [1.0, 2.0]


def test_the_wait_a_shop_asks_for_is_kept(script: Script, make: Make, waits: Waits) -> None:
    script.answers = [http("429 x", Retry_After="7"), http("200 OK")]
    make().request("GET", script.url)
    assert waits == [7.0]


def test_a_wait_until_a_date_is_measured_by_the_shops_clock(script: Script, make: Make, waits: Waits) -> None:
    dates = {"Date": "Sun, 22 Nov 2026 03:31:56 GMT", "Retry_After": "Sun, 22 Nov 2026 03:32:06 GMT"}
    script.answers = [http("503 x", **dates), http("200 OK")]
    make().request("GET", script.url)
    assert waits == [10.0]


def test_too_long_a_wait_is_left_to_the_caller(script: Script, make: Make, waits: Waits) -> None:
    script.answers = [http("503 x", Retry_After="600")]
    with pytest.raises(RetryError, match="maintenance") as caught:
        make().request("GET", script.url)
    assert (caught.value.retry_after, waits, len(script.requests)) == (600.0, [], 1)


@pytest.mark.parametrize("asked", ["999999999", "9" * 400, "9" * 5_000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_without_end_is_one_of_a_week(script: Script, make: Make, waits: Waits, asked: str) -> None:
    script.answers = [http("503 x", Retry_After=asked, Date="Sun, 22 Nov 2026 03:31:56 GMT")]
    with pytest.raises(RetryError) as caught:
        make().request("GET", script.url)
    assert (caught.value.retry_after, waits, len(script.requests)) == (7 * 86_400, [], 1)


def test_the_number_of_tries_is_bounded(script: Script, make: Make) -> None:
    script.answers = [http("500 x")]
    with pytest.raises(RetryError, match="error inside the shop"):
        make().request("GET", script.url)
    assert len(script.requests) == 3


def test_what_is_not_implemented_is_asked_for_once(script: Script, make: Make) -> None:
    script.answers = [http("501 x", b'{"code":"no"}')]
    assert make().request("GET", script.url).status == 501
    assert len(script.requests) == 1


@pytest.mark.parametrize("answer", [http("500 x"), http("200 OK", b"{"), http("200 OK", b"<html>"), None])
def test_a_write_without_a_definite_answer_is_sent_once(
    script: Script, make: Make, answer: bytes | None
) -> None:
    script.answers = [answer]
    with pytest.raises(UnansweredError):
        make().request("POST", script.url, json={"code": "x"})
    assert len(script.requests) == 1


def test_a_write_that_was_throttled_was_not_done(script: Script, make: Make) -> None:
    script.answers = [http("429 x", Retry_After="3")]
    with pytest.raises(RetryError) as caught:
        make().request("POST", script.url, json={})
    assert not isinstance(caught.value, UnansweredError)
    assert caught.value.retry_after == 3


@pytest.mark.parametrize("body", [b"", b'[{"id":1', b'{"a":[1,2]'])
def test_an_answer_that_is_cut_off_is_asked_for_again(script: Script, make: Make, body: bytes) -> None:
    script.answers = [http("200 OK", body), http("200 OK", b"[1]")]
    assert make().request("GET", script.url).data == [1]


def test_a_body_shorter_than_announced_is_asked_for_again(script: Script, make: Make) -> None:
    script.answers = [http("200 OK", b"[1]", Content_Length="50"), http("200 OK", b"[2]")]
    assert make().request("GET", script.url).data == [2]


def test_a_connection_that_breaks_is_tried_again(script: Script, make: Make) -> None:
    script.answers = [None, http("200 OK", b"[1]")]
    assert make().request("GET", script.url).data == [1]


def test_a_web_page_that_passes_is_asked_past_once(script: Script, make: Make, waits: Waits) -> None:
    script.answers = [http("200 OK", b"<html>"), http("200 OK", b"[1]")]
    assert make().request("GET", script.url).data == [1]
    script.answers = [http("200 OK", b"<html>")]
    with pytest.raises(WebPageError):
        make(tries=5).request("GET", script.url)
    assert len(script.requests) == 4


def test_a_refusal_is_an_answer(script: Script, make: Make) -> None:
    script.answers = [http("404 x", b'{"code":"rest_no_route"}')]
    assert make().request("GET", script.url).data == {"code": "rest_no_route"}


def test_a_refusal_in_html_is_an_answer_without_data(script: Script, make: Make) -> None:
    script.answers = [http("403 x", b"<html>Forbidden</html>")]
    answer = make().request("GET", script.url)
    assert (answer.status, answer.data) == (403, None)


def test_an_answer_past_the_bound_is_refused(script: Script, make: Make) -> None:
    script.answers = [http("200 OK", b"[" + b"1," * 2_000_000 + b"1]")]
    with pytest.raises(PermanentError, match="more than 1 MB"):
        make(max_bytes=1024 * 1024).request("GET", script.url)
    assert len(script.requests) == 1


def test_an_answer_past_the_bound_says_nothing_of_a_write(script: Script, make: Make) -> None:
    script.answers = [http("200 OK", b"[" + b"1," * 2_000_000 + b"1]")]
    with pytest.raises(UnansweredError, match=r"more than 1 MB.*Whether the write was done is not known"):
        make(max_bytes=1024 * 1024).request("POST", script.url, json={})
    assert len(script.requests) == 1


def test_an_answer_past_the_bound_to_a_post_that_only_reads_is_refused(script: Script, make: Make) -> None:
    script.answers = [http("200 OK", b"[" + b"1," * 2_000_000 + b"1]")]
    with pytest.raises(PermanentError, match="more than 1 MB"):
        make(max_bytes=1024 * 1024).request("POST", script.url, json={}, safe=True)


def test_an_answer_that_unpacks_past_the_bound_is_refused(script: Script, make: Make) -> None:
    bomb = gzip.compress(b"[" + b"1," * 20_000_000 + b"1]")
    script.answers = [http("200 OK", bomb, Content_Encoding="gzip")]
    with pytest.raises(PermanentError, match="more than 1 MB"):
        make(max_bytes=1024 * 1024).request("GET", script.url)


def test_a_shop_that_drips_bytes_does_not_hold_us(script: Script, make: Make) -> None:
    ticks = itertools.count(0, 5)
    script.answers = [http("200 OK", b"[1]")]
    with pytest.raises(RetryError, match="in time"):
        make(tries=1, clock=lambda: float(next(ticks)), read_timeout=1.0).request("GET", script.url)


def test_redirects_are_not_followed(script: Script, make: Make) -> None:
    script.answers = [http("301 x", Location="https://user:pass@www.example.com/x?secret=1")]
    with pytest.raises(UnreachableError, match=r"https://www\.example\.com\.") as caught:
        make().request("POST", script.url, json={})
    assert "pass" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_plain_http_behind_an_https_address_is_named(script: Script, make: Make) -> None:
    script.answers = [http("400 Bad Request")]
    with pytest.raises(UnreachableError, match="does not speak HTTPS"):
        make().request("GET", script.url.replace("http:", "https:"))


def test_an_unknown_host_is_named(make: Make) -> None:
    with pytest.raises(RetryError, match="no such host"):
        make(tries=1).request("GET", "https://shop.invalid/wp-json/")


def test_a_closed_port_is_named(make: Make) -> None:
    with pytest.raises(RetryError, match="nothing answers") as caught:
        make(tries=1).request("POST", "http://127.0.0.1:9/", json={})
    assert not isinstance(caught.value, UnansweredError)


def test_a_missing_bundle_is_named(make: Make) -> None:
    with pytest.raises(MisconfiguredError, match="certificate bundle"):
        make(verify="/nowhere.pem").request("GET", "https://127.0.0.1:9/")


def told(error: BaseException | None) -> Iterator[BaseException]:
    """The errors that a traceback of this one would print."""
    while error is not None:
        yield error
        error = error.__cause__ if error.__suppress_context__ else error.__context__


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "https://shop.invalid/", "http://[::1"])
def test_no_failure_repeats_the_query_or_the_body(make: Make, url: str) -> None:
    with pytest.raises(RegularsError) as caught:
        make(tries=1).request("POST", url, params={"email": "olena"}, json={"name": "Shevchenko"})
    shown = repr([*told(caught.value)])
    assert "olena" not in shown
    assert "Shevchenko" not in shown


def test_requests_keep_their_distance(script: Script, make: Make, waits: Waits) -> None:
    session = make(interval=0.5)
    session.request("GET", script.url)
    session.request("GET", script.url)
    assert waits == [0.5]


def test_an_anonymous_request_carries_no_credentials(script: Script, make: Make) -> None:
    make().request("GET", script.url, anonymous=True)
    assert b"uthorization" not in script.requests[0]


def test_an_answer_shows_only_its_status(script: Script, make: Make) -> None:
    script.answers = [http("200 OK", b'{"email":"olena@example.com"}')]
    assert repr(make().request("GET", script.url)) == "Answer(200)"
