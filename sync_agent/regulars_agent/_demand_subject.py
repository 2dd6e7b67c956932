"""Whom a demand of the law means: the customer it names, and the guests of the orders that it counts in."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._suppression import is_guest
from regulars_mapping import RetryError, anchor_of
from regulars_store import erasing


def named_in(connection: Connection, demand: erasing.demands.StoredDemand) -> list[str]:
    """The accounts (ids) that stand here of those it names, nobody's where it means nobody who is known.

    An order that stands under another registered customer is that one's by now, and names nobody.
    """
    orders = [f"{demand.shop_id}:{order}" for order in demand.orders]
    wanted = [demand.account_id, *filter(is_guest, erasing.demands.owners_of(connection, orders))]
    return sorted(store.accounts_named(connection, set(filter(None, wanted))), key=anchor_of)


def part_in_shop(connection: Connection, shop_id: int, named: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is the named customer's in that shop: these accounts, the guests there whom an e-mail or a
    decision joins with them, and accounts that are gone and lead to them; and what else the person has.

    Another registered customer of the shop demanded nothing, whatever joins the two, nor did the guests who
    have that one's e-mail: anybody may type it. Nor who is joined by a phone or a card alone. Raises
    RetryError while it is not yet worked out who is who.
    """
    rows = store.accounts_named(connection, named).values()
    if any(row["person_id"] is None and not row["gone"] for row in rows):
        raise RetryError("It is not worked out yet whose the account is; it will be looked at again.")
    persons = {row["person_id"] for row in rows} - {None}
    members = [row["id"] for row in store.accounts_of_persons(connection, persons)]
    mine = _mine(members, erasing.proven_parts(connection, members), shop_id, named)
    with_gone = store.written_under(connection, mine) if mine else []
    there = {each for each in with_gone if _is_in(each, shop_id)}
    return sorted(there, key=anchor_of), sorted(set(members) - there, key=anchor_of)


def _mine(members: Sequence[str], parts: Mapping[str, str], shop_id: int, named: Sequence[str]) -> list[str]:
    """Of a person's accounts those that are the named customer's; ``parts`` are what is surely joined."""
    customers = {each for each in named if not is_guest(each)}
    roots = {parts[each] for each in customers if each in parts}
    others = {each for each in members if _is_in(each, shop_id) and not is_guest(each)} - customers
    taken = {parts[each] for each in others} - roots
    roots |= {parts[each] for each in named if each in parts} - taken
    mine = [each for each in members if parts[each] in roots and each not in others]
    return mine + [each for each in named if each not in parts]


def _is_in(account: str, shop_id: int) -> bool:
    return account.partition(":")[0] == str(shop_id)
