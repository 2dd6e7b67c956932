"""A worker that tells of status changes, to be killed in the middle of it. A script: a workspace as JSON."""

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from agent_world import ENVIRON, QUICK
from regulars_agent import Settings, deliver_status_changes, open_workspace


def main() -> None:
    given = json.loads(sys.argv[1])
    settings = Settings(
        directory=Path(given["directory"]), store_url=SecretStr(given["store_url"]), keyring_cost=QUICK
    )
    with open_workspace(settings, environ=ENVIRON) as workspace:
        deliver_status_changes(workspace)


if __name__ == "__main__":
    main()
