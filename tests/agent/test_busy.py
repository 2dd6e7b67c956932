"""Work that another process is at is named in words that say who, where, and what to do."""

import os
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from regulars_agent import Workspace
from regulars_agent._leases import held
from regulars_mapping import RetryError
from regulars_store import add_shop, tables


def refused(workspace: Workspace, resource: str) -> str:
    with pytest.raises(RetryError) as caught, held(workspace, resource):
        pass
    assert caught.value.retry_after is not None
    return str(caught.value)


def test_what_is_being_done_is_said_and_that_it_goes_on_by_itself(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    given: dict[str, Any] = {
        "name": "tea",
        "platform": "woocommerce",
        "url": "https://tea.example",
        "options": {},
    }
    with workspace.store.write() as connection:
        add_shop(connection, **given, now=workspace.clock())
    for resource, said in {
        "derive:facts": "Figures, segments and offers are being computed",
        "derive:identity": "Who is who is being worked out",
        "pull:1": "The shop tea is being read",
        "push:1": "The shop tea is being written to",
        "push:77": "A shop is being written to",
        "something else": "'something else' is being worked on",
    }.items():
        with held(workspace, resource):
            words = refused(workspace, resource)
        holder = f"another process of Regulars here (process {os.getpid()}, running since 20"
        assert words.startswith(f"{said} by {holder}")
        assert words.endswith(" UTC). It goes on by itself; try again when it has ended.")


def test_a_holder_elsewhere_is_named_with_the_moment_at_which_its_hold_runs_out(
    empty_workspace: Workspace,
) -> None:
    workspace = empty_workspace
    with held(workspace, "derive:facts"):
        ends = workspace.clock() + timedelta(hours=1)
        with workspace.store.write() as connection:
            connection.execute(update(tables.lease).values(owner="barn:12:99-ab", expires_at=ends))
        words = refused(workspace, "derive:facts")
    assert words == (
        "Figures, segments and offers are being computed by Regulars on the machine barn (process 12). "
        "It goes on by itself; try again when it has ended. "
        f"Should that machine have died, this is free again at {ends:%Y-%m-%d %H:%M} UTC."
    )
