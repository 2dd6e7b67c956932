"""Facts, profiles, ratings and offers of persons brought up to date, a chunk in a handful of statements."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, union

from regulars_marketing._accounts import (
    Account,
    Shop,
    connected_shops,
    offered_to,
    persons_with_accounts_of,
)
from regulars_marketing._decide import Decision, decide_among, standing_programmes
from regulars_marketing._decide_gifts import Moment
from regulars_marketing._facts import AccountFacts, Fact, Facts, read_account_facts, summed, write_facts
from regulars_marketing._known import NOTHING, Known, keys_of, load_known
from regulars_marketing._offer_rows import Row, kept, offer_row, stored_offers, write_offers
from regulars_marketing._profile import Profiles
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._programmes import StoredProgramme, programmes
from regulars_marketing._rating_run import rate
from regulars_marketing._segment_members import refresh_members
from regulars_marketing._segments import evaluation_at
from regulars_marketing._welcome import welcome_keys, welcomed_accounts
from regulars_store import Store, refresh_records, tables

account, offer, person_fact = tables.account, tables.offer, tables.person_fact
person_profile = tables.person_profile
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Computed:
    """What a computation did. ``offers_changed`` counts the offers whose shops have something to be told."""

    persons: int = 0
    facts_changed: int = 0
    offers_changed: int = 0
    held: int = 0

    def __add__(self, other: "Computed") -> "Computed":
        return Computed(
            persons=self.persons + other.persons,
            facts_changed=self.facts_changed + other.facts_changed,
            offers_changed=self.offers_changed + other.offers_changed,
            held=self.held + other.held,
        )


def compute(
    connection: Connection,
    person_ids: Iterable[str],
    *,
    now: datetime,
    profiles: ProfileRules | None = None,
) -> Computed:
    """Bring facts, profiles, ratings, segments and offers of these persons up to date, in the caller's
    transaction.

    Every live registered account of a connected shop has an offer of its own where a programme stands: by
    what the person bought where its ownership is known, else by what the account itself bought. Persons that
    are no more (merged away, all accounts gone) lose theirs; whoever has their accounts now is computed with
    them. Only differences are written; where gift, terms, level, end, scope or words of an offer changed, or
    the offer vanished, its person is marked dirty in stage ``offers:<shop id>``. Idempotent. ``now`` (aware)
    decides which programmes stand, and who is on the stop-list: nothing is offered to them. Profiles are
    counted by the rules ``profiles``, the standard ones where none are given.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone; give an aware time")
    wanted = sorted(set(person_ids))
    if not wanted:
        return Computed()
    rules, portraits = _Rules.read(connection, now), Profiles.read(connection, profiles, now=now)
    done = Computed()
    for start in range(0, len(wanted), _CHUNK):
        done += _compute_chunk(connection, wanted[start : start + _CHUNK], rules, portraits)
    return done


