"""A POST that only reads is treated as a read."""

import pytest

from connectors.conftest import Script, http
from regulars_connectors import HttpOptions, HttpSession, UnansweredError
from regulars_mapping import RetryError


def asked(script: Script, *, safe: bool, tries: int = 3) -> object:
    session = HttpSession(HttpOptions(tries=tries), sleep=lambda _: None)
    try:
        return session.request("POST", script.url, json={"query": "{ shop { id } }"}, safe=safe).data
    finally:
        session.close()


def test_a_safe_post_is_repeated(script: Script) -> None:
    script.answers = [http("502 Bad Gateway"), None, http("200 OK", b'{"data": 1}')]
    assert asked(script, safe=True) == {"data": 1}
    assert len(script.requests) == 3


def test_a_lost_answer_to_a_safe_post_leaves_nothing_unknown(script: Script) -> None:
    script.answers = [None]
    with pytest.raises(RetryError) as raised:
        asked(script, safe=True)
    assert not isinstance(raised.value, UnansweredError)


def test_any_other_post_is_sent_once(script: Script) -> None:
    script.answers = [http("502 Bad Gateway")]
    with pytest.raises(UnansweredError):
        asked(script, safe=False)
    assert len(script.requests) == 1
