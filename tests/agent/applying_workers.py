"""Makes workers that apply, derive or enable, each a process of its own, to be killed or frozen.

Run as a script with a workspace as JSON. A line "go" makes a worker and answers with its pid at once and, on
a second line, with what became of it. Workers are forked before anything is opened.
"""

import json
import os
import sys
from pathlib import Path

from pydantic import SecretStr

from agent_world import ENVIRON, PROGRAMME
from regulars_agent import Settings, Workspace, apply_plan, derive, enable_programme, open_workspace
from regulars_agent._settings import BatchSettings, HttpSettings, LeaseSettings
from regulars_mapping import RegularsError
from regulars_store import shop_named


def workspace_of(given: dict[str, object]) -> Workspace:
    """The workspace, with a lease shorter than settings allow, where one is given."""
    settings = Settings(
        directory=Path(str(given["directory"])),
        store_url=SecretStr(str(given["store_url"])),
        batches=BatchSettings.model_validate(given.get("batches", {})),
        http=HttpSettings(read_timeout=float(str(given["read_timeout"])), tries=2, max_wait=0.1),
    )
    lease = LeaseSettings.model_construct(seconds=float(str(given["lease"])))
    return open_workspace(settings.model_copy(update={"lease": lease}), environ=ENVIRON)


def work(given: dict[str, object]) -> dict[str, object]:
    """Do the task; what became of it."""
    with workspace_of(given) as workspace:
        try:
            return TASKS[str(given["task"])](workspace)
        except RegularsError as error:
            return {"error": type(error).__name__, "said": str(error)}


def _apply(workspace: Workspace) -> dict[str, object]:
    with workspace.store.read() as connection:
        shop = shop_named(connection, "tea")
    applied = apply_plan(workspace, shop, confirmed=True)
    return {"complete": applied.complete, "unanswered": applied.unanswered, "reasons": applied.reasons}


def _derive(workspace: Workspace) -> dict[str, object]:
    return {"persons": derive(workspace).persons}


def _enable(workspace: Workspace) -> dict[str, object]:
    return {"version": enable_programme(workspace, PROGRAMME, who="the owner")}


TASKS = {"apply": _apply, "derive": _derive, "enable": _enable}


def main() -> None:
    given = json.loads(sys.argv[1])
    for _ in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, json.dumps(work(given)).encode())
            finally:
                os._exit(0)
        os.close(writing)
        print(child, flush=True)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
        print(told.decode() or json.dumps({"killed": True}), flush=True)


if __name__ == "__main__":
    main()
