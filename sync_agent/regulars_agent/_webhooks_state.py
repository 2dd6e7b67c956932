"""How things stand with a shop's webhooks: which there are, whose they are, and what comes without them."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

import regulars_store as store
from regulars_agent._webhooks import present_secret, webhook_url
from regulars_agent._workspace import Workspace
from regulars_connectors import (
    Connector,
    Finding,
    Infrastructure,
    SeenWebhook,
    SeenWebhooks,
    Severity,
    connector_class,
)
from regulars_mapping import Kind, RegularsError

HEARD_SCAN: Final = "heard"
"""The checkpoint that says when a kind's last notice came; kept by the intake."""
REACHED_SCAN: Final = "reached"
"""The checkpoint that says that a ping came, which names no change; kept by the intake, once."""
KEPT, ELSEWHERE, FOREIGN = "kept", "elsewhere", "foreign"
_MOST_SHOWN: Final = 100
_LONGEST_SHOWN: Final = 200
_MOST_NAMED: Final = 3
_SOON: Final = timedelta(minutes=10)
"""Who is to be read later than that, waits for the shop and not for the agent."""


@dataclass(frozen=True, slots=True)
class ShownWebhook:
    """A webhook in a shop. ``whose``: ``kept`` by this workspace, made by Regulars for ``elsewhere``, or
    ``foreign``: then ``url`` is its host only, since strangers' addresses may hold secrets."""

    topic: str
    url: str
    status: str
    active: bool
    whose: str
    failures: int | None


@dataclass(frozen=True, slots=True)
class WebhooksState:
    """What is known of a shop's webhooks.

    ``url`` is where this workspace keeps webhooks to, '' where it keeps none. ``webhooks`` are those in the
    shop, None where it was not asked or does not show them, of ``total``; ``needed`` is what the agent will
    mend; ``problem`` is why they could not be looked at. ``last_notice`` is when the shop last told of a
    change, ``reached`` whether that or a ping ever came, and ``waiting`` how many notices are not yet read.
    ``asked_every`` is how many seconds pass from one question for changes to the next, and ``late``
    what becomes known how late without webhooks, in words.
    """

    url: str
    webhooks: Sequence[ShownWebhook] | None
    total: int
    needed: Sequence[str]
    problem: str
    last_notice: datetime | None
    reached: bool
    waiting: int
    asked_every: float
    late: str


def webhooks_state(
    workspace: Workspace, shop: store.Shop, connector: Connector | None = None
) -> WebhooksState:
    """Look at a shop's webhooks, in one request; without a connector at what is known here only.

    Raises nothing for what the shop refuses.
    """
    seen: SeenWebhooks | None = None
    problem = ""
    if connector is not None:
        try:
            seen = connector.webhooks(_wanted(workspace, shop))
        except RegularsError as error:
            problem = str(error)
    url = webhook_url(shop)
    with workspace.store.read() as connection:
        heard = store.checkpoint_times(connection, shop.id, HEARD_SCAN)
        pinged = store.checkpoint_times(connection, shop.id, REACHED_SCAN)
        waiting = store.notice_count(connection, shop.id, due_by=workspace.clock() + _SOON)
    return WebhooksState(
        url=url,
        webhooks=None if seen is None else [_shown(each, url) for each in seen.seen[:_MOST_SHOWN]],
        total=0 if seen is None else seen.total,
        needed=() if seen is None else tuple(seen.needed),
        problem=problem,
        last_notice=max(heard, default=None),
        reached=bool(heard or pinged),
        waiting=waiting,
        asked_every=workspace.settings.agent.interval,
        late=_late(workspace, shop),
    )


def _wanted(workspace: Workspace, shop: store.Shop) -> Infrastructure | None:
    url, secret = webhook_url(shop), present_secret(workspace, shop)
    return Infrastructure(url, secret) if url and secret is not None else None


def _shown(seen: SeenWebhook, kept: str) -> ShownWebhook:
    foreign = ELSEWHERE if seen.ours else FOREIGN
    whose = KEPT if kept and seen.url == kept else foreign
    url = _host(seen.url) if whose == FOREIGN else seen.url
    topic, status, shown = (_plain(text) for text in (seen.topic, seen.status, url))
    return ShownWebhook(topic, shown, status, seen.active, whose, seen.failures)


