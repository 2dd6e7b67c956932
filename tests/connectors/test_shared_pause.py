"""The pause that sessions to one shop keep together."""

import threading
import time

import pytest

from connectors.conftest import Script, http
from regulars_connectors import HttpOptions, HttpSession, Pause
from regulars_mapping import RetryError


class Told(Pause):
    """A pause of which a test learns that somebody was told to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def ask(self, seconds: float) -> None:
        super().ask(seconds)
        self.asked.set()


def test_what_one_session_is_asked_to_wait_the_other_waits_too(script: Script) -> None:
    pause = Told()
    script.answers = [http("429 x", Retry_After="1"), http("200 OK", b"[1]")]
    one, other = (HttpSession(HttpOptions(pause=pause)) for _ in range(2))
    thread = threading.Thread(target=one.request, args=("GET", script.url))
    began = time.monotonic()
    thread.start()
    assert pause.asked.wait(10)
    other.request("GET", script.url)
    assert time.monotonic() - began >= 1
    thread.join(10)
    assert len(script.requests) == 3
    one.close()
    other.close()


def test_a_backoff_of_our_own_choosing_holds_nobody_else_up() -> None:
    pause, ended = Pause(), threading.Event()

    def back_off() -> None:
        with pytest.raises(RetryError, match="stopped"):
            pause.keep(30)
        ended.set()

    threading.Thread(target=back_off).start()
    began = time.monotonic()
    pause.keep()
    assert time.monotonic() - began < 5
    assert not ended.is_set(), "it waits on by itself"
    pause.end()
    assert ended.wait(5)


def test_the_end_wakes_who_waits_and_lets_nobody_ask_any_more(script: Script) -> None:
    pause = Pause()
    session = HttpSession(HttpOptions(pause=pause))
    script.answers = [http("429 x", Retry_After="30")]
    ended: list[float] = []

    def ask() -> None:
        with pytest.raises(RetryError, match="stopped"):
            session.request("GET", script.url)
        ended.append(time.monotonic())

    thread = threading.Thread(target=ask)
    thread.start()
    while not script.requests:
        time.sleep(0.001)
    began = time.monotonic()
    pause.end()
    pause.end()
    thread.join(10)
    assert ended[0] - began < 1
    with pytest.raises(RetryError, match="stopped"):
        session.request("GET", script.url)
    assert len(script.requests) == 1
    session.close()


def test_options_are_the_same_with_and_without_a_pause() -> None:
    assert HttpOptions(pause=Pause()) == HttpOptions()
