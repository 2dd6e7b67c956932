"""Text from outside on a terminal."""

import io
import json

import pytest

from regulars_cli._plain import PlainConsole, plain, plain_json, plain_lines


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
