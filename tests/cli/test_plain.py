"""Text from outside on a terminal."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_cli._plain import PlainConsole, escape, plain_json, plain_lines
from regulars_mapping import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ганна Яременко", "Ганна Яременко"),
        ("a\x1b[2Jb", "a\ufffd[2Jb"),
        ("a\x9bb\x00\x7f", "a\ufffdb\ufffd\ufffd"),
        ("a\r\nb\tc\u2028d", "a b c d"),
        ("\u202egpj.exe\u2066", "\ufffdgpj.exe\ufffd"),
    ],
)
def test_a_text_is_one_line_without_control(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_message_keeps_its_own_lines() -> None:
    assert plain_lines("a\x1b\nb") == "a\ufffd\nb"


def test_json_says_the_same_with_control_escaped() -> None:
    text = json.dumps({"name": "\x9b\u202eЇ"}, ensure_ascii=False)
    assert "\x9b" not in plain_json(text)
    assert json.loads(plain_json(text)) == json.loads(text)


def test_a_console_prints_plain_lines_and_its_own_markup() -> None:
    out = io.StringIO()
    PlainConsole(file=out).print("[bold]a[/]\x1b[31m\nb")
    assert out.getvalue() == "a\ufffd[31m b\n"


_SIGNS = st.lists(st.sampled_from(["[", "]", "/", "\\", ":a:", "bold", "#f", "@x", " "]), max_size=6).map(
    "".join
)


@given(_SIGNS, _SIGNS)
def test_texts_are_shown_as_they_are_beside_each_other_and_in_markup(one: str, other: str) -> None:
    out = io.StringIO()
    console = PlainConsole(file=out, highlight=False, soft_wrap=True)
    console.print(f"{escape(one)}{escape(other)}[bold]{escape(one)}[/]{escape(other)}|")
    assert out.getvalue() == f"{one}{other}{one}{other}|\n"