def compute_all(
    store: Store,
    *,
    now: datetime,
    profiles: ProfileRules | None = None,
    chunk: int = 200,
    pause: float = 0.001,
) -> Computed:
    """`compute` for everybody: due after a programme changed or its time came.

    Each chunk is a transaction of its own, with a pause (seconds) after it in which other writers of a SQLite
    file get in. Broken off, it may simply be done again.
    """
    done, last = Computed(), ""
    while True:
        with store.write() as connection:
            persons = _persons_after(connection, last, chunk)
            done += compute(connection, persons, now=now, profiles=profiles)
        if len(persons) < chunk:
            return done
        last = persons[-1]
        time.sleep(pause)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds for everybody: the moment, the shops, the programmes that stand in each with their keys, and
    the keys of all welcomes and birthdays."""

    now: datetime
    shops: Mapping[int, Shop]
    standing: Mapping[int, tuple[StoredProgramme, ...]]
    keys: Mapping[int, tuple[str, ...]]
    welcomes: frozenset[str]
    birthdays: frozenset[str]

    @classmethod
    def read(cls, connection: Connection, now: datetime) -> "_Rules":
        known, shops = programmes(connection), connected_shops(connection)
        standing = {
            shop.id: standing_programmes(known, shop.name, now, currency=shop.currency)
            for shop in shops.values()
        }
        keys = {shop_id: tuple(each.key for each in here) for shop_id, here in standing.items()}
        return cls(now, shops, standing, keys, frozenset(welcome_keys(known)), keys_of(known, "birthday"))

    def moment(self, shop_id: int) -> Moment:
        """The moment as it is in a shop."""
        return Moment(self.now, self.shops[shop_id].zone)

    def welcoming_shops(self) -> set[int]:
        return {shop_id for shop_id, standing in self.standing.items() if welcome_keys(standing)}


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What is known of the persons of a chunk, and from it the decisions, each made once for all alike."""

    by_account: AccountFacts
    by_person: Facts
    welcomed: set[str]
    known: Mapping[str, Known]
    of_nothing: dict[tuple[object, ...], Decision | None] = field(default_factory=dict)

    def decisions(self, held: Sequence[Account], rules: _Rules) -> Iterator[tuple[Account, Decision]]:
        """The decisions for one person's accounts. Those on purchases are alike for no other person, and not
        kept: thousands of proofs at hand would cost more than they save."""
        of_person: dict[tuple[object, ...], Decision | None] = {}
        for each in held:
            facts, welcome = self._counted(each), each.id in self.welcomed
            standing, keys = rules.standing[each.shop_id], rules.keys[each.shop_id]
            at, known = rules.moment(each.shop_id), self.known.get(each.id, NOTHING)
            made = of_person if facts else self.of_nothing
            alike = (facts, each.scope, welcome, keys, known, at.zone.key)
            if alike not in made:
                made[alike] = decide_among(
                    facts, standing, at, scope=each.scope, welcome=welcome, known=known
                )
            decision = made[alike]
            if decision is not None:
                yield each, decision

    def _counted(self, each: Account) -> tuple[Fact, ...]:
        if each.scope == "person":
            return self.by_person.get(each.person_id, ())
        return self.by_account.get(each.person_id, {}).get(each.id, ())


def _compute_chunk(
    connection: Connection, wanted: Sequence[str], rules: _Rules, portraits: Profiles
) -> Computed:
    persons = [*wanted, *persons_with_accounts_of(connection, wanted)]
    # Before offers are made: whoever was archived comes back with a new order.
    refresh_records(connection, persons)
    by_account = read_account_facts(connection, persons, money=portraits.rules.money)
    facts = summed(by_account)
    facts_changed = write_facts(connection, persons, facts)
    portraits.write(connection, persons)
    rate(connection, persons, now=rules.now)
    refresh_members(connection, None, persons, now=rules.now, money=portraits.rules.money)
    accounts = offered_to(connection, persons, rules.shops, now=rules.now)
    evaluation = evaluation_at(rules.now, portraits.rules.money)
    known = load_known(connection, accounts, rules.standing, birthdays=rules.birthdays, evaluation=evaluation)
    chunk = _Chunk(by_account, facts, _welcomed(connection, accounts, facts, rules), known)
    before = stored_offers(connection, persons, [each.id for held in accounts.values() for each in held])
    after: dict[str, Row] = {}
    for mine in accounts.values():
        for each, decision in chunk.decisions(mine, rules):
            after[each.id] = kept(before.get(each.id), offer_row(each, decision), decision.standing)
    changed = write_offers(connection, before, after)
    held = sum(row["held"] is not None for row in after.values())
    return Computed(persons=len(wanted), facts_changed=facts_changed, offers_changed=changed, held=held)


def _welcomed(
    connection: Connection,
    accounts: Mapping[str, Sequence[Account]],
    facts: Facts,
    rules: _Rules,
) -> set[str]:
    """The accounts with a welcome: one of each person who is registered and has bought nothing anywhere.

    Only of known ownership: what a stranger is refused in somebody's name would tell what that somebody did.
    """
    greeting = rules.welcoming_shops()
    candidates = {
        person_id: [
            each for each in held if each.registered and each.scope == "person" and each.shop_id in greeting
        ]
        for person_id, held in accounts.items()
        if greeting and person_id not in facts
    }
    return welcomed_accounts(connection, candidates, rules.welcomes)


def _persons_after(connection: Connection, last: str, limit: int) -> list[str]:
    """The next persons by id of all that have accounts, facts, profiles or offers."""
    columns = (account.c.person_id, person_fact.c.person_id, person_profile.c.person_id, offer.c.person_id)
    heads = (
        select(column.label("id")).where(column > last).distinct().order_by(column).limit(limit).subquery()
        for column in columns
    )
    found = connection.scalars(union(*(select(head.c.id) for head in heads)))
    return sorted(found)[:limit]
