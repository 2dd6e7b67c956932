"""The bundled site's own database with its tables, which take long to make, and nobody in them."""

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from made_once import MadeOnce
from regulars_agent import write_default_settings
from regulars_store import open_store

DATABASE = "site.sqlite3"
_ENDED = "ended.json"


@dataclass(frozen=True)
class FirstStart:
    """A start of a site that had none, without a terminal and without a password, and what it left."""

    returncode: int
    stderr: str
    database: Path

    def put_into(self, directory: Path) -> None:
        """A site of this workspace finds its tables there."""
        shutil.copy(self.database, directory / DATABASE)


def first_start(made_once: MadeOnce) -> FirstStart:
    """Once for all workers of a run."""
    home = made_once("first-start", _start)
    returncode, stderr = json.loads((home / _ENDED).read_text("utf-8"))
    return FirstStart(returncode, stderr, home / DATABASE)


def _start(home: Path) -> None:
    ended = serving_ended(new_home(home))
    (home / _ENDED).write_text(json.dumps([ended.returncode, ended.stderr]), "utf-8")


def new_home(directory: Path) -> Path:
    """A workspace with an empty store."""
    write_default_settings(directory)
    store = open_store(f"sqlite:///{directory}/regulars.sqlite3")
    store.upgrade()
    store.close()
    return directory


def serving_ended(home: Path) -> subprocess.CompletedProcess[str]:
    """``regulars serve``, which is to end by itself."""
    command = serve_command(home, free_port())
    return subprocess.run(command, env=environ(), capture_output=True, text=True, timeout=120, check=False)


def environ(**given: str) -> dict[str, str]:
    """This process's environment without what would change the site's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**kept, "REGULARS_MASTER_KEY": "m4ster-key-of-the-tests-0123456789abcdef", **given}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve_command(home: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "regulars_cli", "-C", str(home), "serve", "--port", str(port)]
