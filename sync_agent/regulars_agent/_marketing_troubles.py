"""What keeps marketing from doing what it is set to: rates that are missing, segments and audiences that
cannot be asked."""

from collections.abc import Iterator

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._budgets import budget_troubles
from regulars_agent._programmes import shops_unknown
from regulars_agent._rates import lacking_rates
from regulars_agent._segments import evaluation_now
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError

Trouble = tuple[str, str, str]


def marketing_troubles(workspace: Workspace) -> Iterator[Trouble]:
    """Each by its subject: what it is, and the remedy. No network."""
    yield from _rates(workspace)
    yield from _segments(workspace)
    yield from _audiences(workspace)
    yield from _shops(workspace)
    yield from budget_troubles(workspace)


def _rates(workspace: Workspace) -> Iterator[Trouble]:
    try:
        lacking = lacking_rates(workspace)
    except PermanentError:
        # Without a main currency nothing is converted; who asks for sums is told so.
        return
    for each in lacking:
        with workspace.store.read() as connection:
            # As a profile words it, of whichever day.
            held = store.segments.persons_held(connection, f"There is no rate from {each.currency} to ")
        days = f"on {each.first}" if each.days == 1 else f"on {each.days} days since {each.first}"
        said = f"There were orders in {each.currency} {days}, and no rate to {each.quote} is known for them."
        yield (
            f"rate {each.currency}",
            f"{said} The sums of {held} persons are held back.",
            "Bring it in: regulars rate import FILE; which days: regulars rate list --missing",
        )


def _segments(workspace: Workspace) -> Iterator[Trouble]:
    with workspace.store.read() as connection:
        problems = marketing.standing_segments(connection, evaluation_now(workspace, connection)).problems
    for key, problem in problems.items():
        yield (
            f"segment {key}",
            f"It cannot be asked, and its members stand as they last were: {problem}",
            f"Change it: regulars segment change {key} …; or end it: regulars segment off {key}",
        )


def _audiences(workspace: Workspace) -> Iterator[Trouble]:
    with workspace.store.read() as connection:
        evaluation = evaluation_now(workspace, connection)
        for each in marketing.programmes(connection):
            if not each.enabled or each.programme.audience is None:
                continue
            if problem := _unasked(connection, each.programme.audience, evaluation):
                yield (
                    f"programme {each.key}",
                    f"Its audience describes nobody, so it gives nothing: {problem}",
                    "Change the audience and enable it again, or have the field again: regulars property add",
                )


def _shops(workspace: Workspace) -> Iterator[Trouble]:
    with workspace.store.read() as connection:
        names = [shop.name for shop in store.shops(connection)]
        on = [each for each in marketing.programmes(connection) if each.enabled]
    for each in on:
        for said in shops_unknown(each.programme, names):
            yield (
                f"programme {each.key}",
                f"It gives nothing there: {said}",
                "Put its name right: regulars programme enable FILE; or connect it: regulars shop add",
            )


def _unasked(connection: Connection, expression: str, evaluation: marketing.Evaluation) -> str:
    try:
        return marketing.unanswerable(marketing.read_segment(connection, expression), evaluation)
    except marketing.SegmentError as error:
        return str(error)
