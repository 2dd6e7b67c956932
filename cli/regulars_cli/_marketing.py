"""``programme enable``, ``disable``, ``list``."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import (
    budget_meant,
    budget_told,
    budgets,
    check_programme,
    disable_programme,
    enable_programme,
    not_given,
    programmes,
)
from regulars_cli._definition_file import read_definition
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, session_of, this_user
from regulars_mapping import MisconfiguredError, Money, from_minor
from regulars_marketing import (
    Programme,
    StoredProgramme,
    TierProgramme,
    WelcomeProgramme,
    WholesaleProgramme,
    parse_programme,
    terms_of,
)

programme_app = typer.Typer(help="Discount rules.", no_args_is_help=True)
_COUNTED = {"year": " a year", "largest_order": " in one order"}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(programme_app, name="programme")


@programme_app.command()
def enable(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The programme as TOML or JSON.", exists=True, dir_okay=False)],
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Switch a programme on, as a new version where it changed, and compute everybody's offer."""
    session = session_of(context)
    definition = read_definition(file)
    programme = parse_programme(definition)
    key = programme.key
    with session.workspace() as workspace:
        if dry_run:
            check_programme(workspace, programme)
            version, said = _foreseen(programme, programmes(workspace))
        else:
            version = enable_programme(workspace, definition, who=this_user())
            said = f"{key} is on, version {version}."
        missing = not_given(workspace, programme)

    def told(out: Console) -> None:
        for line in (said, *(f"  {each}" for each in (*_rules(programme), *missing))):
            out.print(escape(line))

    session.answer({"key": key, "version": version, "not_given": missing}, json=json, text=told)


def _foreseen(programme: Programme, stored: Sequence[StoredProgramme]) -> tuple[int, str]:
    """The version that enabling it gives, and what happens in words."""
    key = programme.key
    last = next((each for each in stored if each.key == key), None)
    if last is None:
        return 1, f"{key} is new. Would switch it on as version 1 and compute everybody's offer."
    if last.programme != programme:
        said = f"{key} differs from version {last.version}. Would switch it on as version"
        return last.version + 1, f"{said} {last.version + 1} and compute everybody's offer."
    if not last.enabled:
        said = f"{key} is off. Would switch it on again as version {last.version + 1}"
        return last.version + 1, f"{said} and compute everybody's offer."
    return last.version, f"{key} is on already, unchanged, version {last.version}. Nothing would change."


@programme_app.command()
def disable(
    context: typer.Context, key: Annotated[str, typer.Argument()], json: Json = False, dry_run: DryRun = False
) -> None:
    """Switch a programme off and compute everybody's offer."""
    session = session_of(context)
    version = 0
    with session.workspace() as workspace:
        if key not in {each.key for each in programmes(workspace)}:
            raise MisconfiguredError(f"There is no programme {key}. See: regulars programme list")
        if not dry_run:
            version = disable_programme(workspace, key, who=this_user())
    said = f"Would switch {key} off." if dry_run else f"{key} is off since version {version}."
    session.answer({"key": key, "version": version}, json=json, text=lambda out: out.print(escape(said)))


@programme_app.command(name="list")
def list_programmes(context: typer.Context, json: Json = False) -> None:
    """The programmes and their tiers."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = programmes(workspace)
        missing = {each.key: not_given(workspace, each.programme) for each in found if each.enabled}
        stands = {each.key: each for each in budgets(workspace)}
    documents = [
        {
            "key": each.key,
            "version": each.version,
            "enabled": each.enabled,
            "definition": each.programme.model_dump(),
            "not_given": missing.get(each.key, []),
            "budget": stands.get(each.key),
        }
        for each in found
    ]
    told = {
        each.key: [*map(budget_told, filter(None, [stands.get(each.key)])), *missing.get(each.key, [])]
        for each in found
    }
    session.answer(documents, json=json, text=lambda out: _print(out, found, told))


def _print(out: Console, found: Sequence[StoredProgramme], told: Mapping[str, Sequence[str]]) -> None:
    for each in found:
        rules = each.programme
        out.print(
            f"{each.key} version {each.version} ({'on' if each.enabled else 'off'}): {escape(rules.title)}"
        )
        for line in (*_rules(rules), *told[each.key]):
            out.print(f"  {escape(line)}")
    if not found:
        out.print("No programme yet. Next: regulars programme enable FILE")


def _rules(rules: Programme) -> Iterator[str]:
    currency = rules.currency or ""
    yield from _gives(rules, currency)
    yield from _where_and_when(rules)
    orders = None if isinstance(rules, WelcomeProgramme) else rules.orders
    said = terms_of(rules.goods, minimum=rules.minimum, orders=orders, currency=currency, language="en")
    if said:
        yield said
    if rules.audience:
        yield f"for whom this describes: {rules.audience}"
    if rules.holdout:
        yield f"{rules.holdout} % are held out"
    if meant := budget_meant(rules):
        yield meant
    if rules.margin_floor is not None:
        yield f"not on goods that it would leave with a margin below {rules.margin_floor.normalize():f} %"
    if rules.priority:
        yield f"priority {rules.priority}"
    if rules.adds and rules.cap is not None:
        yield f"added to others that add, up to {rules.cap.normalize():f} % in all"
    if rules.group:
        yield f"of group {rules.group} only one counts"


def _where_and_when(rules: Programme) -> Iterator[str]:
    if rules.shops:
        yield f"in {'the shop' if len(rules.shops) == 1 else 'the shops'} {', '.join(rules.shops)} only"
    ends = (("from", rules.valid_from), ("until", rules.valid_until))
    said = (f"{word} {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for word, moment in ends if moment)
    if days := " ".join(said):
        yield days


def _gives(rules: Programme, currency: str) -> Iterator[str]:
    match rules:
        case WelcomeProgramme():
            yield f"for the first order: {_gift(rules.percent, rules.amount, currency)}  {rules.level}"
        case TierProgramme() | WholesaleProgramme():
            counted = _counted(rules) if isinstance(rules, WholesaleProgramme) else ""
            for tier in rules.tiers:
                least = from_minor(tier.threshold, currency)
                given = _gift(tier.percent, tier.amount, currency)
                yield f"from {least:,} {currency}{counted}: {given}  {tier.level}"
        case _:
            yield f"{rules.occasion}: {_gift(rules.percent, rules.amount, currency)}  {rules.level}"


def _counted(rules: WholesaleProgramme) -> str:
    return _COUNTED[rules.counts] + ("" if rules.audience else ", for companies")


def _gift(percent: Decimal | None, amount: int | None, currency: str) -> str:
    if amount is not None:
        return f"{Money(amount, currency).text()} {currency} off"
    return f"{(percent or Decimal()).normalize():f} %"
