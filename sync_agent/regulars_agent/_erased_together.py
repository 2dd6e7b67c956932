"""An erased person's accounts are one person by decisions of their own, whatever else holds them together."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection

import regulars_store as store
from regulars_mapping import Decision, DecisionKind, DecisionState, anchor_of, fates, standing
from regulars_store import erasing

AUTHOR = "erasure"
"""Under which name these decisions stand."""


def hold_together(connection: Connection, tokens: Collection[str], *, now: datetime) -> None:
    """Let must-links alone join the accounts of each of these persons that the shops still have.

    Evidence does not count: an e-mail changes in a shop. Harmless twice.
    """
    for token, accounts in sorted(erasing.accounts_of_tokens(connection, tokens).items()):
        active = store.active_accounts(connection, accounts)
        heard = [entry.decision for entry in store.journal_about(connection, active)] if active else []
        parts = _joined(active, standing(heard, active))
        pairs = list(pairwise(parts))
        if pairs:
            at = store.time_of_act(connection, active, now=now)
            store.decide_all(connection, DecisionKind.MUST_LINK, pairs, who=AUTHOR, why=token, now=at)


def hold_around(
    connection: Connection, shop: store.Shop, customers: Collection[str], *, now: datetime
) -> None:
    """The same where a shop has these customers no more: what they joined falls not apart."""
    accounts = [f"{shop.id}:{external_id}" for external_id in customers]
    tokens = set(erasing.tokens_of_accounts(connection, accounts).values())
    hold_together(connection, tokens, now=now)


def let_go(connection: Connection, accounts: Collection[str], *, now: datetime) -> None:
    """Those of these accounts that stood for erased persons stand for nobody erased any more.

    Each starts on its own: every must-link between it and the rest of whom it stood for is taken back, and
    the rest stay one person. In which order accounts come, and how many at once, is of no account.
    """
    known = erasing.tokens_of_accounts(connection, accounts)
    if not known:
        return
    tokens = set(known.values())
    others = erasing.accounts_of_tokens(connection, tokens)
    token_of = {name: token for token, some in others.items() for name in some}
    for token in sorted(tokens):
        mine = [name for name in known if known[name] == token]
        held = list(_held(store.journal_about(connection, mine), token_of))
        if held:
            at = store.time_of_act(connection, mine, now=now)
            store.revoke_all(connection, held, who=AUTHOR, why=token, now=at)
    erasing.forget_erased_accounts(connection, known)
    hold_together(connection, tokens, now=now)


def part_from_others(connection: Connection, accounts: Collection[str], *, now: datetime) -> None:
    """Take back every must-link between these accounts and any others: what is about to be erased is nobody's
    who stays. Harmless twice."""
    heard = [entry.decision for entry in store.journal_about(connection, accounts)]
    states = fates(heard, {name for one in heard for name in one.pair})
    held = [
        one
        for one in heard
        if one.kind is DecisionKind.MUST_LINK
        and states[one.id].state is not DecisionState.REVOKED
        and not set(one.pair) <= set(accounts)
    ]
    if held:
        at = store.time_of_act(connection, accounts, now=now)
        store.revoke_all(connection, held, who=AUTHOR, why="erased in one shop", now=at)


def _held(heard: Sequence[store.JournalEntry], token_of: Mapping[str, str]) -> Iterator[Decision]:
    """The must-links inside one erased person that were not taken back, whoever said so. One that was
    superseded too: it would stand again."""
    decisions = [entry.decision for entry in heard]
    states = fates(decisions, {name for one in decisions for name in one.pair})
    for one in decisions:
        inside = one.a in token_of and token_of[one.a] == token_of.get(one.b)
        left = states[one.id].state is not DecisionState.REVOKED
        if inside and left and one.kind is DecisionKind.MUST_LINK:
            yield one


def _joined(accounts: Iterable[str], decisions: Iterable[Decision]) -> list[str]:
    """The smallest anchor of each set of these accounts that the must-links among them join, in order."""
    part_of = {name: {name} for name in accounts}
    for one in decisions:
        if one.kind is DecisionKind.MUST_LINK and part_of[one.a] is not part_of[one.b]:
            small, large = sorted((part_of[one.a], part_of[one.b]), key=len)
            large |= small
            part_of.update(dict.fromkeys(small, large))
    return sorted({min(part, key=anchor_of) for part in part_of.values()}, key=anchor_of)