def _plain(text: str) -> str:
    """A shop's word, as it can be shown: of one line, and no longer than a line or two."""
    return "".join(sign for sign in text[:_LONGEST_SHOWN] if sign.isprintable())


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _late(workspace: Workspace, shop: store.Shop) -> str:
    """How late what becomes known without webhooks, in words."""
    agent = workspace.settings.agent
    whole = sorted({Kind.REFUND, *connector_class(shop.platform).unfiltered})
    unseen = ", ".join(f"{kind}s" for kind in whole)
    return (
        f"The agent asks what is new every {_span(agent.every)}. What no filter for changes shows (edited or "
        f"deleted: {unseen}) is found by the day's sweep, after {agent.sweep_hour}:00 {shop.zone or 'UTC'}."
    )


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for unit, name in ((3600, "hour"), (60, "minute")):
        if seconds >= unit and seconds % unit == 0:
            return name if seconds == unit else f"{seconds // unit} {name}s"
    return f"{seconds} seconds"


def webhooks_findings(shop: str, state: WebhooksState) -> list[Finding]:
    """The same as findings: what is there, what is wrong with it, and what follows where there are none."""
    found = [_of_kept(shop, state)]
    stray = [each for each in state.webhooks or () if each.whose == ELSEWHERE]
    if stray:
        urls = ", ".join(sorted({each.url for each in stray})[:_MOST_NAMED])
        found.append(
            Finding(
                Severity.WARNING,
                "webhooks",
                f"{len(stray)} that Regulars made deliver to {urls}, which this workspace does not keep.",
                "If no other workspace of yours does either, delete them in the shop: WooCommerce → "
                "Settings → Advanced → Webhooks.",
            )
        )
    return found


def _of_kept(shop: str, state: WebhooksState) -> Finding:
    command = f"regulars shop webhooks {shlex.quote(shop)}"
    if not state.url:
        return Finding(
            Severity.OK,
            "webhooks",
            f"None is kept, and none is needed. {state.late}{_foreign(state)}",
            f"To hear of changes within seconds: {command} --url "
            f"https://YOUR-SITE/regulars/webhooks/{quote(shop, safe='')}",
        )
    heard = f"last notice {_when(state.last_notice)}" + (f", {state.waiting} wait" if state.waiting else "")
    if state.problem:
        said = f"Those to {state.url} could not be looked at ({heard}): {state.problem}"
        return Finding(Severity.WARNING, "webhooks", said, state.late)
    if state.webhooks is None:
        return Finding(Severity.OK, "webhooks", f"Kept to {state.url}; {heard}.")
    kept = [each for each in state.webhooks if each.whose == KEPT]
    active = sum(each.active for each in kept)
    said = f"{active} of {len(kept)} are active, to {state.url}; {_failures(kept)}{heard}.{_foreign(state)}"
    if state.needed:
        off = "; ".join(state.needed)
        remedy = f"The agent mends it within the hour; now: {command}. Until then: {state.late}"
        return Finding(Severity.WARNING, "webhooks", f"{said} To be mended: {off}.", remedy)
    if active and not state.reached:
        return Finding(
            Severity.WARNING, "webhooks", f"{said} But nothing ever arrived here.", _unreached(state)
        )
    return Finding(Severity.OK, "webhooks", said)


def _unreached(state: WebhooksState) -> str:
    return (
        "A shop calls its webhooks active whether they arrive or not. Save a customer in the shop and look "
        f"again in some minutes. Where it stays so, see that {state.url} is this site's, with a certificate "
        f"the shop trusts and no firewall or login before it. Until then: {state.late}"
    )


def _failures(kept: Sequence[ShownWebhook]) -> str:
    told = [each.failures for each in kept if each.failures is not None]
    if told:
        return f"{sum(told)} failed deliveries in a row; "
    off = sum(not each.active for each in kept)
    # WooCommerce switches a webhook off at the seventh failure in a row, and tells no number before.
    return f"{off} were switched off, as after failed deliveries; " if off else ""


def _foreign(state: WebhooksState) -> str:
    foreign = sum(each.whose == FOREIGN for each in state.webhooks or ())
    more = state.total - len(state.webhooks or ())
    said = f" {foreign} others in the shop are not ours." if foreign else ""
    return f"{said} {more} older ones were not looked at." if more > 0 else said


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
