"""``person erase`` and ``person readmit``: what they say, their exit codes, and that it holds."""

from pathlib import Path
from typing import Any

from agent_world import SPENT, a_history
from command_line import CommandLine
from regulars_sandbox import WooCommerceShop

WHY = ("--why", "person4@example.com wrote to us")
EMAIL = "person4@example.com"


def test_from_an_erasure_to_coming_back(regulars: CommandLine, served: Any, tmp_path: Path) -> None:
    server = served(WooCommerceShop.of(a_history(SPENT)))
    assert regulars.connected(server).code == 0
    regulars.done("backfill")
    regulars.done("compute")
    assert "Say why" in regulars("person", "erase", EMAIL).err
    assert "PERSON --why" in regulars("person", "erase", *WHY).err
    would = regulars.done("person", "erase", EMAIL, *WHY, "--dry-run").out
    assert "Would erase: 1 accounts with 1 customers, 1 orders." in would
    assert regulars.done("person", "find", EMAIL, "--json").json
    done = regulars.done("person", "erase", EMAIL, *WHY, "--json").json
    assert (done["after"], done["cleared"]) == ({"UAH": [1, 1_200_000]}, True)
    assert "Erase Personal Data" in str(done["held"])
    assert regulars.done("person", "find", EMAIL, "--json").json == []
    shown = regulars.done("person", "show", "1:4").out
    assert "erased on " in shown and "example.com" not in shown
    assert "was erased on " in regulars.done("person", "explain", "1:4", "1:5").out
    assert "nothing of them was left" in regulars.done("person", "erase", done["token"], *WHY).out
    again = regulars.done("person", "erase", EMAIL, *WHY).out
    assert f"erased before, as {done['token']}" in again
    assert "nothing left to clear" in regulars.done("person", "erase", "--finish").out
    regulars.done("verify", "main")
    files = [path for path in (tmp_path / "base").rglob("*") if path.is_file()]
    assert files
    assert not [path.name for path in files if EMAIL.encode() in path.read_bytes()]
    assert regulars("person", "readmit", "nobody@example.com").code != 0
    assert "They may come back:" in regulars.done("person", "readmit", EMAIL).out
    assert "already" in regulars.done("person", "readmit", done["token"]).out
