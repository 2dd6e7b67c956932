"""What deleted rows leave behind in the store's files."""

import time

from regulars_agent._workspace import Workspace
from regulars_mapping import RetryError

PATIENCE = 30.0
"""Seconds to wait for those who read the store; while they do, its log keeps former pages."""
_AGAIN = 0.1


def clear_residue(workspace: Workspace) -> None:
    """Have the store rewritten without what was deleted from it. Harmless at any time.

    Raises RetryError where others hold it too long.
    """
    until = time.monotonic() + PATIENCE
    while not _cleared(workspace):
        if time.monotonic() > until:
            raise RetryError(
                "The person is erased, but the store's files may still hold what was deleted, because "
                "somebody kept reading them. Close long-running commands, then run: "
                "regulars person erase --finish"
            )
        time.sleep(_AGAIN)


def _cleared(workspace: Workspace) -> bool:
    try:
        return workspace.store.clear_residue()
    except RetryError:
        # Somebody writes; who asked for the erasure need not hear of it yet.
        return False
