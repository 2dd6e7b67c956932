"""Budgets of programmes: given back what nobody needs any more, and told to the owner."""

import time
from collections.abc import Iterator, Sequence

import regulars_marketing as marketing
from regulars_agent._leases import Held
from regulars_agent._workspace import Workspace
from regulars_mapping import Money
from regulars_marketing._budget import BudgetState, Limit, budget_states, limits_of
from regulars_marketing._budget_room import give_back
from regulars_marketing._stated import stated_programme


def give_budgets_back(lease: Held) -> None:
    """Give back what is reserved for accounts that have neither the offer nor a code any more.

    Before everybody is computed, so that others find the room. Under the lease on ``derive:facts``, when no
    person waits to be computed. Nothing is written where no programme has a budget.
    """
    workspace, after = lease.workspace, 0
    with workspace.store.read() as connection:
        limits = limits_of(marketing.programmes(connection))
    while limits:
        with lease.write() as connection:
            reached = give_back(connection, limits, now=workspace.clock(), after=after)
        if reached is None:
            return
        after = reached
        time.sleep(workspace.settings.batches.pause)


def budgets(workspace: Workspace) -> Sequence[BudgetState]:
    """How the budgets stand, of programmes that are off too, by key."""
    with workspace.store.read() as connection:
        states = budget_states(connection, marketing.programmes(connection))
    return [state for _, state in sorted(states.items())]


def budget_told(state: BudgetState) -> str:
    """How a budget stands, in words."""
    whole, issued, reserved, spent, left = (
        Money(minor, state.currency).text()
        for minor in (state.budget, state.issued, state.reserved, state.spent, state.left)
    )
    whom = "1 account" if state.accounts == 1 else f"{state.accounts} accounts"
    full = "" if state.full_since is None else f"; full since {state.full_since:%Y-%m-%d}"
    return (
        f"budget {whole} {state.currency}: {issued} issued to {whom} ({reserved} reserved, {spent} spent), "
        f"{left} left{full}"
    )


def budget_meant(programme: marketing.Programme) -> str:
    """What the budget of a programme comes to, in words: what an account's offer may cost, and for how many
    there is room. '' where it has none."""
    if programme.budget is None:
        return ""
    limit = Limit.of(programme, stated_programme(programme, 1))
    whole, least, most = (
        Money(each, limit.currency).text() for each in (limit.budget, limit.least, limit.most)
    )
    each = most if least == most else f"{least} to {most}"
    fewest, many = limit.budget // limit.most, limit.budget // limit.least
    room = f"{many}" if fewest == many else f"{fewest} to {many}"
    return f"a budget of {whole} {limit.currency}: {each} an account, room for {room}"


def budget_troubles(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """The budgets of programmes that are on in which somebody found no room: subject, what it is, remedy."""
    with workspace.store.read() as connection:
        running = [each for each in marketing.programmes(connection) if each.enabled]
        states = budget_states(connection, running)
    for key, state in sorted(states.items()):
        if state.full_since is not None:
            said = budget_told(state)
            remedy = "Raise the budget and enable it again, or leave it: others get what comes next for them."
            yield f"programme {key}", f"{said[0].upper()}{said[1:]}.", remedy
