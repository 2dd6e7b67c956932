"""Programmes: an owner's discount rules, switched on and off, with everybody's offers following at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._derive import EVERYBODY, compute_everybody, derive
from regulars_agent._goods import why_not
from regulars_agent._leases import held
from regulars_agent._workspace import Workspace


def enable_programme(workspace: Workspace, definition: Mapping[str, Any], *, who: str) -> int:
    """Keep a programme as its next version, enabled, and compute everybody anew; the version.

    What waited to be computed is computed before, so that everybody's offers follow at once.
    The same definition twice is one version. Interrupted, the next ``derive`` computes the rest. Raises
    MisconfiguredError that names each bad place, RetryError while another worker derives.
    """
    programme = marketing.parse_programme(definition)
    check_programme(workspace, programme)
    derive(workspace)
    with held(workspace, "derive:facts") as lease:
        with lease.write() as connection:
            version = marketing.save_programme(connection, programme, who=who, now=workspace.clock())
            store.mark_dirty(connection, EVERYBODY, [programme.key])
        compute_everybody(lease)
    return version


def check_programme(workspace: Workspace, programme: marketing.Programme) -> None:
    """Raises MisconfiguredError, with the place, for what a definition alone does not show: an audience that
    names a field which is not there (any more)."""
    if programme.audience is not None:
        with workspace.store.read() as connection:
            marketing.check_audience(connection, programme.key, programme.audience)


def disable_programme(workspace: Workspace, key: str, *, who: str) -> int:
    """End a programme by a new version, and compute everybody anew; that version.

    What waited to be computed is computed before, as `enable_programme` does.
    """
    derive(workspace)
    with held(workspace, "derive:facts") as lease:
        with lease.write() as connection:
            version = marketing.disable_programme(connection, key, who=who, now=workspace.clock())
            store.mark_dirty(connection, EVERYBODY, [key])
        compute_everybody(lease)
    return version


def not_given(workspace: Workspace, programme: marketing.Programme) -> Sequence[str]:
    """The connected shops in which a programme with sums gives nothing, each with the reason in words."""
    with workspace.store.read() as connection:
        shops = store.shops(connection)
    return [
        f"gives nothing in {shop.name}: {why_not(programme, shop)}"
        for shop in shops
        if (programme.shops is None or shop.name in programme.shops)
        and programme.bound_to not in {None, shop.currency}
    ]


def programmes(workspace: Workspace) -> Sequence[marketing.StoredProgramme]:
    """The newest version of every programme."""
    with workspace.store.read() as connection:
        return marketing.programmes(connection)
