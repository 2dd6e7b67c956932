"""``offer show`` and ``offer verify``."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import Workspace, proofs
from regulars_cli._plain import escape
from regulars_cli._session import Exit, Json, session_of
from regulars_marketing import Proof, arithmetic, read_proof

offer_app = typer.Typer(help="What shoppers get, and whether it is right.", no_args_is_help=True)
_NAMED = 50
_WHO = "A person's or an account's id, or an e-mail or phone that only one person has."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(offer_app, name="offer")


@offer_app.command()
def show(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help=_WHO)],
    json: Json = False,
) -> None:
    """A person's offers, what each rests on, and whether it agrees with what the shops sent."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = proofs.show_offers(workspace, person)
    session.answer(found, json=json, text=lambda out: _print(out, found))


def _print(out: Console, found: proofs.ShownOffers) -> None:
    if not found.offers:
        out.print("No offer. Either no programme stands there, or nothing may be offered to this person.")
    for each in found.offers:
        _print_offer(out, each)
    _print_check(out, found.check)


def _print_offer(out: Console, offer: proofs.ShownOffer) -> None:
    out.print(escape(f"{offer.account} in {offer.shop}: {offer.reason} {offer.terms}".rstrip()))
    whose = "the person's purchases" if offer.scope == "person" else "this account's purchases alone"
    until = f", until {offer.valid_until:%Y-%m-%d %H:%M} UTC" if offer.valid_until else ""
    out.print(escape(f"  programme {offer.programme}, version {offer.version}, by {whose}{until}"))
    proof = read_proof(offer.proof)
    for line in [] if proof is None else _part_lines(proof) if proof.added else arithmetic(proof):
        out.print(escape(f"  {line}"))
    for said in filter(None, (offer.next_step, offer.held)):
        out.print(escape(f"  {said}"))


def _percent(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:f} %"


def _part_lines(proof: Proof) -> Iterator[str]:
    """Of a sum of programmes each with its own arithmetic, then the sum."""
    parts = proof.parts
    for part in parts:
        rules, called = part.programme, f" as {part.level}" if part.level else ""
        yield f"part {rules.key}, version {rules.version}: {_percent(part.percent)}{called}"
        yield from (f"  {line}" for line in arithmetic(part))
    summed = sum(part.percent for part in parts)
    shares = " + ".join(_percent(part.percent) for part in parts)
    most = min((part.cap for part in parts if part.cap is not None), default=summed)
    given = _percent(proof.percent)
    yield f"sum: {shares} = {_percent(summed)}, at most {_percent(most)}, so {given}"


@offer_app.command()
def verify(
    context: typer.Context,
    person: Annotated[str | None, typer.Argument(metavar="[PERSON]", help=_WHO)] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody, however long it takes.")] = False,
    sample: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="So many persons, drawn by chance.")
    ] = 200,
    json: Json = False,
) -> None:
    """Hold offers against what the shops sent: of one person, of everybody, or of some drawn by chance.

    Ends with code 3 where something disagrees. Nothing is changed, and no shop is asked.
    """
    session = session_of(context)
    if person is not None and everybody:
        raise typer.BadParameter("Name one person, or give --all.")
    with session.workspace() as workspace:
        found = _checked(workspace, person, everybody=everybody, sample=sample)
    session.answer(found, json=json, text=lambda out: _print_check(out, found))
    if found.wrong:
        raise typer.Exit(Exit.INCOMPLETE)


def _checked(workspace: Workspace, person: str | None, *, everybody: bool, sample: int) -> proofs.ProofCheck:
    if person is not None:
        return proofs.check_person(workspace, person)
    return proofs.check_everybody(workspace) if everybody else proofs.check_sample(workspace, sample)


def _print_check(out: Console, found: proofs.ProofCheck) -> None:
    for each in found.disagreements[:_NAMED]:
        out.print(escape(str(each)))
    if found.wrong and len(found.disagreements) > _NAMED:
        out.print(f"… and {len(found.disagreements) - _NAMED} more; --json names them")
    said = f"{found.offers} offers of {found.persons} persons checked"
    wrong = f"{found.wrong} disagree with what the shops sent" if found.wrong else "all agree"
    out.print(f"{said}: {wrong if found.offers else 'nothing to check'}.")
    if found.waiting:
        out.print(
            f"{found.waiting} persons left out: changes of theirs wait to be computed. Run: regulars compute"
        )
