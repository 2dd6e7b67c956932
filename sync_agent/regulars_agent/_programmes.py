"""Programmes: an owner's discount rules, switched on and off, with everybody's offers following at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, select

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._derive import EVERYBODY, compute_everybody, derive
from regulars_agent._goods import why_not
from regulars_agent._leases import held
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError

_account = store.tables.account.c


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
    names a field which is not there (any more), an end that is past, an account that no shop has."""
    with workspace.store.read() as connection:
        if programme.audience is not None:
            marketing.check_audience(connection, programme.key, programme.audience)
        faults = [*_over(connection, programme, workspace.clock()), *_of_no_account(connection, programme)]
    if faults:
        raise MisconfiguredError(f"Programme {programme.key}: {'; '.join(faults)}")


def _over(connection: Connection, programme: marketing.Programme, now: datetime) -> Iterator[str]:
    """What says that a programme can give nothing any more; a day is past where it is past in every shop."""
    until = programme.valid_until
    if until is not None and until <= now:
        yield f"valid_until: {until:%Y-%m-%d %H:%M} UTC is past; give a later end"
    if isinstance(programme, marketing.SeasonalProgramme):
        zones = [marketing.zone_named(shop.zone) for shop in store.shops(connection)]
        today = min((now.astimezone(zone).date() for zone in zones), default=now.date())
        if programme.last_day < today:
            yield f"last_day: {programme.last_day} is past; give a later day"


def _of_no_account(connection: Connection, programme: marketing.Programme) -> Iterator[str]:
    """Also an account that a shop merged away names its person."""
    if isinstance(programme, marketing.PersonalProgramme):
        named = programme.account
        if connection.scalar(select(_account.id).where(_account.id == named)) is None:
            yield f"account: no shop has an account {named}; look it up with `regulars person find`"


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
    """Where a programme gives nothing, each with the reason in words: names that no connected shop has, and
    shops in another currency than that of its sums."""
    with workspace.store.read() as connection:
        shops = store.shops(connection)
    return [
        *shops_unknown(programme, [shop.name for shop in shops]),
        *_of_another_currency(programme, shops),
    ]


def shops_unknown(programme: marketing.Programme, connected: Sequence[str]) -> Sequence[str]:
    """Of the names in a programme's ``shops`` those that no connected shop has, in words."""
    told = f"connected: {', '.join(sorted(connected))}" if connected else "none is connected yet"
    return [
        f"no shop is named {name}; {told}{_nearest(name, connected)}"
        for name in programme.shops or ()
        if name not in connected
    ]


def _nearest(name: str, connected: Sequence[str]) -> str:
    near = get_close_matches(name.lower(), connected, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _of_another_currency(programme: marketing.Programme, shops: Sequence[store.Shop]) -> list[str]:
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
