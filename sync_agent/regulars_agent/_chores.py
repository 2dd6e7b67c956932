"""What the agent does once a day for people rather than for a shop: birthdays, suggestions. No network."""

import logging

from regulars_agent._birthdays import make_birthday_reminders
from regulars_agent._stop_suggesting import suggest_stops
from regulars_agent._workspace import Workspace
from regulars_mapping import RetryError

_log = logging.getLogger(__name__)


def do_chores(workspace: Workspace) -> dict[str, int]:
    """Make the birthdays' reminders and suggest for the stop-list; how many are new.

    May be done any number of times a day. What another worker does already is left to it.
    """
    made, suggested = 0, 0
    try:
        made = make_birthday_reminders(workspace).made
        suggested = len(suggest_stops(workspace))
    except RetryError as error:
        _log.debug("chores are left to another worker: %s", error)
    return {"birthdays": made, "stops_suggested": suggested}
