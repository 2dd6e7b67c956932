"""Facts, profiles, ratings and offers of persons brought up to date, a chunk in a handful of statements."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import chain

from sqlalchemy import Connection

from regulars_marketing._accounts import (
    Account,
    Shop,
    connected_shops,
    offered_to,
    persons_with_accounts_of,
)
from regulars_marketing._budget import Limit, limits_of
from regulars_marketing._budget_room import Budgets
from regulars_marketing._decide import Decision, decide_among, standing_programmes
from regulars_marketing._decide_gifts import Moment
from regulars_marketing._facts import AccountFacts, Fact, Facts, summed, write_facts
from regulars_marketing._facts_written import written_account_facts
from regulars_marketing._known import NOTHING, Known, keys_of, load_known
from regulars_marketing._offer_rows import OfferRow, kept, offer_row, stored_offers, write_offers
from regulars_marketing._profile import Profiles
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._programmes import StoredProgramme, programmes
from regulars_marketing._rating_run import rate
from regulars_marketing._segment_members import refresh_members
from regulars_marketing._segments import evaluation_at
from regulars_marketing._tier_known import Tiers
from regulars_marketing._welcome import welcome_keys, welcomed_accounts
from regulars_store import refresh_records

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
    rules, portraits = Rules.read(connection, now), Profiles.read(connection, profiles, now=now)
    done = Computed()
    for start in range(0, len(wanted), _CHUNK):
        done += compute_chunk(connection, wanted[start : start + _CHUNK], rules, portraits)
    return done


class Part(Enum):
    """What of a computation is done: all of it, facts and profiles, or what follows from them."""

    WHOLE = "whole"
    PORTRAYED = "portrayed"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for everybody: the moment, the shops, the programmes that stand in each with their keys, and
    the keys of all welcomes and birthdays."""

    now: datetime
    shops: Mapping[int, Shop]
    moments: Mapping[int, Moment]
    standing: Mapping[int, tuple[StoredProgramme, ...]]
    keys: Mapping[int, tuple[str, ...]]
    welcomes: frozenset[str]
    birthdays: frozenset[str]
    limits: Mapping[str, Limit]

    @classmethod
    def read(cls, connection: Connection, now: datetime) -> "Rules":
        known, shops = programmes(connection), connected_shops(connection)
        standing = {
            shop.id: standing_programmes(known, shop.name, now, currency=shop.currency)
            for shop in shops.values()
        }
        keys = {shop_id: tuple(each.key for each in here) for shop_id, here in standing.items()}
        welcomes, birthdays = frozenset(welcome_keys(known)), keys_of(known, "birthday")
        moments = {shop_id: Moment(now, shop.zone) for shop_id, shop in shops.items()}
        return cls(now, shops, moments, standing, keys, welcomes, birthdays, limits_of(known))

    @property
    def may_be_beside(self) -> bool:
        """Whether persons may be computed by several at a time: not where they share a budget."""
        return not self.limits

    def moment(self, shop_id: int) -> Moment:
        """The moment as it is in a shop."""
        return self.moments[shop_id]

    def welcoming_shops(self) -> set[int]:
        return {shop_id for shop_id, standing in self.standing.items() if welcome_keys(standing)}


