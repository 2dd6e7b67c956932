"""What the agent does once a day for people rather than for a shop: birthdays, suggestions, and what an
erasure could not finish. No network."""

import logging
from collections.abc import Callable

from regulars_agent._birthdays import make_birthday_reminders
from regulars_agent._by_time import have_everybody_computed
from regulars_agent._erasure import finish_erasures
from regulars_agent._grants import expire_grants
from regulars_agent._proof_chore import check_some_offers
from regulars_agent._segment_changes import refresh_segments
from regulars_agent._status_delivery import forget_told_changes
from regulars_agent._stop_suggesting import suggest_stops
from regulars_agent._suggestions import make_suggestions, suggestions_due
from regulars_agent._workspace import Workspace
from regulars_mapping import RetryError
from regulars_marketing import segments

_log = logging.getLogger(__name__)


def do_chores(workspace: Workspace) -> dict[str, int]:
    """Make the birthdays' reminders and suggest for the stop-list; how many are new. Have everybody computed
    anew where programmes give by the calendar.

    May be done any number of times a day. What another worker does already is left to it.
    """
    made, suggested, by_time = 0, 0, False
    forget_told_changes(workspace)
    # Before everybody is to be computed: what waits for that cannot be checked.
    checked = _checked(workspace)
    try:
        made = make_birthday_reminders(workspace).made
        suggested = len(suggest_stops(workspace))
        by_time = have_everybody_computed(workspace)
    except RetryError as error:
        _log.debug("chores are left to another worker: %s", error)
    due = {"everybody": 1} if by_time else {}
    return {
        "birthdays": made,
        "stops_suggested": suggested,
        **due,
        **checked,
        **_over(workspace),
        **_moved(workspace),
        **_finish_erasures(workspace),
    }


def _over(workspace: Workspace) -> dict[str, int]:
    """What was attached by hand and has come to its end."""
    expired = expire_grants(workspace)
    return {"grants_expired": expired} if expired else {}


def _checked(workspace: Workspace) -> dict[str, int]:
    """Offers held against what the shops sent, and with how many of them something disagrees."""
    try:
        found = check_some_offers(workspace)
    except RetryError as error:
        _log.debug("checking offers is left to another worker: %s", error)
        return {}
    if found is None or not found.offers:
        return {}
    if found.wrong:
        _log.warning("%s of %s offers disagree: regulars offer verify --all", found.wrong, found.offers)
    return {"offers_checked": found.offers, "offers_wrong": found.wrong}


def _moved(workspace: Workspace) -> dict[str, int]:
    """Whom segments that went off left behind. Whom time alone moves is seen where everybody is computed,
    once a day; that looks at no segment where none is on."""
    with workspace.store.read() as connection:
        if any(each.enabled for each in segments(connection)):
            return {}
    try:
        change = refresh_segments(workspace)
    except RetryError as error:
        _log.debug("refreshing the members of segments is left to another worker: %s", error)
        return {}
    moved = {"segments_entered": change.entered, "segments_left": change.left}
    return {name: number for name, number in moved.items() if number}


def _finish_erasures(workspace: Workspace) -> dict[str, int]:
    """Where somebody was in the way when a person was erased, the files are cleared now."""
    try:
        cleared = finish_erasures(workspace)
    except RetryError as error:
        _log.debug("clearing files after an erasure is left to the next visit: %s", error)
        return {}
    return {"files_cleared": cleared} if cleared else {}


def suggest_persons(workspace: Workspace, *, pause: Callable[[], None]) -> dict[str, int]:
    """Make the queue of who may be one person anew, once a day for all shops; how many pairs wait in it.

    One that was broken off, also by ``pause``, is made at the next visit. Nothing where the extra is not
    installed, where the owner switched it off, or where somebody else is at it.
    """
    if not suggestions_due(workspace):
        return {}
    try:
        return {"persons_suggested": make_suggestions(workspace, pause=pause).waiting}
    except RetryError as error:
        _log.debug("suggesting is left to another worker: %s", error)
        return {}
