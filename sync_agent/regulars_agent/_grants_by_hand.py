"""Coupons and codes attached to a customer by hand, moved from another, and taken away again."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._grants import FoundCode, HeldGrant, found_code, grant_named, typed_code
from regulars_agent._identity_sides import Side, side_of
from regulars_agent._leases import held
from regulars_agent._workspace import Workspace
from regulars_connectors import CouponTerms, Target
from regulars_mapping import PermanentError, RetryError, SkipError, one_line
from regulars_store import _grants as grants
from regulars_store import erasing

_LONGEST_NAME = 200
_COUPON = "coupon"
_MOST_MINOR, _MOST_ORDERS = 10**15, 10**9
_SAME = ("code", "percent", "amount", "currency", "valid_until", "orders")


@dataclass(frozen=True, slots=True)
class Attached:
    """What attaching came to, or would come to in a rehearsal (``rehearsed``), which leaves no trace.

    ``already``: they hold it, and nothing was recorded. ``grant`` is None where the code is the number of
    their card. ``moved_from`` is the account that no longer has it, empty where none had it.
    """

    grant: HeldGrant | None
    already: bool
    rehearsed: bool
    moved_from: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """To whom which code is to be attached, and how."""

    side: Side
    shop: store.Shop
    code: str
    who: str
    now: datetime
    move: bool
    shared: bool


def attach_code(
    workspace: Workspace,
    account: str,
    code: str,
    *,
    move: bool = False,
    shared: bool = False,
    unchecked: bool = False,
    who: str,
    dry_run: bool = False,
) -> Attached:
    """Attach a coupon or code, typed or scanned, to an account (its id; or its person's, e-mail or phone).

    What nobody holds yet is looked up in the account's shop, unless it is attached ``unchecked``. What
    somebody else holds is moved only with ``move``: a programme's code goes over with the next plan, which
    also gives its former holder another. ``shared``: what was attached by hand may be several people's.

    Raises PermanentError where it is somebody else's, over, or nobody's; SkipError where no account is meant;
    RetryError while another worker writes to the shop; what the shop's connector raises.
    """
    one_line(who, what="Who attaches it", most=_LONGEST_NAME)
    code, now = typed_code(code), workspace.clock()
    with workspace.store.read() as connection:
        asked = _asked(connection, account, code, who=who, now=now, move=move, shared=shared)
        found = found_code(connection, code, now)
    if (already := _already(asked, found, dry_run=dry_run)) is not None:
        return already
    taken = _taken(asked, found)
    if taken is not None and taken.programme_key:
        return _move_code(workspace, asked, taken, dry_run=dry_run)
    like = taken or next((one for one in found.grants if one.active), None)
    terms = CouponTerms() if unchecked or like is not None else _in_the_shop(workspace, asked, found)
    return _attach(workspace, asked, taken, like or terms, dry_run=dry_run)


def withdraw_grant(workspace: Workspace, grant_id: str, *, who: str, dry_run: bool = False) -> HeldGrant:
    """Take away what was attached by hand. The shop's own coupon stays as it is.

    Raises SkipError where there is no such grant or it is over, PermanentError for what a programme gives.
    """
    one_line(who, what="Who withdraws it", most=_LONGEST_NAME)
    now = workspace.clock()
    with workspace.store.write(durable=True) as connection:
        grant = grant_named(connection, grant_id, now)
        if grant.programme_key:
            raise PermanentError(
                f"{grant.code} is given by the programme {grant.programme_key}, which would give it again. "
                "Change the programme, or put them on the stop-list: regulars stop-list add"
            )
        if not grant.active:
            raise SkipError(f"{grant.code} is {grant.state} already.")
        if dry_run:
            return grant
        grants.end_grant(connection, grant.id, who=who, now=now)
        _note(connection, "grant withdraw", grant.account_id, grant.id, who=who, now=now)
        return grant_named(connection, grant.id, now)


def _asked(connection: Connection, account: str, code: str, **how: Any) -> _Asked:
    side = side_of(connection, account)
    if erasing.stays_away(connection, side.person):
        raise PermanentError("They were erased: nothing can be attached to them.")
    shops = {shop.id: shop for shop in store.shops(connection)}
    shop = shops.get(side.accounts[side.account]["shop_id"])
    if shop is None:
        raise PermanentError(f"The shop of account {side.account} is not connected any more.")
    return _Asked(side, shop, code, **how)


def _already(asked: _Asked, found: FoundCode, *, dry_run: bool) -> Attached | None:
    """What they have already; refused where it is the number of somebody else's card."""
    mine = [grant for grant in found.grants if grant.active and grant.person == asked.side.person]
    if mine:
        return Attached(mine[0], already=True, rehearsed=dry_run)
    if any(card.person == asked.side.person for card in found.cards):
        return Attached(None, already=True, rehearsed=dry_run)
    for card in found.cards:
        raise PermanentError(
            f"{asked.code} is the number of a card of person {card.person} (account {card.account}). If both "
            f"are one person: regulars person merge {card.person} {asked.side.person}"
        )
    return None


def _taken(asked: _Asked, found: FoundCode) -> HeldGrant | None:
    """The grant from which it is moved; None where nobody holds it, or it may be several people's."""
    active = [grant for grant in found.grants if grant.active]
    if not active:
        over = next((grant for grant in found.grants if grant.programme_key), None)
        if over is not None:
            raise PermanentError(
                f"{over.code} is {over.state}: a code that a programme gave is not given again. "
                "What they get now: regulars grant list PERSON"
            )
        return None
    taken = active[0]
    personal = bool(taken.programme_key)
    if asked.shared and not personal:
        return None
    if not asked.move:
        also = "" if personal else ", or for several people: --shared"
        what = f"the personal code of the programme {taken.programme_key}" if personal else "attached by hand"
        raise PermanentError(
            f"{taken.code} is somebody else's: {what}, of person {taken.person} (account {taken.account_id})"
            f". To take it from them: --move{also}"
        )
    if taken.shop != asked.shop.name:
        raise PermanentError(
            f"{taken.code} serves in the shop {taken.shop}; {asked.side.account} is an account of "
            f"{asked.shop.name}. Name an account of theirs there."
        )
    return taken


def _in_the_shop(workspace: Workspace, asked: _Asked, found: FoundCode) -> CouponTerms:
    """What the shop says of a coupon that nobody holds here now."""
    typed = (asked.code, grants.fold_code(asked.code), grants.bare_code(asked.code))
    spelled = dict.fromkeys((*(grant.code for grant in found.grants), *typed))
    with workspace.connector(asked.shop) as connector:
        for code in spelled:
            (read,) = connector.read_back([Target(_COUPON, code)])
            if read.document is not None:
                return connector.coupon_terms(read.document)
    raise PermanentError(
        f"{asked.shop.name} has no coupon {asked.code}, and nobody here holds it. Check the code; what "
        "no shop knows is attached with --unchecked"
    )


def _attach(
    workspace: Workspace,
    asked: _Asked,
    taken: HeldGrant | None,
    like: HeldGrant | CouponTerms,
    *,
    dry_run: bool,
) -> Attached:
    row = _row(asked) | (_same_as(like) if isinstance(like, HeldGrant) else _worth(like))
    with workspace.store.write(durable=not dry_run) as connection:
        # Somebody may have attached it in the meantime.
        found = found_code(connection, asked.code, asked.now)
        if (already := _already(asked, found, dry_run=dry_run)) is not None:
            return already
        if _taken(asked, found) != taken:
            raise RetryError(f"Somebody else attached {asked.code} just now; look again.")
        savepoint = connection.begin_nested()
        store.add_grants(connection, [row])
        _end_taken(connection, asked, taken, row["id"])
        made = grant_named(connection, row["id"], asked.now)
        if dry_run:
            savepoint.rollback()
    return Attached(made, already=False, rehearsed=dry_run, moved_from=taken.account_id if taken else "")


def _same_as(grant: HeldGrant) -> dict[str, Any]:
    return {name: getattr(grant, name) for name in _SAME}


def _worth(terms: CouponTerms) -> dict[str, Any]:
    # Shops say anything; what is beyond all measure says nothing.
    amount = terms.amount if terms.amount and abs(terms.amount.minor) <= _MOST_MINOR else None
    return {
        "percent": int(terms.percent * 100),
        "amount": amount.minor if amount else None,
        "currency": amount.currency if amount else None,
        "valid_until": terms.valid_until,
        "orders": terms.orders if terms.orders and terms.orders <= _MOST_ORDERS else None,
    }


def _move_code(workspace: Workspace, asked: _Asked, taken: HeldGrant, *, dry_run: bool) -> Attached:
    """Give a programme's code to another account: the books say so, and the next plan binds it anew."""
    account = asked.side.account
    with (
        held(workspace, f"push:{asked.shop.id}") as lease,
        lease.write(durable=not dry_run) as connection,
    ):
        if grants.has_unanswered(connection, [account, taken.account_id]):
            raise RetryError(f"{asked.shop.name} has not answered a write about them yet; try again later.")
        _check_fits(connection, asked, taken)
        savepoint = connection.begin_nested()
        by = {"programme_key": taken.programme_key, "programme_version": taken.programme_version}
        row = _row(asked) | _same_as(taken) | by | {"added": list(taken.added)}
        for own in grants.given_to(connection, account):
            if own["state"] == "given":
                grants.end_grant(connection, own["id"], who=asked.who, now=asked.now, replaced_by=row["id"])
        for one in (account, taken.account_id):
            grants.drop_planned(connection, one)
        store.add_grants(connection, [row])
        _end_taken(connection, asked, taken, row["id"])
        grants.move_coupon(connection, asked.shop.id, taken.code, account_id=account)
        abandoned = store.supersede_plans(connection, asked.shop.id)
        persons = store.persons_of(connection, [*abandoned, account, taken.account_id])
        store.mark_dirty(connection, f"offers:{asked.shop.id}", persons)
        store.mark_profiles(connection, persons, shop_id=asked.shop.id)
        made = grant_named(connection, row["id"], asked.now)
        if dry_run:
            savepoint.rollback()
    return Attached(made, already=False, rehearsed=dry_run, moved_from=taken.account_id)


def _check_fits(connection: Connection, asked: _Asked, taken: HeldGrant) -> None:
    """A code serves on only where what it is for is offered: any other the next plan takes away."""
    offered = store.offered_accounts(connection, asked.shop.id, [asked.side.person])
    limit = next((each.limit for each in offered if each.id == asked.side.account and each.gift), None)
    given = store.active_grants(connection, [taken.account_id])[taken.account_id].get("given")
    if given is None or given.id != taken.id or given.limit != limit:
        raise PermanentError(
            f"{taken.code} cannot be moved: account {asked.side.account} is not offered what the programme "
            f"{taken.programme_key} gives by it, so the next plan would take it away in the shop."
        )


def _end_taken(connection: Connection, asked: _Asked, taken: HeldGrant | None, grant_id: str) -> None:
    if taken is not None:
        grants.end_grant(connection, taken.id, who=asked.who, now=asked.now, replaced_by=grant_id)
    _note(connection, "grant attach", asked.side.account, grant_id, who=asked.who, now=asked.now)


def _row(asked: _Asked) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(8),
        "account_id": asked.side.account,
        "shop_id": asked.shop.id,
        "programme_key": "",
        "programme_version": 0,
        "code": grants.fold_code(asked.code),
        "percent": 0,
        "amount": None,
        "currency": None,
        "valid_until": None,
        "orders": None,
        "added": [],
        "kind": grants.BY_HAND,
        "who": asked.who,
        "state": "given",
        "given_at": asked.now,
    }


def _note(
    connection: Connection, action: str, account: str, grant_id: str, *, who: str, now: datetime
) -> None:
    store.write_audit(
        connection, who=who, action=action, subject=account, detail={"grant": grant_id}, now=now
    )