_Made = dict[tuple[object, ...], Decision | None]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What is known of the persons of a chunk, and from it the decisions, each made once for all alike."""

    by_account: AccountFacts
    by_person: Facts
    welcomed: set[str]
    known: Mapping[str, Known]
    budgets: Budgets | None
    of_nothing: _Made = field(default_factory=dict)

    def decisions(self, held: Sequence[Account], rules: Rules) -> Iterator[tuple[Account, Decision]]:
        """The decisions for one person's accounts. Those on purchases are alike for no other person, and not
        kept: thousands of proofs at hand would cost more than they save."""
        of_person: _Made | None = {} if len(held) > 1 else None
        for each in held:
            known = self.known.get(each.id, NOTHING)
            if self.budgets is None:
                decision = self._decided(each, rules, known, of_person)
            else:
                decision = self._within(self.budgets, each, rules, known, of_person)
            if decision is not None:
                yield each, decision

    def _decided(self, each: Account, rules: Rules, known: Known, of_person: _Made | None) -> Decision | None:
        facts, welcome = self._counted(each), each.id in self.welcomed
        standing, keys = rules.standing[each.shop_id], rules.keys[each.shop_id]
        at = rules.moment(each.shop_id)
        made = of_person if facts else self.of_nothing
        if made is None:
            return decide_among(facts, standing, at, scope=each.scope, welcome=welcome, known=known)
        alike = (facts, each.scope, welcome, keys, known, at.zone.key)
        if alike not in made:
            made[alike] = decide_among(facts, standing, at, scope=each.scope, welcome=welcome, known=known)
        return made[alike]

    def _within(
        self, budgets: Budgets, each: Account, rules: Rules, known: Known, of_person: _Made | None
    ) -> Decision | None:
        def decide(full: frozenset[str], room: tuple[tuple[str, int], ...]) -> Decision | None:
            here = known._replace(full=full, room=room) if full or room else known
            return self._decided(each, rules, here, of_person)

        return budgets.fit(each, decide)

    def _counted(self, each: Account) -> tuple[Fact, ...]:
        if each.scope == "person":
            return self.by_person.get(each.person_id, ())
        return self.by_account.get(each.person_id, {}).get(each.id, ())


def compute_chunk(
    connection: Connection,
    wanted: Sequence[str],
    rules: Rules,
    portraits: Profiles,
    *,
    part: Part = Part.WHOLE,
    others: Sequence[str] | None = None,
    measured: bool = False,
) -> Computed:
    """`compute`, or a part of it, of these persons, each named once.

    ``others`` are those whom `persons_with_accounts_of` tells of them, where it was asked; ``measured`` says
    that the scale of the rating was just made of these persons, too, as it was of whoever is judged only.
    """
    if others is None:
        others = persons_with_accounts_of(connection, wanted)
    persons = [*wanted, *others]
    done = Computed(persons=len(wanted))
    if part is Part.JUDGED:
        by_account = written_account_facts(connection, persons, money=portraits.rules.money)
    else:
        # Before offers are made: whoever was archived comes back with a new order.
        refresh_records(connection, persons)
        purchases = portraits.purchases(connection, persons)
        rows = chain.from_iterable(purchases.rows.values())
        done += Computed(facts_changed=write_facts(connection, persons, rows))
        portraits.write(connection, persons, purchases)
        if part is Part.PORTRAYED:
            return done
        by_account = purchases.facts
    measured = measured or part is Part.JUDGED
    return done + _judge(connection, persons, by_account, rules, portraits, measured=measured)


def _judge(
    connection: Connection,
    persons: Sequence[str],
    by_account: AccountFacts,
    rules: Rules,
    portraits: Profiles,
    *,
    measured: bool,
) -> Computed:
    """What follows from facts and profiles: ratings, segments and offers."""
    facts = summed(by_account)
    rate(connection, persons, now=rules.now, measured=measured)
    refresh_members(connection, None, persons, now=rules.now, money=portraits.rules.money)
    accounts = offered_to(connection, persons, rules.shops, now=rules.now)
    evaluation = evaluation_at(rules.now, portraits.rules.money)
    known = load_known(connection, accounts, rules.standing, birthdays=rules.birthdays, evaluation=evaluation)
    tiers = Tiers(rules.standing, rules.moment, portraits.rules.money)
    known = tiers.known(connection, accounts, by_account, facts, known)
    ids = [each.id for held in accounts.values() for each in held]
    before = stored_offers(connection, persons, ids)
    budgets = _budgets(connection, {*before, *ids}, rules)
    welcomed = _welcomed(connection, accounts, facts, rules)
    chunk = _Chunk(by_account, facts, welcomed, known, budgets)
    after: dict[str, OfferRow] = {}
    for mine in accounts.values():
        for each, decision in chunk.decisions(mine, rules):
            row = offer_row(connection, each, decision)
            after[each.id] = kept(before.get(each.id), row, decision.standing)
    if budgets is not None:
        budgets.write(connection)
    changed = write_offers(connection, before, after)
    held = sum(row.held is not None for row in after.values())
    return Computed(offers_changed=changed, held=held)


def _budgets(connection: Connection, account_ids: Collection[str], rules: Rules) -> Budgets | None:
    if not rules.limits:
        return None
    return Budgets.opened(connection, rules.limits, account_ids, now=rules.now)


def _welcomed(
    connection: Connection,
    accounts: Mapping[str, Sequence[Account]],
    facts: Facts,
    rules: Rules,
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
