"""What accounts hold and ever held: read for people, found by what is typed or scanned, attached by hand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, literal_column, or_, select, union, update

from regulars_store._bulk import among
from regulars_store._grant_uses import BY_HAND, Use, fold_code, uses_by_hand, uses_of_grants
from regulars_store._push_strays import PROFILE
from regulars_store._tables import account, grant, programme, push_operation, push_state, shop

__all__ = ["BY_HAND", "fold_code"]

OURS = "reg-"
"""How the codes begin that Regulars makes."""
_COUPON = "coupon"
_DASHES = "-\u2010\u2011\u2013"

Row = dict[str, Any]


def bare_code(text: str) -> str:
    """A code as a scanner or a hurried hand gives it: folded, without spaces and dashes."""
    return fold_code("".join(each for each in text if not each.isspace() and each not in _DASHES))


def spellings(text: str) -> list[str]:
    """How a code may be kept that was typed or scanned so."""
    bare = bare_code(text)
    spelled = {fold_code(text), bare}
    if bare.startswith(start := OURS.replace("-", "")):
        spelled.add(OURS + bare.removeprefix(start))
    return sorted(spelled - {""})


def grants_of(connection: Connection, account_ids: Collection[str]) -> list[Row]:
    """All grants that these accounts hold or held, the newest first, each with the ``title`` of the programme
    version that gave it (empty: none did) and its ``uses``; two statements."""
    return _told(connection, among(connection, grant.c.account_id, account_ids))


def grants_with_code(connection: Connection, text: str) -> list[Row]:
    """All grants of this code, in any shop, however it is spelled; rows as ``grants_of``."""
    bare = bare_code(text)
    if not bare:
        return []
    plain = func.replace(func.replace(grant.c.code, "-", ""), " ", "")
    # Word for word as the index of those by hand says it: a parameter would walk through everybody's.
    by_hand = and_(grant.c.kind == literal_column("'by_hand'"), plain == bare)
    exactly = select(grant.c.id).where(grant.c.code.in_(spellings(text)))
    return _told(connection, grant.c.id.in_(union(exactly, select(grant.c.id).where(by_hand))))


def holders_of_card(connection: Connection, text: str) -> list[Row]:
    """The living accounts (``account_id``, ``person_id``, ``shop_id``) that have this card number."""
    columns = (account.c.id.label("account_id"), account.c.person_id, account.c.shop_id)
    query = select(*columns).where(account.c.card_number == bare_code(text), ~account.c.gone)
    return [dict(row) for row in connection.execute(query.order_by(account.c.id)).mappings()]


def _told(connection: Connection, which: Any) -> list[Row]:
    version = and_(programme.c.key == grant.c.programme_key, programme.c.version == grant.c.programme_version)
    query = (
        select(grant, account.c.person_id, shop.c.name.label("shop"), programme.c.definition)
        .join_from(grant, shop, shop.c.id == grant.c.shop_id)
        .outerjoin(account, account.c.id == grant.c.account_id)
        .outerjoin(programme, version)
        .where(which)
        .order_by(grant.c.given_at.desc(), grant.c.id)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    uses = uses_of_grants(connection, [row["id"] for row in rows]) | uses_by_hand(connection, rows)
    for row in rows:
        row["title"] = (row.pop("definition") or {}).get("title", "")
        row["uses"] = uses.get(row["id"], [])
    return rows


def state_of(row: Mapping[str, Any], used: int, *, now: datetime) -> str:
    """How a grant stands: planned, given, used, expired, withdrawn or replaced. Pure.

    ``used`` counts the orders that used its code. It is used once its limit of orders is reached, expired
    once its end is past; what ended before by itself was not withdrawn.
    """
    stored: str = row["state"]
    if stored == "planned":
        return stored
    if row["orders"] is not None and used >= row["orders"] and (row["uses"] or stored == "given"):
        return "used"
    end, withdrawn = row["valid_until"], row["withdrawn_at"]
    over = end is not None and end <= now and (withdrawn is None or end <= withdrawn)
    return "expired" if over else stored


def counted_uses(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], set[str]]:
    """By shop and code the orders that used it, of whichever of these grants: one code is used up once."""
    found: dict[tuple[int, str], set[str]] = {}
    for row in rows:
        uses: Sequence[Use] = row["uses"]
        found.setdefault((row["shop_id"], row["code"]), set()).update(use.order_id for use in uses)
    return found


def end_grant(
    connection: Connection, grant_id: str, *, who: str, now: datetime, replaced_by: str | None = None
) -> None:
    """Withdraw a grant by hand, or note what took its place. The row stays."""
    state = "withdrawn" if replaced_by is None else "replaced"
    values = {"state": state, "withdrawn_at": now, "replaced_by": replaced_by, "who": who}
    connection.execute(update(grant).where(grant.c.id == grant_id).values(values))


def move_coupon(connection: Connection, shop_id: int, code: str, *, account_id: str) -> None:
    """Have the books say that the coupon of this code stands there for another account."""
    mine = (push_state.c.shop_id == shop_id, push_state.c.target_kind == _COUPON)
    connection.execute(
        update(push_state).where(*mine, push_state.c.target_key == code).values(account_id=account_id)
    )


def given_to(connection: Connection, account_id: str) -> list[Row]:
    """What programmes gave an account and it holds, or is about to hold; with ``code``, ``id``, ``state``."""
    columns = (grant.c.id, grant.c.code, grant.c.state)
    query = select(*columns).where(
        grant.c.account_id == account_id, grant.c.state.in_(("planned", "given")), grant.c.programme_key != ""
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def drop_planned(connection: Connection, account_id: str) -> None:
    """Forget what is planned for an account and was never given."""
    mine = (grant.c.account_id == account_id, grant.c.state == "planned")
    connection.execute(grant.delete().where(*mine))


def grants_named(connection: Connection, ids: Collection[str]) -> list[Row]:
    """These grants, as ``grants_of`` tells them."""
    return _told(connection, among(connection, grant.c.id, ids))


def has_unanswered(connection: Connection, account_ids: Collection[str]) -> bool:
    """Whether a write for one of these accounts was sent and not answered."""
    mine = among(connection, push_operation.c.account_id, account_ids)
    sent = select(push_operation.c.id).where(mine, push_operation.c.state == "sent").limit(1)
    return connection.scalar(sent) is not None


def expire_grants(connection: Connection, *, now: datetime, limit: int = 500) -> int:
    """Note that grants are over whose end is past and of which nothing stands in a shop; how many, at most
    ``limit``. What still stands there is withdrawn by a plan, and keeps its code until then."""
    standing = exists().where(
        push_state.c.account_id == grant.c.account_id, push_state.c.target_kind != PROFILE
    )
    over = (grant.c.state == "given", grant.c.valid_until.is_not(None), grant.c.valid_until <= now)
    query = select(grant.c.id).where(*over, or_(grant.c.programme_key == "", ~standing))
    ids = list(connection.scalars(query.order_by(grant.c.valid_until).limit(limit)))
    if ids:
        connection.execute(update(grant).where(among(connection, grant.c.id, ids)).values(state="expired"))
    return len(ids)
