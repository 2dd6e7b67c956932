"""What time alone changes, with nothing new from any shop: what was bought within a year, who is still
regular, ratings and segments by them, and offers that begin or end on a day."""

from datetime import timedelta

import regulars_store as store
from regulars_agent._derive import EVERYBODY
from regulars_agent._leases import held
from regulars_agent._workspace import Workspace

BY_TIME = "by time"
"""How the run that has everybody computed anew is noted."""
_BETWEEN = timedelta(hours=20)


def have_everybody_computed(workspace: Workspace) -> bool:
    """Once a day have everybody computed with the next ``derive``; whether they are due now.

    Done again within the day, nothing changes. Raises RetryError while another worker does it.
    """
    if not _due(workspace):
        return False
    with held(workspace, "by time") as lease, lease.write() as connection:
        now = workspace.clock()
        store.mark_dirty(connection, EVERYBODY, [BY_TIME])
        run = store.begin_run(connection, shop_id=None, command=BY_TIME, now=now)
        store.end_run(connection, run, now=now, complete=True, counts={})
    return True


def _due(workspace: Workspace) -> bool:
    with workspace.store.read() as connection:
        last = store.newest_run(connection, None, (BY_TIME,), complete=True)
    return last is None or workspace.clock() - last.started_at >= _BETWEEN
