"""What planning reads and writes: offered accounts, what stands confirmed in a shop, grants, plans."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from regulars_store._bulk import among
from regulars_store._dirty import mark_dirty, mark_dirty_among
from regulars_store._gifts import Gift, limit_of, orders_of, stated_terms
from regulars_store._push_profiles import mark_profiles
from regulars_store._push_strays import PROFILE
from regulars_store._tables_derived import account, dirty, offer
from regulars_store._tables_inputs import grant, plan, programme, push_operation, push_state

_TERMS = ("valid_until", "orders", "added")
OPEN_STATES = ("building", "open", "applying")


@dataclass(frozen=True, slots=True)
class OfferedAccount:
    """An active account of a shop with its own offer: ``percent`` in hundredths, or an ``amount``.

    Both give nothing where nothing is offered yet. The proof says on what terms.
    """

    id: str
    external_id: str
    registered: bool
    email_folded: str
    person_id: str
    percent: int
    amount: int | None
    currency: str | None
    level: str
    valid_until: datetime | None
    proof: Mapping[str, Any]
    programme_key: str
    programme_version: int

    @property
    def gift(self) -> Gift:
        """What is offered."""
        return Gift(self.percent, self.amount, self.currency)

    @property
    def limit(self) -> str:
        """See `limit_of`."""
        return limit_of(self.proof["programme"], self.programme_key)

    @property
    def orders(self) -> int | None:
        """For how many orders it serves, None for any number; of what is added up the smallest."""
        return orders_of(self.proof)

    @property
    def added(self) -> list[str]:
        """The programmes that are added to the leading one."""
        return [each["programme"]["key"] for each in self.proof.get("added", ())]

    @property
    def terms(self) -> Mapping[str, Any]:
        """See `stated_terms`."""
        return stated_terms(self.proof["programme"])

    def __repr__(self) -> str:
        return f"OfferedAccount({self.id}, {self.percent}, {self.amount})"


@dataclass(frozen=True, slots=True)
class PushedTarget:
    """A target as the shop last confirmed it."""

    account_id: str
    kind: str
    key: str
    document: Mapping[str, Any]
    remote_id: str | None


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A marketing instrument of an account; ``code`` outlives replacements.

    ``limit`` as `limit_of` and ``terms`` as `stated_terms` say of the programme that gave it; empty where
    that is not known. ``added`` are the programmes that are summed with it.
    """

    id: str
    account_id: str
    code: str
    gift: Gift
    state: str
    limit: str
    terms: Mapping[str, Any]
    valid_until: datetime | None = None
    added: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan's head; its operations are read apart."""

    id: str
    shop_id: int
    state: str
    digest: str
    mechanism: str
    summary: Mapping[str, Any]
    created_at: datetime


def offered_accounts(connection: Connection, shop_id: int, person_ids: Sequence[str]) -> list[OfferedAccount]:
    """Of these persons' active accounts in a shop those with an offer, by id. At most 500 persons a call."""
    columns = [getattr(account.c, name) for name in ("id", "external_id", "registered", "email_folded")]
    query = (
        select(
            *columns,
            account.c.person_id,
            offer.c.percent,
            offer.c.amount,
            offer.c.currency,
            offer.c.level,
            offer.c.valid_until,
            offer.c.proof,
            offer.c.programme_key,
            offer.c.programme_version,
        )
        .join(offer, offer.c.id == account.c.id)
        .where(among(connection, account.c.person_id, person_ids))
        .where(account.c.shop_id == shop_id, account.c.gone.is_(False))
        .order_by(account.c.id)
    )
    return [OfferedAccount(**row) for row in connection.execute(query).mappings()]


def stranded_accounts(connection: Connection, shop_id: int) -> list[str]:
    """Accounts that hold something in the shop but have no person or no offer any more: to be withdrawn.

    An offer made for a person whom the account has left since is none.

    Not those that are still to be resolved or computed: their offer may be on its way.
    """
    orphaned = or_(account.c.id.is_(None), account.c.gone.is_(True), offer.c.id.is_(None))
    underway = or_(
        exists().where(dirty.c.stage == "identity", dirty.c.key == push_state.c.account_id),
        exists().where(dirty.c.stage == "facts", dirty.c.key == account.c.person_id),
    )
    query = (
        select(push_state.c.account_id)
        .outerjoin(account, account.c.id == push_state.c.account_id)
        .outerjoin(offer, (offer.c.id == account.c.id) & (offer.c.person_id == account.c.person_id))
        .where(push_state.c.shop_id == shop_id, push_state.c.target_kind != PROFILE, orphaned, ~underway)
        .distinct()
        .order_by(push_state.c.account_id)
    )
    return list(connection.scalars(query))


