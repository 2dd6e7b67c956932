"""The demo as a user runs it: it ends with 0 when all held, it always ends the same, and it can fail."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bundled_site import FirstStart, first_start
from made_once import MadeOnce
from regulars_cli._demo_site import Addresses, OwnersBrowser, ShoppersBrowser

PASSWORD = "an-owners-long-passphrase"
DEADLINE = 120.0

# It is not waited long for an agent that has no chance.
_IMPATIENT = """
import sys

if "demo" in sys.orig_argv:
    import regulars_cli._demo_agent as agent

    agent._MOST_WAITED = 5.0
"""
# Its site need not make tables first: they take long, and every other demo makes them.
_SITE_READY = """
if "serve" in sys.orig_argv:
    import shutil

    shutil.copy({database!r}, sys.orig_argv[sys.orig_argv.index("-C") + 1])
"""
SHOP = """
if "regulars_sandbox" in sys.orig_argv:
    import regulars_sandbox._command as command
    from regulars_sandbox import Response, WooCommerceShop

    class Sabotaged(WooCommerceShop):
        def respond(self, request):
            {deed}
            return super().respond(request)

    command.WooCommerceShop = Sabotaged
"""
SHOP_DEEDS = {
    "refuses writes": """if request.method == "POST" and "/batch" in request.target:
                return Response(403, (("Content-Type", "application/json"),), b'{"code": "closed"}')""",
    "forgets what it is told": """if request.method == "POST" and "customers/batch" in request.target:
                body = b'{"create": [], "update": []}'
                return Response(200, (("Content-Type", "application/json"),), body)""",
    "counts one order more than it lists": """if "orders?per_page=1&" in request.target:
                told = super().respond(request)
                more = [(n, str(int(v) + 1) if n == "X-WP-Total" else v) for n, v in told.headers]
                return Response(told.status, tuple(more), told.body)""",
}
SITE = """
if "serve" in sys.orig_argv:
    from regulars_agent import Storefront

    original = Storefront.offer

    def offer(self, shop, account, *, language=""):
        return original(self, shop, "2", language=language)

    Storefront.offer = offer
"""
AGENT = """
if "agent" in sys.orig_argv:
    import regulars_agent._tick as tick
    from regulars_agent._exchange import Exchanged

    tick.exchange = lambda *arguments, **keywords: Exchanged()
"""


def command(place: Path, *options: str) -> list[str]:
    arguments = ["demo", "--json", "--place", str(place), "--customers", "80", *options]
    return [sys.executable, "-m", "regulars_cli", *arguments]


def environ(**more: str) -> dict[str, str]:
    return {**os.environ, "REGULARS_HTTP_TRIES": "2", "REGULARS_HTTP_MAX_WAIT": "0.1", **more}


def demo(place: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One that ends by itself."""
    return subprocess.run(
        command(place, "--no-serve"),
        env=environ(**more),
        cwd=place.parent,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@contextmanager
def serving(place: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """One that stays: its process, and its document once that is there. Its first agent is killed early."""
    port = str(random.randrange(20_000, 32_000))
    process = subprocess.Popen(
        command(place, "--serve", "--port", port),
        env=environ(REGULARS_OWNER_PASSWORD=PASSWORD),
        cwd=place.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            kill_agent(place)
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            yield process, json.loads("".join(until_brace(lines)))
        finally:
            process.kill()


def until_brace(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line == "}\n":
            return


def household(place: Path) -> dict[int, list[str]]:
    """The processes that work in a place, with their command lines; not those that only wait to be buried."""
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == place.resolve():
                found[int(entry.name)] = (entry / "cmdline").read_text().split("\0")
    return found


def kill_agent(place: Path) -> None:
    """kill -9, as soon as there is one."""

    def killed() -> bool:
        agents = [number for number, words in household(place).items() if "agent" in words]
        for number in agents:
            os.kill(number, signal.SIGKILL)
        return bool(agents)

    eventually(killed)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def end_of(document: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Which steps held, and the numbers at the end. That the agent ended is no step while it stays."""
    steps = [step["step"] for step in document["steps"] if step["held"]]
    return [step for step in steps if not step.startswith("told to stop")], document["counts"]


@pytest.mark.slow
def test_every_demo_ends_the_same_whatever_was_killed_before(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    base = tmp_path / "base.sqlite3"
    first = demo(place, REGULARS_STORE_URL=f"sqlite:///{base}")
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert told["held"] is True
    assert len(told["steps"]) == 26
    assert all(step["held"] for step in told["steps"])
    assert len({shopper["percent"] for shopper in told["shoppers"]}) == 3, "also after one of them bought"
    assert not household(place)
    assert not base.exists(), "a demo never touches anybody's real base"

    with serving(place) as (process, stayed):
        assert end_of(stayed) == end_of(told)
        kill_agent(place)
        newcomer = ShoppersBrowser(Addresses(int(stayed["urls"]["storefront"].split(":")[2].split("/")[0])))
        newcomer.log_in("one")
        before = newcomer.percent()
        newcomer.buy(Decimal(2500))
        eventually(lambda: newcomer.percent() not in {0, before})
        process.kill()
        process.wait(10)
        eventually(lambda: not household(place))

    with serving(place) as (process, again):
        assert end_of(again) == end_of(told)
        owner = OwnersBrowser(Addresses(int(again["urls"]["admin"].split(":")[2].split("/")[0])))
        assert owner.log_in(again["owner"], PASSWORD)
        assert PASSWORD not in json.dumps(again)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert not household(place)


def test_the_demo_never_empties_a_place_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", "utf-8")
    ended = demo(tmp_path / "mine")
    assert ended.returncode == 2
    assert "choose another --place" in ended.stderr
    assert (tmp_path / "mine" / "letter.txt").read_text("utf-8") == "dear"


def sabotaged(tmp_path: Path, code: str, first: FirstStart) -> list[str]:
    """The steps that did not hold with this code in every process."""
    shim = tmp_path / "shim"
    shim.mkdir()
    ready = _SITE_READY.format(database=str(first.database))
    (shim / "sitecustomize.py").write_text(_IMPATIENT + ready + code, "utf-8")
    ended = demo(tmp_path / "demo", PYTHONPATH=str(shim))
    assert ended.returncode == 1, ended.stderr
    told = json.loads(ended.stdout)
    assert told["held"] is False
    return [step["step"] for step in told["steps"] if not step["held"]]


# Whole demos: a minute of processor time together.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "missed"),
    [
        pytest.param(
            SHOP.replace("{deed}", SHOP_DEEDS["refuses writes"]),
            ["the demo came to its end"],
            id="a shop that refuses writes",
        ),
        pytest.param(
            SHOP.replace("{deed}", SHOP_DEEDS["forgets what it is told"]) + SITE,
            ["every write was confirmed by market", "see three different discounts"],
            id="a shop that forgets what it is told, and a storefront that shows everybody the same",
        ),
        pytest.param(
            SHOP.replace("{deed}", SHOP_DEEDS["counts one order more than it lists"]) + AGENT,
            ["the books balance with market", "the discount followed"],
            id="a shop that counts one order more than it lists, and an agent that does nothing",
        ),
    ],
)
def test_the_demo_fails_with(tmp_path: Path, made_once: MadeOnce, code: str, missed: list[str]) -> None:
    said = sabotaged(tmp_path, code, first_start(made_once))
    for words in missed:
        assert any(words in step for step in said), said
