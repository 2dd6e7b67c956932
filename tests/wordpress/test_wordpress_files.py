"""The plugin's files: PHP reads them, called directly they do nothing, and every text is translated."""

import json
import re
import shutil
import subprocess
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from wordpress.conftest import PLUGIN

SOURCES = sorted(PLUGIN.rglob("*.php"))
NAMES = [path.relative_to(PLUGIN).as_posix() for path in SOURCES]
WORDS = re.compile(r"(?<!\w)(?:esc_html__|esc_attr__|__)\( '((?:[^'\\]|\\.)*)', '(\w+)' \)")
CALLS = re.compile(r"(?<!\w)(?:esc_html__|esc_attr__|esc_html_e|esc_attr_e|_e|_n|_x|__)\(")
LANGUAGES = ["en_US", "ru_RU", "uk"]


@pytest.mark.parametrize("name", NAMES)
def test_php_can_read_it(php: str, name: str) -> None:
    done = subprocess.run(
        [php, "-n", "-l", PLUGIN / name], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_it_does_nothing_when_it_is_called_directly(php: str, name: str) -> None:
    done = subprocess.run([php, "-n", PLUGIN / name], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_indented_by_tabs_and_has_a_docblock_for_each_function(name: str) -> None:
    text = (PLUGIN / name).read_text("utf-8")
    assert not re.search(r"^ +[^ *]", text, re.MULTILINE)
    assert text.count("\nfunction ") == len(re.findall(r"\*/\nfunction regulars_\w+\(", text))


@pytest.mark.parametrize(
    "word",
    [
        "eval(",
        "base64_decode",
        "wp_remote_",
        "curl_",
        "file_get_contents",
        "unserialize",
        "create_function",
        "$wpdb",
    ],
)
def test_it_runs_no_text_and_calls_nobody(word: str) -> None:
    assert not [path for path in SOURCES if word in path.read_text("utf-8")]


def test_no_file_holds_php_of_after_7_4() -> None:
    newer = re.compile(
        r"\?->|\bmatch \(|\bstr_contains\b|\bstr_starts_with\b|\benum \w|\breadonly\b|\): (?:static|mixed)\b"
    )
    assert not [path for path in SOURCES if newer.search(path.read_text("utf-8"))]


def test_all_places_tell_one_version() -> None:
    main = (PLUGIN / "regulars.php").read_text("utf-8")
    (version,) = re.findall(r"define\( 'REGULARS_VERSION', '(.+?)' \)", main)
    assert f" * Version: {version}\n" in main
    assert f"Stable tag: {version}\n" in (PLUGIN / "readme.txt").read_text("utf-8")
    assert f"'{version}'" in (PLUGIN / "block" / "editor.asset.php").read_text("utf-8")


def words() -> set[str]:
    """Every text that is translated, of the sources, the block and the plugin's own header."""
    found = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        matches = WORDS.findall(text)
        assert len(matches) == len(CALLS.findall(text)), f"{path.name}: a text that no catalog can name"
        assert {domain for _, domain in matches} <= {"regulars"}
        found |= {message.replace("\\'", "'") for message, _ in matches}
    block = json.loads((PLUGIN / "block" / "block.json").read_text("utf-8"))
    (header,) = re.findall(r"\* Description: (.+)", (PLUGIN / "regulars.php").read_text("utf-8"))
    return found | {block["title"], block["description"], header}


def catalog(content: bytes, *, compiled: bool) -> Catalog:
    return read_mo(BytesIO(content)) if compiled else read_po(BytesIO(content))


def texts(of: Catalog) -> dict[tuple[str | None, str], str]:
    """What stands for each text under its context, which a compiled catalog gives as bytes."""
    return {(_text(message.context), str(message.id)): str(message.string) for message in of if message.id}


def _text(context: str | bytes | None) -> str | None:
    return context.decode() if isinstance(context, bytes) else context


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_the_same_places_for_numbers(language: str) -> None:
    held = texts(catalog((PLUGIN / "languages" / f"regulars-{language}.po").read_bytes(), compiled=False))
    assert {message for _, message in held} == words()
    for (_, message), translated in held.items():
        assert translated
        assert re.findall(r"%.", message) == re.findall(r"%.", translated)
        assert language == "en_US" or translated != message


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_the_written_one(language: str) -> None:
    written, compiled = (
        texts(
            catalog(
                (PLUGIN / "languages" / f"regulars-{language}.{kind}").read_bytes(), compiled=kind == "mo"
            )
        )
        for kind in ("po", "mo")
    )
    assert compiled == written


def test_the_template_names_every_text() -> None:
    held = texts(catalog((PLUGIN / "languages" / "regulars.pot").read_bytes(), compiled=False))
    assert {message for _, message in held} == words()


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no Node.js here: install it to check the plugin's scripts")
@pytest.mark.parametrize("name", ["block/editor.js", "assets/cart-label.js"])
def test_a_browser_can_read_the_script(name: str) -> None:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--check", PLUGIN / name], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
