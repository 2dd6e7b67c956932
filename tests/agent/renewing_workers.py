"""Processes that open one shop at the same moment. A script: a workspace as JSON; tells what each listed."""

import json
import os
import sys
from pathlib import Path

from pydantic import SecretStr

from agent_world import ENVIRON, QUICK
from regulars_agent import Settings, open_workspace
from regulars_mapping import Kind, RegularsError
from regulars_store import shop_named

WORKERS = 4


def listed(given: dict[str, str]) -> object:
    settings = Settings(
        directory=Path(given["directory"]), store_url=SecretStr(given["store_url"]), keyring_cost=QUICK
    )
    with open_workspace(settings, environ=ENVIRON) as workspace:
        with workspace.store.read() as connection:
            shop = shop_named(connection, "tea")
        try:
            with workspace.connector(shop) as connector:
                return [*connector.list_ids(Kind.CUSTOMER)]
        except RegularsError as error:
            return str(error)


def worker(given: dict[str, str], gate: int) -> int:
    """A process that waits for its byte through the gate; where it will answer."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.read(gate, 1)
        os.write(writing, json.dumps(listed(given)).encode())
        os._exit(0)
    os.close(writing)
    return reading


def main() -> None:
    given = json.loads(sys.argv[1])
    gate, opening = os.pipe()
    answers = [worker(given, gate) for _ in range(WORKERS)]
    os.write(opening, b"." * WORKERS)
    print(json.dumps([json.loads(os.fdopen(answer).read()) for answer in answers]))


if __name__ == "__main__":
    main()
