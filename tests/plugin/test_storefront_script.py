"""The script of ``<regulars-offer>``: small, alone, and fit for a strict content security policy."""

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import wagtail_regulars

SCRIPT = Path(wagtail_regulars.__file__).parent / "static" / "wagtail_regulars" / "storefront.js"
TESTS = Path(__file__).parent / "storefront_script.test.mjs"
NODE = shutil.which("node")


def test_it_weighs_less_than_eight_kilobytes() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), mtime=0)) < 8 * 1024


WRITING = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", ".style")
RUNNING = ("eval(", "Function(", "import", "require(", 'setTimeout("')
KEEPING = ("cookie", "localStorage", "sessionStorage", "console", "postMessage")


@pytest.mark.parametrize("word", [*WRITING, *RUNNING, *KEEPING])
def test_it_writes_no_html_runs_no_text_and_keeps_nothing(word: str) -> None:
    assert word not in SCRIPT.read_text("utf-8")


def test_it_asks_no_address_of_its_own() -> None:
    assert not re.search(r"https?://", SCRIPT.read_text("utf-8"))


@pytest.mark.skipif(NODE is None, reason="no Node.js here: install it to run the storefront's script")
def test_it_does_in_a_small_document_what_it_shall() -> None:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--test", str(TESTS)],
        env={**os.environ, "STOREFRONT_SCRIPT": str(SCRIPT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
