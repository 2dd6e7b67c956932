"""What stands around JSON is told apart, and what a request showed does not outlast it."""

import logging

import pytest

from connectors.conftest import Script, http
from regulars_connectors import ClosedError, HttpOptions, HttpSession, Noise, UnansweredError


@pytest.mark.parametrize(
    ("body", "noise"),
    [
        (b'[{"id":1}]', Noise.NONE),
        (b'\n\n {"id":1}\r\n', Noise.NONE),
        (b"null", Noise.NONE),
        (b'\xef\xbb\xbf[{"id":1}]', Noise.MARK),
        (b'\n\xef\xbb\xbf{"id":1}', Noise.MARK),
        (b'<br />\n<b>Warning</b>: x in <b>y.php</b><br />\n[{"id":1}]', Noise.BEFORE),
        (b'PHP Notice:  x in y.php\n{"id":1}', Noise.BEFORE),
        (b'{"id":1}\n<!-- Page cached by SomeCache -->', Noise.AFTER),
    ],
)
def test_what_stands_around_an_answers_data_is_told(script: Script, body: bytes, noise: Noise) -> None:
    script.answers = [http("200 OK", body)]
    session = HttpSession(HttpOptions(tries=1))
    assert session.request("GET", script.url).noise is noise
    session.close()


def test_a_shop_that_is_closed_says_for_how_long(script: Script) -> None:
    script.answers = [http("503 x", Retry_After="600")]
    session = HttpSession(HttpOptions(tries=3))
    with pytest.raises(ClosedError) as caught:
        session.request("GET", script.url)
    with pytest.raises(UnansweredError):
        session.request("POST", script.url, json={})
    assert caught.value.retry_after == 600
    session.close()


def test_neither_logs_nor_kept_links_repeat_a_query(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    link = (
        f'<{script.url}?email=olena@example.com&page=2>; rel="next", <{script.url}>; rel="https://api.w.org/"'
    )
    script.answers = [http("200 OK", Link=link, Set_Cookie="session=s3cret")]
    session = HttpSession(HttpOptions())
    with caplog.at_level(logging.DEBUG):
        answer = session.request("GET", script.url, params={"email": "olena@example.com"})
    session.close()
    assert answer.headers["link"] == f'<{script.url}>; rel="next", <{script.url}>; rel="https://api.w.org/"'
    assert "s3cret" not in str(answer.headers)
    assert "GET /" in caplog.text
    assert "olena" not in caplog.text + "".join(str(vars(record)) for record in caplog.records)
