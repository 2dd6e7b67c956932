"""``python -m regulars_sandbox woocommerce``: one line when it listens, a clean end on SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

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
