"""The WordPress plugin, run by PHP inside a small WordPress of its own."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).parents[2] / "plugin" / "wordpress" / "regulars"
WORLD = Path(__file__).with_name("wordpress.php")
EMPTY = {
    "user": 5,
    "meta": {},
    "options": {},
    "coupons": {},
    "cart": [],
    "goods": {},
    "kinds": {},
    "items": [],
    "taxed": True,
    "session": {},
    "rights": [],
    "post": {},
    "get": {},
}


@dataclass(frozen=True)
class Played:
    """What each call answered, and the world after them."""

    answers: list[Any]
    world: dict[str, Any]


Play = Callable[..., Played]


@pytest.fixture(scope="session")
def php() -> str:
    found = shutil.which("php")
    if found is None:
        pytest.skip("no PHP here: install php-cli to run the WordPress plugin")
    return found


@pytest.fixture
def play(php: str) -> Play:
    """Calls functions, as ``("regulars_text", "x")``, in a world like EMPTY."""

    def played(*calls: tuple[Any, ...], **world: Any) -> Played:
        asked = {**EMPTY, **world, "calls": [[name, list(given)] for name, *given in calls]}
        done = subprocess.run(
            [php, "-n", "-d", "display_errors=stderr", str(WORLD)],
            input=json.dumps(asked),
            env={"PATH": os.environ["PATH"], "REGULARS_PLUGIN": str(PLUGIN)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return Played(**json.loads(done.stdout))

    return played


def customer(**labels: Any) -> dict[str, Any]:
    """The metadata of customer 5, keys without their prefix."""
    return {"5": {f"regulars_{name}": value for name, value in labels.items()}}
