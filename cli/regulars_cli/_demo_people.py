"""The people of the demo whom somebody wants to see: one in two shops, and two who share a telephone."""

from collections.abc import Iterator

import regulars_store as store
from regulars_agent import PersonCard, find_persons, person_card
from regulars_cli._demo_counts import persons_of_several_shops
from regulars_cli._demo_loop import WELCOME
from regulars_cli._demo_sandbox import MARKET, NEWCOMER, REGULAR
from regulars_cli._demo_stage import Stage
from regulars_cli._demo_till import Till
from regulars_cli._people import print_card
from regulars_marketing import Proof

# The regulator's range for films: nobody answers there.
_FAMILY_PHONE = "+44 191 498 0123"
_FAMILY = (("Olha", "Savchenko"), ("Taras", "Savchenko"))


def plant(stage: Stage) -> None:
    """Guests buy in the WooCommerce shop: whom the other shop knows under the same address, and a family."""
    given, family, email = REGULAR
    local, _, domain = email.partition("@")
    spelt = f"{local.upper()}@{domain.capitalize()}"
    with Till(stage.sandboxes[MARKET]) as till:
        till.sell_to_guest({"first_name": given, "last_name": family, "email": spelt})
        for first, last in _FAMILY:
            contact = {"email": f"{first}.{last}@example.org".lower(), "phone": _FAMILY_PHONE}
            till.sell_to_guest({"first_name": first, "last_name": last, **contact})


def anna(stage: Stage) -> PersonCard | None:
    """The record of the one who is in both shops; None where it is not one."""
    found = find_persons(stage.workspace, REGULAR[2])
    return person_card(stage.workspace, found[0]["id"]) if len(found) == 1 else None


def check_people(stage: Stage) -> None:
    """Who is one person, and who is not."""
    stage.title("Who is who")
    card = anna(stage)
    if card is not None:
        print_card(stage.out, card)
    stage.held.note(
        "who is registered in both shops and bought in neither is welcomed once, not twice",
        _welcomes(stage) == [1],
    )
    stage.held.note(
        "who bought as a guest with ANNA@Example.com in one shop and is registered with anna@example.com "
        "in the other is one customer with both histories",
        card is not None and _in_both(card),
    )
    check_both_shops_count(stage)
    family = find_persons(stage.workspace, _FAMILY_PHONE)
    stage.held.note(
        "two people who share a family's telephone stay two customers",
        sorted(person["given_name"] for person in family) == [first for first, _ in _FAMILY],
    )


def check_both_shops_count(stage: Stage) -> None:
    """What was bought in both shops counts together, for every account that may profit of it."""
    with stage.workspace.store.read() as connection:
        persons = persons_of_several_shops(connection)
    cards = [card for card in (person_card(stage.workspace, person) for person in persons) if card]
    agree = [
        counted == len([order for order in card.orders if order["bought"]])
        for card in cards
        if len(_shops_bought_in(card)) > 1
        for counted in _orders_counted(card)
    ]
    stage.out.print(f"{len(cards)} customers are in both shops, {len(agree)} offers count purchases of both")
    stage.held.note(
        "whoever buys in both shops gets the level that both together make", bool(agree) and all(agree)
    )


def tell_story(stage: Stage, shop: store.Shop) -> None:
    """A customer of one shop who did not always log in."""
    stage.title("One customer's story")
    with stage.workspace.store.read() as connection:
        person = store.person_to_show(connection, shop.id)
    card = person_card(stage.workspace, person) if person else None
    if card is not None:
        print_card(stage.out, card, orders=5)
    stage.held.note("a customer with an account and guest orders is one person", _whole(card))


def _welcomes(stage: Stage) -> list[int]:
    """How many welcomes each customer of the newcomer's e-mail is offered."""
    found = find_persons(stage.workspace, NEWCOMER[2])
    cards = [person_card(stage.workspace, person["id"]) for person in found]
    return [
        sum(offer["programme_key"] == WELCOME["key"] for offer in card.offers)
        for card in cards
        if card is not None and len(card.accounts) > 1
    ]


def _in_both(card: PersonCard) -> bool:
    """A guest in the first shop and an account in the second, with orders in each."""
    standing = {(account["shop_id"], account["registered"]) for account in card.accounts}
    shops = {shop for shop, _ in standing}
    guests = {shop for shop, registered in standing if not registered}
    return len(shops) == len(standing) == 2 and len(guests) == 1 and shops == _shops_bought_in(card)


def _orders_counted(card: PersonCard) -> Iterator[int]:
    """How many orders each offer counts that may count all of the person's."""
    for offer in card.offers:
        proof = Proof.model_validate(offer["proof"])
        if proof.scope == "person":
            yield sum(fact.orders for fact in proof.facts)


def _shops_bought_in(card: PersonCard) -> set[int]:
    return {order["shop_id"] for order in card.orders if order["bought"]}


def _whole(card: PersonCard | None) -> bool:
    if card is None:
        return False
    registered = {account["registered"] for account in card.accounts}
    return registered == {True, False} and len(card.orders) > 1 and bool(card.offers) and bool(card.grants)
