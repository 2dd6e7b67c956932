"""The demo as a user runs it: it ends with 0 when everything held, and it can fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SABOTAGE = """
import sys

if "regulars_sandbox" in sys.orig_argv:
    import regulars_sandbox._command as command
    from regulars_sandbox import Response, WooCommerceShop

    class Sabotaged(WooCommerceShop):
        def respond(self, request):
            {deed}
            return super().respond(request)

    command.WooCommerceShop = Sabotaged
"""
DEEDS = {
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


def demo(place: Path, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "regulars_cli", "demo", "--no-serve", "--json"]
    command += ["--place", str(place), "--customers", "200"]
    return subprocess.run(
        command,
        env={**os.environ, "REGULARS_HTTP_TRIES": "1", **(environ or {})},
        cwd=place.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_demo_holds_and_says_so_in_one_json_document(tmp_path: Path) -> None:
    ended = demo(tmp_path / "demo")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["held"] is True
    assert len(told["steps"]) == 9
    assert all(step["held"] for step in told["steps"])
    again = demo(tmp_path / "demo")
    assert again.returncode == 0, "a demo's place is made anew"


def test_the_demo_never_empties_a_place_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", "utf-8")
    ended = demo(tmp_path / "mine")
    assert ended.returncode == 2
    assert "choose another --place" in ended.stderr
    assert (tmp_path / "mine" / "letter.txt").read_text("utf-8") == "dear"


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_the_demo_fails_with_a_shop_that(tmp_path: Path, deed: str) -> None:
    shim = tmp_path / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(SABOTAGE.replace("{deed}", deed), "utf-8")
    ended = demo(tmp_path / "demo", {"PYTHONPATH": str(shim)})
    assert ended.returncode == 1, ended.stderr
    if ended.stdout:
        assert json.loads(ended.stdout)["held"] is False
