"""What a shop's platform is to be told of consents, shown to the owner; nothing is written there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._workspace import Workspace
from regulars_connectors import connector_class
from regulars_marketing import PlatformChange
from regulars_store import ConsentState as _State


@dataclass(frozen=True, slots=True)
class ConsentChanges:
    """What a shop is to be told: counted by what the marks become, and the first of them.

    ``keeps_consents``: whether its platform has such marks at all; where it has none there is nothing to
    tell.
    """

    shop: str
    platform: str
    keeps_consents: bool
    counts: Mapping[str, int]
    changes: Sequence[PlatformChange]


def consent_changes(workspace: Workspace, shop: str, *, limit: int = 1_000) -> ConsentChanges:
    """Whose mark in a shop is not what was said at that address; the first ``limit`` of them, all counted.

    By what was read last; nothing is asked of the shop. Raises PermanentError for a shop that there is not.
    """
    now = workspace.clock()
    with workspace.store.read() as connection:
        found = store.shop_named(connection, shop)
        keeps = connector_class(found.platform).keeps_consents
        due = marketing.consent_changes(connection, found.id, now=now) if keeps else iter(())
        shown = tuple(islice(due, limit))
        counted = Counter(one.after.value for one in shown)
        counted.update(one.after.value for one in due)
    counts = {state.value: counted[state.value] for state in (_State.WITHDRAWN, _State.GRANTED)}
    return ConsentChanges(found.name, found.platform, keeps, counts, shown)
