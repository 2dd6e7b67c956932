"""What shops call JSON is read, or it is said what came instead."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars_connectors import UnreachableError, decode_json
from regulars_mapping import RetryError

NOTICE = b"<br />\n<b>Warning</b>:  Undefined array key [0] {x} in <b>plugin.php</b> on line <b>7</b><br />\n"

TEXT = st.text(max_size=8)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"id":453}]',
        b'\xef\xbb\xbf[{"id":453}]',
        b'\n\n\n[{"id":453}]\n',
        b'[{"id":453}]\n<!-- Page cached by SomeCache -->',
        b'[{"id":453}]<!-- a --> <!-- b\n -->\n',
        NOTICE + b'[{"id":453}]',
        NOTICE + NOTICE + b'\xef\xbb\xbf[{"id":453}]<!-- x -->',
        b'PHP Deprecated: strlen() in plugin.php\n[{"id":453}]',
        b'\x00[{"id":453}]\x00',
    ],
)
def test_noise_around_json_is_dropped(body: bytes) -> None:
    assert decode_json(body) == [{"id": 453}]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'["a\\u0000b"]', "a\ufffdb"),
        (b'["ab\\u0000\\u0000"]', "ab"),
        (b'["a\\ud83db"]', "a\ufffdb"),
        (b'["\\ud83d\\ude42"]', "\U0001f642"),
        (b'["a\x00b"]', "a\ufffdb"),
        (b'["a\xffb"]', "a\ufffdb"),
        ('["Олена"]'.encode(), "Олена"),
    ],
)
def test_characters_that_no_database_takes_are_cleaned(body: bytes, text: str) -> None:
    assert decode_json(body) == [text]


def test_nesting_has_no_bound_in_cleaning() -> None:
    assert decode_json(b"[" * 1_000 + b'"a\\u0000b"' + b"]" * 1_000)


def test_keys_are_cleaned_too() -> None:
    assert decode_json(b'{"a\\u0000":{"b\\ud800":1}}') == {"a": {"b\ufffd": 1}}


def test_numbers_past_all_bounds_stay_writable() -> None:
    found = decode_json(b'["\\ud800",' + b"9" * 400 + b"]")
    assert orjson.dumps(found)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Checking your browser...</body></html>",
        b"\n<!DOCTYPE html><html><script>var x = [1,2];\nvar y = {\n}</script></html>",
    ],
)
def test_a_web_page_is_named(body: bytes) -> None:
    with pytest.raises(UnreachableError, match=r"^shop\.example\.com answered a web page"):
        decode_json(body, place="shop.example.com")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"[",
        b'[{"id":1',
        b'[{"id":1,"lines":[{"id":2}]',
        NOTICE + b'[{"id":1,"lines":[{"id":2}]',
        b'{"id":1} trailing words',
        b"words",
        b"[" * 100_000,
    ],
)
def test_what_is_cut_off_is_asked_for_again(body: bytes) -> None:
    with pytest.raises((RetryError, UnreachableError)) as caught:
        decode_json(body)
    assert '"id"' not in str(caught.value)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.dictionaries(TEXT, TEXT | st.integers(-99, 99) | st.none(), max_size=3), max_size=3))
def test_an_answer_cut_anywhere_is_never_taken_for_another(value: list[dict[str, object]]) -> None:
    body = orjson.dumps(value)
    for end in range(len(body)):
        with pytest.raises(RetryError):
            decode_json(body[:end])


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_at_all_make_another_error(body: bytes) -> None:
    try:
        found = decode_json(body)
    except (RetryError, UnreachableError):
        return
    assert orjson.dumps(found, option=orjson.OPT_NON_STR_KEYS)
