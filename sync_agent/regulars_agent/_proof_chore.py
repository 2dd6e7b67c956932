"""Once a day the offers of some persons, drawn by chance, are held against what the shops sent."""

from collections.abc import Iterator
from datetime import timedelta

import regulars_store as store
from regulars_agent._leases import held
from regulars_agent._proof_check import ProofCheck, check_persons, check_sample
from regulars_agent._workspace import Workspace

OFFERS_CHECKED = "offers checked"
"""How the run that checked them is noted."""
_BETWEEN = timedelta(hours=20)
_NAMED = 20
_TOLD = 5


def check_some_offers(workspace: Workspace) -> ProofCheck | None:
    """Check the offers of so many persons as the settings say; None where that is not due.

    Where everybody waits to be computed it stays due. Raises RetryError while another worker does it.
    """
    size = workspace.settings.agent.offers_checked
    if not size or not _due(workspace):
        return None
    with held(workspace, OFFERS_CHECKED) as lease:
        found = check_sample(workspace, size)
        if found.persons or not found.waiting:
            with lease.write() as connection:
                now = workspace.clock()
                run = store.begin_run(connection, shop_id=None, command=OFFERS_CHECKED, now=now)
                store.end_run(connection, run, now=now, complete=True, counts=_counts(found))
    return found


def offer_troubles(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """What disagreed when it was last checked, and still does: subject, words and remedy."""
    with workspace.store.read() as connection:
        run = store.newest_run(connection, None, (OFFERS_CHECKED,), complete=True)
    if run is None or not run.counts["wrong"]:
        return
    found = check_persons(workspace, run.counts["named"])
    for each in found.disagreements[:_TOLD]:
        yield "offers", str(each), f"regulars offer verify {each.account}"
    if found.wrong or found.waiting:
        said = f"{run.counts['wrong']} of {run.counts['offers']} offers that were checked disagreed."
        yield "offers", said, "regulars offer verify --all"


def _due(workspace: Workspace) -> bool:
    with workspace.store.read() as connection:
        last = store.newest_run(connection, None, (OFFERS_CHECKED,), complete=True)
    return last is None or workspace.clock() - last.started_at >= _BETWEEN


def _counts(found: ProofCheck) -> dict[str, object]:
    named = list(dict.fromkeys(each.person for each in found.disagreements))[:_NAMED]
    return {"persons": found.persons, "offers": found.offers, "wrong": found.wrong, "named": named}
