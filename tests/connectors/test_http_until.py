"""A moment past which nothing is asked, waited for or read: somebody waits for us."""

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from connectors.conftest import Script, http
from regulars_connectors import HttpOptions, HttpSession, TooSlowError, UnansweredError
from regulars_mapping import RetryError

NOW = 100.0


def session(until: float, *, ticks: float = 0.0, **options: object) -> HttpSession:
    """A session whose clock stands still, or goes on by ``ticks`` each time it is looked at."""
    clock = itertools.count(NOW, ticks)
    given = {"tries": 5, "until": until, **options}
    made = HttpOptions(**given)  # type: ignore[arg-type]
    return HttpSession(made, sleep=lambda _: None, clock=lambda: float(next(clock)), jitter=lambda: 1.0)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_what_is_over_is_not_asked(script: Script) -> None:
    script.answers = [http("200 OK", b"[]")]
    with closing(session(NOW - 1)) as made, pytest.raises(TooSlowError, match="time for it was over"):
        made.request("GET", script.url)
    assert script.requests == []


def test_a_wait_that_would_take_longer_is_not_waited(script: Script) -> None:
    script.answers = [http("503 Closed", b"{}", Retry_After="20")]
    with closing(session(NOW + 10)) as made, pytest.raises(RetryError, match="503"):
        made.request("GET", script.url)
    assert len(script.requests) == 1


def test_an_answer_that_drips_is_read_no_longer(script: Script) -> None:
    script.answers = [http("200 OK", b"[1]")]
    with closing(session(NOW + 10, ticks=4)) as made, pytest.raises(TooSlowError, match="in time"):
        made.request("GET", script.url)


@pytest.mark.parametrize(("method", "error"), [("GET", TooSlowError), ("POST", UnansweredError)])
def test_a_shop_that_says_nothing_is_left_in_time(silent: str, method: str, error: type[RetryError]) -> None:
    began = time.monotonic()
    with closing(HttpSession(HttpOptions(until=began + 0.5))) as made, pytest.raises(error, match="in time"):
        made.request(method, silent)
    assert time.monotonic() - began < 2


def test_without_it_patience_is_as_given(script: Script) -> None:
    script.answers = [http("200 OK", b"[1]")]
    with closing(HttpSession(HttpOptions())) as made:
        assert made.request("GET", script.url).data == [1]
