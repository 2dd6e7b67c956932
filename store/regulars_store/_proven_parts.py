"""Which accounts of a person are known to be the same human's, beyond what anybody could type."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from regulars_mapping import Rule, anchor_of
from regulars_store._bulk import among
from regulars_store._identity_evidence import Parts
from regulars_store._identity_queries import links_from
from regulars_store._tables_derived import account

_PROVEN = frozenset({Rule.MUST_LINK.value, Rule.EMAIL.value, Rule.EMAIL_ALIAS.value})


def proven_parts(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    """By account one that stands for all that are joined with it by an e-mail or by a decision.

    A phone or a card joins accounts too, but whoever knows them may write them into an account of their own.
    An e-mail counts here although anybody may write that as well: ask of each account whether its ownership
    is known.
    """
    parts = Parts()
    for one, other, rule, _, taken, _ in links_from(connection, accounts):
        if taken and rule in _PROVEN:
            parts.join(one, other)
    return {each: parts.root(each) for each in accounts}


def loose_parts(connection: Connection, accounts: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Those of a person's accounts that are not gone by ``proven_parts``, where a phone or a card alone joins
    some; else nothing."""
    living = select(account.c.id).where(among(connection, account.c.id, accounts), ~account.c.gone)
    together: dict[str, list[str]] = {}
    parts = proven_parts(connection, connection.scalars(living).all())
    for one in sorted(parts, key=anchor_of):
        together.setdefault(parts[one], []).append(one)
    return tuple(map(tuple, together.values())) if len(together) > 1 else ()
