"""Plan: the difference between how a shop shall read and what it last confirmed, as a stored document."""

import logging
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._by_hand import ByHand, Coupons, adopt_labels, reason_of, renamed_of, strays_stage
from regulars_agent._derive import Progress, derive, waits_to_be_computed
from regulars_agent._edits_plan import EditsPlan
from regulars_agent._goods import ShopGoods
from regulars_agent._leases import Visit, visit
from regulars_agent._offers import (
    Desired,
    code_of,
    desired_documents,
    grant_changes,
    language_of,
    money,
    ways_of,
)
from regulars_agent._read_back import marked
from regulars_agent._risk import beyond
from regulars_agent._settle import settle
from regulars_agent._strays import (
    CODED,
    NEVER_USED,
    RENAMED,
    Swept,
    discarding,
    not_underway,
    owners_of,
    strays_among,
)
from regulars_agent._workspace import Workspace
from regulars_connectors import Mechanism, TargetDocument

PERSONS_A_CHUNK = 500
VOUCHED = ("position", "account_id", "target_kind", "target_key", "verb", "before", "document", "reason")
"""What a plan's digest covers of an operation: what is written where, over what, and why."""
VOUCHED_STRAY = (*VOUCHED, "remote_id")
"""The same of a stray: the platform's id says what goes. Elsewhere it is only remembered, and looked up."""

SUMMARIZED = ("counts", "accounts", "calls", "beyond", "kept", "mechanisms", "ways", "missing", "edits")
"""What of a summary is kept with its plan."""
NOT_SERVED = "nothing in this shop can give this account its discount"
NO_DISCOUNT = "no discount any more"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan comes to. ``counts`` is keyed ``"<verb> <target kind>"``; ``accounts`` counts those
    touched; ``calls`` the writing API calls; ``waiting`` the persons (or accounts that have none any more)
    left out because a write for them has not been answered yet. ``beyond`` says which limits of the settings
    it goes beyond, so that it is applied only confirmed; ``kept`` which strays stay because they were used;
    ``hint`` what is missing before anybody can have a discount, where there is nothing to write.
    ``mechanism`` names the ways into the shop, cheapest first; ``mechanisms`` counts the accounts with a
    discount, of those looked at, that each serves (by its name), and ``ways`` says it in words, with those
    whom none serves. ``missing`` says which standing programmes give less in this shop than they say, or
    nothing, and why: goods that it does not have, sums in another currency. ``edits`` says what was written
    by hand into records and is not brought to the shop, and why.
    """

    id: str
    shop: str
    mechanism: str
    digest: str
    operations: int
    accounts: int
    calls: int
    counts: Mapping[str, int]
    waiting: int = 0
    beyond: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    hint: str = ""
    mechanisms: Mapping[str, int] = field(default_factory=dict)
    ways: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the shop already reads as it shall."""
        return self.operations == 0 and self.waiting == 0


def operation_digest(row: Mapping[str, Any]) -> bytes:
    """The bytes by which a plan vouches for an operation."""
    names = VOUCHED_STRAY if row["verb"] == store.DISCARD else VOUCHED
    return orjson.dumps([row[name] for name in names], option=orjson.OPT_SORT_KEYS)


def make_plan(
    workspace: Workspace,
    shop: store.Shop,
    *,
    everybody: bool = False,
    progress: Progress = lambda _: None,
) -> PlanSummary:
    """Compute what waits to be computed, then `plan_computed`: no change is left out of the plan.

    ``progress`` is told of what is computed. Raises RetryError also while another worker derives.
    """
    if waits_to_be_computed(workspace):
        derive(workspace, progress=progress)
    return plan_computed(workspace, shop, everybody=everybody)


def plan_computed(workspace: Workspace, shop: store.Shop, *, everybody: bool = False) -> PlanSummary:
    """Store the plan for a shop, from the offers as they were last computed, and void any unfinished one
    before it.

    Looks at the persons whose offers changed since the last plan, or at ``everybody``, at what was done by
    hand to coupons in the shop and at strays. That is also due when the ways into the shop, or the goods
    there that programmes name, are others than the last plan's, or a comparison found renamed coupons. Looks
    up earlier writes without an answer. Writes nothing to the shop. Raises RetryError while another worker
    plans or applies for this shop.
    """
    with visit(workspace, shop, resource="push") as at:
        settle(at)
        by_hand = adopt_labels(at)
        mechanisms = at.connector.mechanisms(frozenset(shop.capabilities))
        with at.read() as connection:
            before = store.last_mechanism(connection, shop.id)
            goods = ShopGoods.read(connection, shop, at.now())
            asked = store.dirty_marks(connection, strays_stage(shop.id), limit=PERSONS_A_CHUNK)
        everybody = everybody or bool(asked) or before not in {None, fingerprint(mechanisms, goods)}
        planner = _Planner(at, mechanisms, goods, everybody, by_hand=by_hand, renamed=renamed_of(asked))
        planner.start()
        if everybody:
            planner.sweep()
        planner.withdraw()
        for persons, marks in _changed_persons(at):
            planner.plan(persons, marks)
        if everybody:
            for persons in _all_persons(at):
                planner.plan(persons, ())
            planner.discard(asked)
        # Last: whoever is in the plan already counts as dealt with.
        planner.edit()
        return planner.finish()


