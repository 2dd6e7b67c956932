"""``person find`` and ``person show``."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

from regulars_agent import CHANGES_WAIT, PersonCard, Workspace, card_of, changes_wait, find_persons
from regulars_cli._grants import grant_line
from regulars_cli._person_contacts import print_contacts
from regulars_cli._plain import escape
from regulars_cli._session import Json, Session, session_of
from regulars_cli._stop_list import print_stops
from regulars_mapping import from_minor
from regulars_marketing import next_step, read_proof, reason, terms, unreadable

_MOST_GRANTS = 5
person_app = typer.Typer(help="The customer record.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(person_app, name="person")


@person_app.command()
def find(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(help="A name, e-mail, phone in any spelling, order number, code or account's id.")
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Most persons to show.")] = 20,
    json: Json = False,
) -> None:
    """Find persons."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = find_persons(workspace, text, limit=limit)
        waits = _waits(workspace)

    def told(out: Console) -> None:
        for person in found:
            name = f"{person['given_name']} {person['family_name']}".strip() or "(no name)"
            out.print(f"{person['id']}  {escape(name)}  {escape(person['email'])}  {escape(person['phone'])}")
        if not found:
            out.print("Nobody found.")
        elif len(found) == limit:
            out.print("There may be more: write more of the name, or say --limit.")

    _answer(session, found, told, json=json, waits=waits)


@person_app.command()
def show(
    context: typer.Context,
    person: Annotated[
        str,
        typer.Argument(
            metavar="PERSON",
            help="A person's or an account's id, or an e-mail or phone that only one person has.",
        ),
    ],
    json: Json = False,
) -> None:
    """One person's record: accounts, orders, addresses, offer and why."""
    session = session_of(context)
    with session.workspace() as workspace:
        card = card_of(workspace, person)
        waits = _waits(workspace)
    _answer(session, card, lambda out: print_card(out, card), json=json, waits=waits)


def _waits(workspace: Workspace) -> bool:
    with workspace.store.read() as connection:
        return changes_wait(connection)


def _answer(
    session: Session, document: object, text: Callable[[Console], None], *, json: bool, waits: bool
) -> None:
    """The answer; people are told beside it that it is not the newest."""
    session.answer(document, json=json, text=text)
    if waits and not json:
        session.err.print(CHANGES_WAIT)


def print_card(out: Console, card: PersonCard, *, orders: int = 10) -> None:
    """A person's record for a terminal."""
    person = card.person
    out.print(f"[bold]{escape(_name(person))}[/]  {person['id']}")
    out.print(f"  {escape(person['email'])}  {escape(person['phone'])}")
    for one in card.erased:
        out.print(f"  erased on {one.at:%Y-%m-%d}: what they bought counts on, and nothing says whose it is")
    print_stops(out, card)
    _print_record(out, card)
    for account in card.accounts:
        kind = "registered" if account["registered"] else "guest"
        owned = card.ownership.get(account["id"])
        known = f"; ownership: {owned.value}" if owned and account["registered"] else ""
        told = escape(f"{_name(account)} {account['email']}")
        tags = escape(f"; tags: {', '.join(account['tags'])}") if account["tags"] else ""
        out.print(f"  account {account['id']} ({kind}): {told}{known}{tags}")
    for link in card.links:
        out.print(f"  one person by {link['rule']}: {link['account_a']} = {link['account_b']}")
    _print_orders(out, card, orders)
    for address in card.addresses:
        last = f", last on {address.last_used_at:%Y-%m-%d}" if address.last_used_at else ""
        place = escape(" ".join(filter(None, (address.label, address.postcode))))
        out.print(f"  address ({address.kind.value}), {address.deliveries} deliveries{last}: {place}")
    for fact in card.facts:
        net, refunded = (from_minor(fact[name], fact["currency"]) for name in ("net", "refunded"))
        out.print(
            f"  bought for {net:,} {fact['currency']} in {fact['orders']} orders; {refunded:,} given back"
        )
    _print_declared(out, card)
    _print_reviews(out, card)
    _print_offers(out, card)
    print_contacts(out, card)


