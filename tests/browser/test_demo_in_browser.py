"""The demo as somebody meets it who has just typed ``make demo``."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.shops_on_show import PASSWORD, free_port
from browser.walking import offer

_STARTING = 240
_ROUND = 60_000
DEAR = "Espresso machine"


@dataclass(frozen=True)
class Demo:
    """A running demo, and what it has told."""

    process: "subprocess.Popen[str]"
    told: Mapping[str, Any]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """``regulars demo --serve --json``, once it serves."""
    place = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "regulars_cli", "demo", "--serve", "--json", "--customers", "200"]
    command += ["--place", str(place / "demo"), "--port", str(free_port())]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    environ = {**kept, "REGULARS_OWNER_PASSWORD": PASSWORD}
    said = (place / "said.txt").open("w+", encoding="utf-8")
    with (
        said,
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=said, text=True) as process,
    ):
        late = Timer(_STARTING, process.kill)
        late.start()
        try:
            told = _document(process)
            late.cancel()
            assert told, (place / "said.txt").read_text("utf-8")
            yield Demo(process, told)
        finally:
            late.cancel()
            process.terminate()


def _document(process: "subprocess.Popen[str]") -> Any:
    """The JSON document on its standard output, None where it ends without one; the demo goes on after it."""
    text = ""
    for line in process.stdout or ():
        text += line
        with suppress(json.JSONDecodeError):
            return json.loads(text)
    return None


def _log_in(page: Page, demo: Demo, shopper: Mapping[str, Any]) -> None:
    page.goto(demo.told["urls"]["storefront"])
    page.locator(f".people button[value={shopper['key']}]").click()
    expect(page.locator(".who")).to_contain_text(shopper["name"])


def test_everything_that_the_demo_promises_held(demo: Demo) -> None:
    assert demo.told["held"] is True
    assert len(demo.told["shoppers"]) == 3


def test_its_three_people_see_three_offers_and_a_guest_none(page: Page, demo: Demo) -> None:
    page.goto(demo.told["urls"]["storefront"])
    expect(offer(page, "none")).to_have_text("Log in to see your discount.")
    seen = set()
    for shopper in demo.told["shoppers"]:
        _log_in(page, demo, shopper)
        sentence = offer(page, "discount").locator(".regulars-offer-sentence")
        seen.add(sentence.inner_text().partition("%")[0])
    assert len(seen) == 3


def test_the_owner_sees_customers_and_a_card(page: Page, demo: Demo) -> None:
    page.goto(demo.told["urls"]["admin"])
    page.locator("input[name=username]").fill(demo.told["owner"])
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("table.listing tbody a").first.click()
    expect(page.locator("#profile-content")).to_be_visible()


def test_an_order_moves_the_level_with_the_agent_s_next_tick(page: Page, demo: Demo) -> None:
    beginner = demo.told["shoppers"][1]
    _log_in(page, demo, beginner)
    before = offer(page, "discount").locator(".regulars-offer-level").inner_text()
    page.get_by_role("button", name=f"Buy {DEAR}").click()
    expect(page.locator(".message.success")).to_contain_text("agent's next round")
    expect(page.locator(".regulars-offer-level")).not_to_have_text(before, timeout=_ROUND)
    expect(offer(page, "discount").locator(".regulars-offer-code")).to_be_visible(timeout=_ROUND)


def test_it_ends_when_it_is_told_to(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(timeout=60) == 0