def planned_accounts(connection: Connection, plan_id: str, account_ids: Sequence[str]) -> set[str]:
    """Which of these accounts a plan that is being built has already dealt with."""
    query = select(push_operation.c.account_id).where(
        push_operation.c.plan_id == plan_id, among(connection, push_operation.c.account_id, account_ids)
    )
    return set(connection.scalars(query))


def persons_with_offers(connection: Connection, shop_id: int, *, after: str, limit: int) -> list[str]:
    """The next persons, by id, who have an offer in a shop: for a plan over everybody."""
    query = (
        select(offer.c.person_id)
        .where(offer.c.shop_id == shop_id, offer.c.person_id > after)
        .distinct()
        .order_by(offer.c.person_id)
        .limit(limit)
    )
    return list(connection.scalars(query))


def pushed_targets(
    connection: Connection, shop_id: int, account_ids: Sequence[str]
) -> dict[str, list[PushedTarget]]:
    """What of their offers stands confirmed in a shop for these accounts."""
    found: dict[str, list[PushedTarget]] = defaultdict(list)
    query = select(
        push_state.c.account_id,
        push_state.c.target_kind,
        push_state.c.target_key,
        push_state.c.document,
        push_state.c.remote_id,
    ).where(
        push_state.c.shop_id == shop_id,
        push_state.c.target_kind != PROFILE,
        among(connection, push_state.c.account_id, account_ids),
    )
    for row in connection.execute(query):
        found[row.account_id].append(PushedTarget(*row))
    return found


def active_grants(connection: Connection, account_ids: Sequence[str]) -> dict[str, dict[str, GrantRow]]:
    """Of each account the grant that was ``given`` and the ``planned`` one that will replace it, by state.

    Both carry the account's one code, unless their uses are limited differently. What somebody attached by
    hand and no programme gave is none of them.
    """
    names = ("id", "account_id", "code", "percent", "amount", "currency", "state", "valid_until", "added")
    query = (
        select(*(grant.c[name] for name in names), grant.c.programme_key, grant.c.programme_version)
        .where(among(connection, grant.c.account_id, account_ids), grant.c.state.in_(("planned", "given")))
        .where(grant.c.programme_key != "")
        .order_by(grant.c.account_id, grant.c.state)
    )
    rows = connection.execute(query).all()
    rules = _rules(connection, {(row.programme_key, row.programme_version) for row in rows})
    found: dict[str, dict[str, GrantRow]] = defaultdict(dict)
    for row in rows:
        gift = Gift(row.percent, row.amount, row.currency)
        limit, terms = rules.get((row.programme_key, row.programme_version), ("", {}))
        more = (row.valid_until, row.added)
        kept = GrantRow(row.id, row.account_id, row.code, gift, row.state, limit, terms, *more)
        found[row.account_id][row.state] = kept
    return found


def _rules(
    connection: Connection, versions: Set[tuple[str, int]]
) -> dict[tuple[str, int], tuple[str, Mapping[str, Any]]]:
    """The limits and terms of these versions of programmes: a few, however many grants they gave."""
    which = tuple_(programme.c.key, programme.c.version).in_(sorted(versions))
    columns = (programme.c.key, programme.c.version, programme.c.definition)
    rows = connection.execute(select(*columns).where(which))
    return {(key, at): (limit_of(each, key), stated_terms(each)) for key, at, each in rows}


def unsettled_accounts(connection: Connection, shop_id: int) -> set[str]:
    """Accounts of which a write was sent and not yet answered: nothing is planned for them until it is."""
    query = select(push_operation.c.account_id).where(
        push_operation.c.shop_id == shop_id, push_operation.c.state == "sent"
    )
    return set(connection.scalars(query))


def start_plan(connection: Connection, *, plan_id: str, shop_id: int, mechanism: str, now: datetime) -> None:
    """Open a plan that is still being built."""
    row = {
        "id": plan_id,
        "shop_id": shop_id,
        "state": "building",
        "digest": "",
        "mechanism": mechanism,
        "summary": {},
        "created_at": now,
    }
    connection.execute(insert(plan), row)


def finish_plan(
    connection: Connection, plan_id: str, *, digest: str, summary: Mapping[str, Any], state: str
) -> None:
    """Close the building of a plan: from here its operations do not change but in state."""
    values = {"digest": digest, "summary": summary, "state": state}
    connection.execute(update(plan).where(plan.c.id == plan_id).values(values))