def _print_record(out: Console, card: PersonCard) -> None:
    """The status, and what stands there by hand, with who wrote it."""
    lacks = ", ".join(term.replace("|", " or ") for term in card.person.get("missing", ()))
    status = card.person.get("status", "entered")
    if status != "entered" or lacks:
        out.print(escape(f"  status: {status}" + (f", lacks {lacks}" if lacks else "")))
    for one in card.written:
        value = in_words(one.value) or "(empty)"
        why = f": {one.why}" if one.why else ""
        source = f"by hand, {one.who} on {one.at:%Y-%m-%d}, account {one.account}{why}"
        out.print(escape(f"  {one.title}: {value}  ({source})"))
    for bound in card.bounds.values():
        given = {"at least": bound.least, "at most": bound.most, "in days": bound.days}
        words = ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)
        out.print(escape(f"  hears of {bound.topic}: {words}  ({bound.who} on {bound.at:%Y-%m-%d})"))


def in_words(value: Any) -> str:
    """A value of a record as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        parts = ((name, in_words(each)) for name, each in value.items())
        return ", ".join(f"{name.replace('_', ' ')} {words}" for name, words in parts if words)
    if isinstance(value, list):
        return "; ".join(in_words(each) for each in value)
    return str(value)


def _print_declared(out: Console, card: PersonCard) -> None:
    """What shops say was bought beyond the orders that they show."""
    if (told := card.declared) is None:
        return
    orders = f"{told['opening_orders']} older orders"
    if told["opening_balance"] is None:
        why = f" ({told['held']})" if told["held"] else ""
        out.print(escape(f"  declared by the shop: {orders}; for how much cannot be told{why}"))
    else:
        sum_ = from_minor(told["opening_balance"], told["currency"])
        out.print(escape(f"  declared by the shop: {sum_:,} {told['currency']} in {orders}"))


def _print_reviews(out: Console, card: PersonCard) -> None:
    stars = [review["stars"] for review in card.reviews if review["stars"] is not None]
    if stars:
        out.print(f"  gave {sum(stars) / len(stars):.1f} of 5 stars in {len(stars)} reviews")


def _name(row: Any) -> str:
    return f"{row['given_name']} {row['family_name']}".strip() or "(no name)"


def _print_orders(out: Console, card: PersonCard, most: int) -> None:
    refunded: dict[str, int] = {}
    for refund in card.refunds:
        refunded[refund["order_id"]] = refunded.get(refund["order_id"], 0) + refund["amount"]
    for order in card.orders[:most]:
        total = from_minor(order["total"], order["currency"])
        back = refunded.get(order["id"], 0)
        returned = f", {from_minor(back, order['currency']):,} given back" if back else ""
        paid = card.paid_otherwise.get(order["id"])
        otherwise = f" (paid as {from_minor(paid.amount, paid.currency):,} {paid.currency})" if paid else ""
        out.print(
            f"  order {escape(order['number'])} of {order['placed_at']:%Y-%m-%d}: {total:,} "
            f"{order['currency']}{otherwise}, {order['status']}{returned} ({len(order['lines'])} lines)"
        )
    if len(card.orders) > most:
        out.print(f"  … and {len(card.orders) - most} older orders")


def _print_offers(out: Console, card: PersonCard) -> None:
    guests = {account["id"] for account in card.accounts if not account["registered"]}
    for offer in card.offers:
        proof = read_proof(offer["proof"])
        told = proof and (reason(proof), terms(proof), next_step(proof))
        said = " ".join(filter(None, told or (unreadable(card.person["id"]),)))
        out.print(f"  [bold]offer[/] for {offer['id']}: {escape(said)}")
        if offer["id"] in guests:
            out.print("    not given to a guest: it is what they get once they register in this shop")
        elif offer["scope"] == "account":
            out.print("    only this account's own purchases count, because nobody has checked its e-mail")
        if offer["held"]:
            out.print(f"    held: {escape(offer['held'])}")
    for grant in card.grants[:_MOST_GRANTS]:
        out.print(f"  code {grant_line(grant)}")
    if len(card.grants) > _MOST_GRANTS:
        more = len(card.grants) - _MOST_GRANTS
        out.print(f"  … and {more} older ones: regulars grant list {card.person['id']}")
