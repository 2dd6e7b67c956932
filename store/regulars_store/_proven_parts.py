"""Which accounts of a person are known to be the same human's, beyond what anybody could type."""

from collections.abc import Collection

from sqlalchemy import Connection

from regulars_mapping import Rule
from regulars_store._identity_evidence import Parts
from regulars_store._identity_queries import links_from

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
