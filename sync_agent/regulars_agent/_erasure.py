"""Erasing a person: everything that names them goes, and what counts stays.

The inputs are rewritten, and the rows are made again from them by the code that lands a page: so a rebuild
gives the same. It is one transaction; a process that dies in it leaves everything as it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._at_once import at_once
from regulars_agent._erased_together import part_from_others
from regulars_agent._erasure_act import Act, Facts, Outcome
from regulars_agent._erasure_meant import meant_to_erase
from regulars_agent._erasure_residue import clear_residue
from regulars_agent._erasure_subject import Places, discreet, subject_of
from regulars_agent._leases import held
from regulars_agent._profile_rules import profile_rules
from regulars_agent._suppression_key import ListKey, key_to_erase_with
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError
from regulars_store import erasing

LONGEST_WHY = 1_000


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to. ``token`` stands for the person from now on; ``person`` is their id now.

    ``already`` is True where nothing of theirs was left to erase. ``objects`` are customers, orders and so
    on by kind. ``before`` and ``after`` are their sums, which stay. ``withdrawn`` counts what the shops still
    show of ours for them: the next plan takes it away. ``held`` says by shop what it keeps itself and how its
    owner erases it there. ``parts`` are the accounts by what an e-mail or a decision joined, where a phone or
    a card alone joined some: who has one may have been somebody else. ``evidence`` says when and by whom
    files of evidence about them were written, which their owner deletes. ``cleared`` is False where files may
    still hold what was deleted.
    """

    token: str
    person: str | None
    already: bool
    accounts: int
    objects: Mapping[str, int]
    rows: int
    before: Facts
    after: Facts
    withdrawn: int
    held: Mapping[str, Sequence[str]] = field(default_factory=dict)
    evidence: Sequence[str] = ()
    parts: Sequence[Sequence[str]] = ()
    rehearsed: bool = False
    cleared: bool = False


def erase_person(workspace: Workspace, person: str, *, who: str, why: str, dry_run: bool = False) -> Erased:
    """Erase a person: an id of theirs or of an account, an e-mail, a phone, or an earlier erasure's token.

    Harmless twice, also by an e-mail or phone that the suppression list alone still knows. Raises SkipError
    where nobody is meant, PermanentError where several may be or no reason is given, RetryError while another
    worker derives or writes to a shop, MisconfiguredError where the keyring cannot keep the key of that list.
    """
    if not why.strip() or len(why) > LONGEST_WHY:
        raise PermanentError(f"Say why in a few words, at most {LONGEST_WHY} characters.")
    return _erase(
        workspace,
        lambda connection, key: meant_to_erase(connection, key, person),
        who=who,
        why=why,
        dry_run=dry_run,
    )


def erase_accounts(workspace: Workspace, accounts: Sequence[str], *, who: str, why: str) -> Erased:
    """Erase these accounts (ids) of one person alone. What the person has besides stays as it is, is another
    person from then on, and keeps what both had: an address of both stays there, and on no list.

    Harmless twice. Raises as ``erase_person``.
    """
    return _erase(workspace, lambda _connection, _key: accounts, who=who, why=why, alone=True)


def _erase(
    workspace: Workspace,
    meant: Callable[[Connection, ListKey], Sequence[str]],
    *,
    who: str,
    why: str,
    alone: bool = False,
    dry_run: bool = False,
) -> Erased:
    with (
        _nobody_writes_to_shops(workspace),
        ExitStack() as closing,
        at_once(workspace, dry_run=dry_run) as connection,
    ):
        key = key_to_erase_with(workspace.secrets, connection, rehearsal=dry_run)
        places = Places(workspace, store.every_shop(connection), closing)
        subject = subject_of(connection, places, meant(connection, key))
        now = workspace.clock()
        if alone:
            part_from_others(connection, subject.accounts, now=now)
        parts = store.loose_parts(connection, subject.accounts)
        outcome = Act(connection, key, subject, places, now, profile_rules(workspace, connection)).carry_out()
        if not outcome.already:
            _record(workspace, connection, outcome, who=who, why=discreet(why, subject, outcome.token))
    told = {each.name: getattr(outcome, each.name) for each in fields(Outcome)}
    if dry_run:
        return Erased(**told, parts=parts, rehearsed=True)
    finish_erasures(workspace)
    return Erased(**told, parts=parts, cleared=True)


def finish_erasures(workspace: Workspace) -> int:
    """Clear the files of what erasures deleted, where that was broken off; after how many erasures.

    Raises RetryError where somebody else holds the store too long.
    """
    with workspace.store.read() as connection:
        waiting = [one.token for one in erasing.uncleared_erasures(connection)]
    if waiting:
        clear_residue(workspace)
        with workspace.store.write() as connection:
            erasing.note_cleared(connection, waiting, now=workspace.clock())
    return len(waiting)


@contextmanager
def _nobody_writes_to_shops(workspace: Workspace) -> Iterator[None]:
    """An applying agent has documents in memory, and would keep them again."""
    with workspace.store.read() as connection:
        shops = store.shops(connection)
    with ExitStack() as leases:
        for shop in shops:
            leases.enter_context(held(workspace, f"push:{shop.id}"))
        yield


def _record(workspace: Workspace, connection: Connection, outcome: Outcome, *, who: str, why: str) -> None:
    now = workspace.clock()
    counts = {"accounts": outcome.accounts, "objects": dict(outcome.objects)}
    report = counts | {"held": {shop: list(words) for shop, words in outcome.held.items()}}
    erasing.record_erasure(connection, erasing.Erasure(outcome.token, now, who, why, report, None))
    subject = outcome.token
    store.write_audit(connection, who=who, action="person erase", subject=subject, detail=counts, now=now)