def supersede_plans(connection: Connection, shop_id: int) -> list[str]:
    """Void every plan of a shop that is not finished. The accounts of operations that did not come to their
    end, by id; those that were sent stay so until they are looked up."""
    unfinished = select(plan.c.id).where(plan.c.shop_id == shop_id, plan.c.state.in_(OPEN_STATES))
    of_them = push_operation.c.plan_id.in_(unfinished)
    open_ended = of_them & push_operation.c.state.in_(("planned", "drifted", "sent"))
    accounts = sorted(set(connection.scalars(select(push_operation.c.account_id).where(open_ended))))
    planned = of_them & (push_operation.c.state == "planned")
    connection.execute(update(push_operation).where(planned).values(state="superseded"))
    connection.execute(update(plan).where(plan.c.id.in_(unfinished)).values(state="superseded"))
    return accounts


def persons_of(connection: Connection, account_ids: Sequence[str]) -> list[str]:
    """The persons that these accounts belong to now, each once."""
    found: set[str] = set()
    for start in range(0, len(account_ids), 500):
        chunk = account_ids[start : start + 500]
        query = select(account.c.person_id).where(
            among(connection, account.c.id, chunk), account.c.person_id.is_not(None)
        )
        found.update(connection.scalars(query))
    return sorted(found)


def mark_offered(connection: Connection, person_ids: Iterable[str]) -> None:
    """Mark these persons for planning in every shop where an account of theirs has an offer.

    Due where their accounts changed: the offer may stay and yet be for another account or address. What was
    written by hand about them is due too.
    """
    person_ids = list(person_ids)
    mark_profiles(connection, person_ids)
    by_shop: dict[int, list[str]] = defaultdict(list)
    # By the accounts' persons of today: the offers may still name those of before.
    query = (
        select(account.c.shop_id, account.c.person_id)
        .join(offer, offer.c.id == account.c.id)
        .where(among(connection, account.c.person_id, person_ids))
        .distinct()
    )
    for row in connection.execute(query):
        by_shop[row.shop_id].append(row.person_id)
    for shop_id, persons in sorted(by_shop.items()):
        mark_dirty(connection, f"offers:{shop_id}", persons)


def mark_offers_of(connection: Connection, shop_id: int) -> None:
    """Mark everybody who has an offer in a shop for planning there, in one statement."""
    everybody = select(offer.c.person_id).where(offer.c.shop_id == shop_id)
    mark_dirty_among(connection, f"offers:{shop_id}", everybody)


def mark_accounts_of(connection: Connection, shop_id: int) -> None:
    """Mark every account of a shop to be resolved anew, in one statement."""
    mark_dirty_among(connection, "identity", select(account.c.id).where(account.c.shop_id == shop_id))


def last_mechanism(connection: Connection, shop_id: int) -> str | None:
    """The mechanism of the newest plan that was built to its end, None before the first."""
    query = select(plan.c.mechanism).where(plan.c.shop_id == shop_id, plan.c.digest != "")
    return connection.scalar(query.order_by(plan.c.created_at.desc(), plan.c.id).limit(1))


def add_grants(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep new grants. They are inputs: no rebuild makes them again."""
    if values := list(rows):
        connection.execute(insert(grant), values)


def change_grants(
    connection: Connection, changed: Mapping[str, OfferedAccount], *, dropped: Sequence[str] = ()
) -> None:
    """Make grants, by id, those of these offers; drop planned ones, which were never given, so that nothing
    is replaced."""
    if changed:
        names = ("percent", "amount", "currency", "programme_key", "programme_version", *_TERMS)
        rows = [
            {"grant_id": key, **{f"new_{name}": getattr(offered, name) for name in names}}
            for key, offered in changed.items()
        ]
        query = update(grant).where(grant.c.id == bindparam("grant_id"))
        connection.execute(query.values({name: bindparam(f"new_{name}") for name in names}), rows)
    if dropped:
        connection.execute(delete(grant).where(grant.c.id.in_(dropped), grant.c.state == "planned"))


def add_operations(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add planned operations to a plan that is being built."""
    if values := list(rows):
        connection.execute(insert(push_operation), values)


def plan_of(connection: Connection, plan_id: str) -> StoredPlan | None:
    """A plan by its id."""
    return _one_plan(connection, plan.c.id == plan_id)


def open_plan_of(connection: Connection, shop_id: int) -> StoredPlan | None:
    """The shop's one plan that may be applied or is half applied."""
    return _one_plan(connection, (plan.c.shop_id == shop_id) & plan.c.state.in_(("open", "applying")))


def _one_plan(connection: Connection, condition: ColumnElement[bool]) -> StoredPlan | None:
    columns = (
        plan.c.id,
        plan.c.shop_id,
        plan.c.state,
        plan.c.digest,
        plan.c.mechanism,
        plan.c.summary,
        plan.c.created_at,
    )
    row = connection.execute(select(*columns).where(condition).order_by(plan.c.created_at.desc())).first()
    return None if row is None else StoredPlan(*row)
