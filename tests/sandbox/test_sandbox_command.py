"""``python -m regulars_sandbox woocommerce``: one line when it listens, a clean end on SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests

COMMAND = [sys.executable, "-m", "regulars_sandbox", "woocommerce", "--customers", "20", "--orders", "40"]


def _environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_SANDBOX")}
    return inherited | more


def test_it_serves_a_generated_shop_and_ends_cleanly(tmp_path: Path) -> None:
    key_file = tmp_path / "key.json"
    with subprocess.Popen(
        [*COMMAND, "--tls", "--key-file", str(key_file)],
        stdout=subprocess.PIPE,
        env=_environment(),
        text=True,
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        told = json.loads(line)
        key = json.loads(key_file.read_text())
        assert key["consumer_secret"] not in line
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(
                f"{told['url']}/wp-json/wc/v3/orders?per_page=1",
                auth=(key["consumer_key"], key["consumer_secret"]),
                verify=told["certificate"],
                timeout=10,
            )
        assert answer.headers["X-WP-Total"] == str(told["orders"]) == "40"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_key_may_come_from_the_environment() -> None:
    environment = _environment(REGULARS_SANDBOX_KEY="ck_env", REGULARS_SANDBOX_SECRET="cs_env")
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert json.loads(line)["key_file"] is None
        assert "cs_env" not in line
        process.terminate()
        assert process.wait(10) == 0


def test_it_ends_with_the_input_of_whoever_started_it() -> None:
    environment = _environment(REGULARS_SANDBOX_KEY="ck_env", REGULARS_SANDBOX_SECRET="cs_env")
    with subprocess.Popen(
        [*COMMAND, "--until-input-ends"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout
        assert process.stdin
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0


def test_without_a_key_it_says_what_is_missing() -> None:
    ended = subprocess.run(
        COMMAND, capture_output=True, env=_environment(), text=True, timeout=30, check=False
    )
    assert ended.returncode == 2
    assert "--key-file" in ended.stderr


def _opened(platform: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "regulars_sandbox", platform, "--customers", "20", *options]
    environment = _environment(
        REGULARS_SANDBOX_KEY="ck_env", REGULARS_SANDBOX_SECRET="cs_env", REGULARS_SANDBOX_TOKEN="shpat_env"
    )
    return subprocess.run(
        [*command, "--until-input-ends"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_people_asked_for_register_when_the_shop_opens_and_a_regular_buys_once(platform: str) -> None:
    without = _opened(platform)
    names = ("--regular", "Anna Kovalenko <anna@example.com>", "--newcomer", "Ivan Melnyk <ivan@example.com>")
    ended = _opened(platform, *names)
    assert ended.returncode == 0, ended.stderr
    before, told = json.loads(without.stdout), json.loads(ended.stdout)
    assert (told["customers"], told["orders"]) == (before["customers"] + 2, before["orders"] + 1)


def test_nobody_can_be_asked_for_twice() -> None:
    twice = ["--regular", "Anna Kovalenko <anna@example.com>"] * 2
    for platform in ("woocommerce", "shopify"):
        ended = _opened(platform, *twice)
        assert ended.returncode == 2
        assert ended.stdout == ""


def test_somebody_asked_for_without_an_email_is_refused() -> None:
    ended = _opened("woocommerce", "--regular", "Anna Kovalenko")
    assert ended.returncode == 2
    assert "anna@example.com" in ended.stderr