def fingerprint(mechanisms: Sequence[Mechanism], goods: ShopGoods) -> str:
    """What holds for everybody in a plan, as it is kept: once it is another, everybody is planned anew."""
    return "; ".join(filter(None, (ways_of(mechanisms), goods.fingerprint)))


@dataclass(slots=True)
class _Planner:
    """A plan while it is being built, chunk by chunk, each in one transaction."""

    at: Visit
    mechanisms: Sequence[Mechanism]
    goods: ShopGoods
    everybody: bool
    id: str = field(default_factory=lambda: "p" + secrets.token_hex(6))
    digest: "blake2b" = field(default_factory=lambda: blake2b(digest_size=16))
    counts: Counter[str] = field(default_factory=Counter)
    position: int = 0
    accounts: int = 0
    waiting: set[str] = field(default_factory=set)
    swept: Swept = field(default_factory=Swept)
    by_hand: ByHand = field(default_factory=ByHand)
    renamed: dict[str, str] = field(default_factory=dict)
    served: Counter[str] = field(default_factory=Counter)
    unserved: int = 0
    edits: tuple[str, ...] = ()

    @property
    def stage(self) -> str:
        return f"offers:{self.at.shop.id}"

    def start(self) -> None:
        """Void what came before."""
        shop_id = self.at.shop.id
        with self.at.write() as connection:
            abandoned = store.supersede_plans(connection, shop_id)
            persons = store.persons_of(connection, abandoned)
            store.mark_dirty(connection, self.stage, persons)
            store.mark_profiles(connection, persons, shop_id=shop_id)
            store.start_plan(
                connection,
                plan_id=self.id,
                shop_id=shop_id,
                mechanism=fingerprint(self.mechanisms, self.goods),
                now=self.at.now(),
            )

    def sweep(self) -> None:
        """Go once through the shop's coupons of ours: what was done to them by hand stands in the books
        then, and strays are kept for `discard`."""
        coupons = Coupons(self.at, self.by_hand)
        for batch in marked(self.at, CODED):
            coupons.take(batch)
            self.swept.collect(strays_among(self.at, batch))
        coupons.end()
        self.renamed |= coupons.renamed

    def withdraw(self) -> None:
        """Withdraw from accounts that nobody stands behind any more."""
        shop_id = self.at.shop.id
        with self.at.write() as connection:
            unsettled = store.unsettled_accounts(connection, shop_id)
            stranded = store.stranded_accounts(connection, shop_id)
            self.waiting.update(name for name in stranded if name in unsettled)
            stranded = [name for name in stranded if name not in unsettled]
            for start in range(0, len(stranded), PERSONS_A_CHUNK):
                accounts = stranded[start : start + PERSONS_A_CHUNK]
                pushed = store.pushed_targets(connection, shop_id, accounts)
                self._add(
                    connection, [row for name in accounts for row in _differences(name, (), pushed[name])]
                )

    def plan(self, persons: Sequence[str], marks: Sequence[store.Mark]) -> None:
        """Plan a chunk of persons; their marks are answered by it, but for those who have to wait."""
        with self.at.write() as connection:
            offered = self._to_plan(connection, persons)
            ids = [account.id for account in offered]
            pushed = store.pushed_targets(connection, self.at.shop.id, ids)
            grants = store.active_grants(connection, ids)
            # What is held stands by an older version of its programme.
            self.goods.look_up(connection, (each.proof["programme"] for each in offered))
            rows: list[dict[str, Any]] = []
            served: list[tuple[store.OfferedAccount, str]] = []
            for account in offered:
                code = code_of(grants.get(account.id, {}), limit=account.limit)
                desired = self._desired(account, code)
                if desired is None:
                    continue
                if desired.mechanism is not None:
                    served.append((account, code))
                standing = pushed.get(account.id, ())
                changes = _differences(
                    account.id, desired.documents, standing, self._reasons(account, desired)
                )
                # Who is marked and has nothing to be changed is looked at again among everybody.
                if changes or not (marks and self.everybody):
                    self._count(account, desired)
                rows += changes
            self._tell_by_hand(connection, rows)
            touched = {row["account_id"] for row in rows}
            settled = {account.id for account, _ in served} - touched
            moved = grant_changes(served, grants, settled=settled, shop=self.at.shop, now=self.at.now())
            store.add_grants(connection, moved.new)
            store.change_grants(connection, moved.changed, dropped=moved.dropped)
            self._add(connection, rows)
            store.clear_dirty(connection, self.stage, [m for m in marks if m.key not in self.waiting])

    def _tell_by_hand(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Say of what is written why it has to be: what somebody did to it in the shop."""
        written = [row for row in rows if row["verb"] in store.WRITING]
        keys = [(row["target_kind"], row["target_key"]) for row in written]
        left = store.last_left(connection, self.at.shop.id, keys)
        for row in written:
            row["reason"] = reason_of(row, left)

    def _desired(self, account: store.OfferedAccount, code: str) -> Desired | None:
        """How the shop shall read; None where the proof cannot be read: then the shop stays as it is."""
        goods, language = self.goods.of(account), language_of(self.at.shop)
        try:
            return desired_documents(account, code, self.mechanisms, goods=goods, language=language)
        except ValidationError:
            return None

    def _reasons(self, account: store.OfferedAccount, desired: Desired) -> tuple[str, str]:
        """Why something is written for an account, and why something is taken away."""
        if not account.gift:
            return "", NO_DISCOUNT
        if desired.mechanism is None:
            return "", self.goods.lacking(account) or NOT_SERVED
        removing = f"not needed any more: the discount is given by {desired.mechanism.name}"
        return f"{account.level}: {_said(account.gift)}", removing

    def _count(self, account: store.OfferedAccount, desired: Desired) -> None:
        if desired.mechanism is not None:
            self.served[desired.mechanism.name] += 1
        else:
            self.unserved += bool(account.gift) and not self.goods.lacking(account)

    def discard(self, asked: Sequence[store.Mark]) -> None:
        """Plan to take away the strays that nobody has used; what asked for it is answered. By now everybody
        is planned, also whom they were made for."""
        loose = self.swept.loose
        for start in range(0, len(loose), PERSONS_A_CHUNK):
            strays = not_underway(self.at, loose[start : start + PERSONS_A_CHUNK])
            with self.at.write() as connection:
                owners = owners_of(connection, self.at.shop.id, strays, self.renamed)
                self._add(
                    connection,
                    [
                        discarding(
                            stray, owner, reason=RENAMED if stray.remote_id in self.renamed else NEVER_USED
                        )
                        for stray, owner in zip(strays, owners, strict=True)
                    ],
                )
        with self.at.write() as connection:
            store.clear_dirty(connection, strays_stage(self.at.shop.id), asked)

    def edit(self) -> None:
        """Plan what was written by hand into records and does not stand in the shop's customers yet."""
        edits = EditsPlan.start(self.at, everybody=self.everybody)
        for marks in edits.chunks():
            looked = edits.look(marks)
            self.waiting |= looked.waiting
            with self.at.write() as connection:
                edits.keep(connection, looked)
                ids = [row["account_id"] for row in looked.rows]
                self.accounts -= len(store.planned_accounts(connection, self.id, ids))
                self._add(connection, looked.rows)
                answered = [mark for mark in marks if mark.key not in looked.waiting]
                store.clear_dirty(connection, store.profiles_stage(self.at.shop.id), answered)
        self.edits = edits.summary

    def finish(self) -> PlanSummary:
        """Close the plan."""
        with self.at.read() as connection:
            accounts = store.touchable_accounts(connection, self.at.shop.id)
            hint = "" if self.position else _hint(connection, self.at.shop.name, accounts)
        deletions = sum(count for name, count in self.counts.items() if not name.startswith(store.WRITING))
        limits = self.at.workspace.settings.risk
        summary = PlanSummary(
            id=self.id,
            shop=self.at.shop.name,
            mechanism=ways_of(self.mechanisms),
            digest=self.digest.hexdigest(),
            operations=self.position,
            accounts=self.accounts,
            calls=_calls(self.counts, self.mechanisms) + self._profile_calls(),
            counts=dict(sorted(self.counts.items())),
            waiting=len(self.waiting),
            beyond=beyond(limits, touched=self.accounts, accounts=accounts, deletions=deletions),
            kept=self.swept.told,
            hint=hint,
            mechanisms=dict(sorted(self.served.items())),
            ways=_ways(self.mechanisms, self.served, self.unserved),
            missing=self.goods.told,
            edits=self.edits,
        )
        kept = {name: getattr(summary, name) for name in SUMMARIZED}
        state = "open" if self.position else "applied"
        with self.at.write() as connection:
            store.finish_plan(connection, self.id, digest=summary.digest, summary=kept, state=state)
        _log.info("plan %s for %s: %d operations", self.id, summary.shop, summary.operations)
        return summary

    def _profile_calls(self) -> int:
        return self.at.connector.profile_calls(self.counts[f"update {store.PROFILE}"])

    def _to_plan(self, connection: Connection, persons: Sequence[str]) -> list[store.OfferedAccount]:
        # Without a proof that can be read nobody knows the terms: what the shop has stays.
        found = store.offered_accounts(connection, self.at.shop.id, persons)
        offered = [account for account in found if account.proof]
        unsettled = store.unsettled_accounts(connection, self.at.shop.id)
        self.waiting.update(account.person_id for account in offered if account.id in unsettled)
        done = store.planned_accounts(connection, self.id, [account.id for account in offered])
        return [account for account in offered if account.id not in unsettled | done]

    def _add(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            row |= {
                "id": f"{self.id}-{self.position:07d}",
                "plan_id": self.id,
                "shop_id": self.at.shop.id,
                "position": self.position,
                "state": "planned",
            }
            self.digest.update(operation_digest(row))
            self.counts[f"{row['verb']} {row['target_kind']}"] += 1
            self.position += 1
        # A stray changes nothing for the account that it was once made for.
        self.accounts += len({row["account_id"] for row in rows if row["verb"] != store.DISCARD})
        store.add_operations(connection, rows)


def _hint(connection: Connection, shop: str, accounts: int) -> str:
    if not any(each.enabled for each in marketing.programmes(connection)):
        return "No programme is on, so nobody has a discount. Switch one on: regulars programme enable FILE"
    if not accounts:
        return f"No customer of {shop} is known yet. Read them: regulars backfill {shop}"
    return ""


def _changed_persons(at: Visit) -> Iterator[tuple[list[str], list[store.Mark]]]:
    """Chunks of persons with the dirty marks they answer. Who is marked meanwhile behind these, and who has
    to wait, stays for the next plan."""
    last = ""
    while True:
        with at.read() as connection:
            stage = f"offers:{at.shop.id}"
            marks = store.dirty_marks(connection, stage, limit=PERSONS_A_CHUNK, after=last)
        if not marks:
            return
        yield [mark.key for mark in marks], marks
        last = marks[-1].key


def _all_persons(at: Visit) -> Iterator[list[str]]:
    last = ""
    while True:
        with at.read() as connection:
            persons = store.persons_with_offers(connection, at.shop.id, after=last, limit=PERSONS_A_CHUNK)
        if not persons:
            return
        yield persons
        last = persons[-1]


def _differences(
    account_id: str,
    wanted: Sequence[TargetDocument],
    standing: Sequence[store.PushedTarget],
    reasons: tuple[str, str] = ("", NO_DISCOUNT),
) -> list[dict[str, Any]]:
    """Operations that bring what stands to what is wanted: writes first, removals last. ``reasons`` are those
    of writing and of removing."""
    before = {(target.kind, target.key): target for target in standing}
    writing, removing = reasons
    rows: list[dict[str, Any]] = []
    for document in wanted:
        known = before.pop((document.target.kind, document.target.key), None)
        if known is None or known.document != document.document:
            rows.append(_write(account_id, document, known) | {"reason": writing})
    return rows + [_removal(target) | {"reason": removing} for target in before.values()]


def _write(account_id: str, wanted: TargetDocument, known: store.PushedTarget | None) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "target_kind": wanted.target.kind,
        "target_key": wanted.target.key,
        "verb": "create" if known is None else "update",
        "before": None if known is None else known.document,
        "document": wanted.document,
        "remote_id": None if known is None else known.remote_id,
    }


def _removal(known: store.PushedTarget) -> dict[str, Any]:
    return {
        "account_id": known.account_id,
        "target_kind": known.kind,
        "target_key": known.key,
        "verb": "delete",
        "before": known.document,
        "document": None,
        "remote_id": known.remote_id,
    }


def _said(gift: store.Gift) -> str:
    if amount := money(gift):
        return f"{amount.text()} {amount.currency} off"
    return f"{Decimal(gift.percent).scaleb(-2).normalize():f} %"


def _ways(mechanisms: Sequence[Mechanism], served: Mapping[str, int], unserved: int) -> tuple[str, ...]:
    said = [f"{served[one.name]} by {one.name}: {one.why}" for one in mechanisms if one.name in served]
    none = (
        f"{unserved} by none: no account there, no e-mail address that the shop accepts, or terms that it "
        "cannot keep"
    )
    return (*said, none) if unserved else tuple(said)


def _calls(counts: Mapping[str, int], mechanisms: Sequence[Mechanism]) -> int:
    """Writing requests. What is written goes together by kind, whatever mechanism it is of; removals go
    apart, after everything else."""
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for name, count in counts.items():
        verb, _, kind = name.partition(" ")
        if kind == store.PROFILE:
            continue
        together["" if verb in store.WRITING else verb][kind] += count
    return sum(
        max((one.calls({kind: count}) for one in mechanisms), default=0)
        for documents in together.values()
        for kind, count in documents.items()
    )
