"""``rating explain`` and ``rating list``."""

from typing import Annotated, Literal

import typer
from rich.console import Console

from regulars_agent import RatingCard, RatingList, explain_rating, list_ratings
from regulars_cli._plain import escape
from regulars_cli._session import Json, session_of
from regulars_mapping import from_minor
from regulars_marketing import RatingChange

rating_app = typer.Typer(help="How useful customers are, 0 to 100.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(rating_app, name="rating")


@rating_app.command()
def explain(
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
    """A person's rating: each factor's points and what they rest on, and how it came to be."""
    session = session_of(context)
    with session.workspace() as workspace:
        card = explain_rating(workspace, person)
    session.answer(card, json=json, text=lambda out: _print(out, card))


def _print(out: Console, card: RatingCard) -> None:
    rating = card.rating
    if rating.score is None:
        out.print(escape(f"{rating.person} has no rating. {card.why_not}"))
    else:
        out.print(f"[bold]{rating.score} of 100, grade {_grade(rating.grade)}[/]  {rating.person}")
    for each in rating.factors:
        of = f"of {each.most}" if each.most > 0 else f"down to {each.most}"
        out.print(escape(f"  {each.points:+4d} {of:<11} {each.factor}: {each.words}"))
    for change in rating.changes:
        out.print(escape(f"  {change.at:%Y-%m-%d} {_score(change)}: {'; '.join(change.why)}"))


def _score(change: RatingChange) -> str:
    return "no rating" if change.score is None else f"{change.score} {_grade(change.grade)}"


def _grade(grade: str | None) -> str:
    return (grade or "").upper()


@rating_app.command(name="list")
def list_(
    context: typer.Context,
    grade: Annotated[
        Literal["a", "b", "c", "d", "e"] | None, typer.Option(help="Only those of this grade.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most persons to name.")] = 20,
    worst: Annotated[bool, typer.Option("--worst", help="Begin with the worst.")] = False,
    json: Json = False,
) -> None:
    """How many customers have each grade, and the best of them."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = list_ratings(workspace, grade=grade, limit=limit, worst=worst)
    session.answer(found, json=json, text=lambda out: _print_list(out, found))


def _print_list(out: Console, found: RatingList) -> None:
    counts = ", ".join(f"{count} {name.upper()}" for name, count in found.grades.items())
    out.print(f"{counts}; {found.unrated} not rated yet")
    for row in found.persons:
        name = f"{row['given_name']} {row['family_name']}".strip() or "(no name)"
        currency = row["currency"]
        spent = f"{from_minor(row['spent'] or 0, currency):,} {currency}" if currency else "nothing"
        said = f"{row['rating']:3d} {_grade(row['grade'])}  {row['person_id']}  {name}"
        out.print(escape(f"{said}, {row['orders']} orders for {spent}"))
