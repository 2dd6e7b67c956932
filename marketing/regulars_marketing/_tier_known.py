"""What tiers go by beside facts of all time, for a chunk of persons; and who stands in which tier now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from regulars_marketing._accounts import Account
from regulars_marketing._counted import load_counted, views_of
from regulars_marketing._decide_gifts import Moment
from regulars_marketing._decide_tiers import tally
from regulars_marketing._facts import AccountFacts, Fact, Facts
from regulars_marketing._known import NOTHING, Known
from regulars_marketing._money import MoneyRules
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._proof import ProofTierProgramme
from regulars_marketing._tier_programme import TierProgramme
from regulars_marketing._tier_standing import (
    Counting,
    Stood,
    TierStanding,
    keeping,
    load_standings,
    passed,
    stood,
    write_standings,
)


@dataclass(frozen=True, slots=True)
class Tiers:
    """The tiers that stand in each shop, at the moment that it is there."""

    standing: Mapping[int, Sequence[StoredProgramme]]
    moment: Callable[[int], Moment]
    money: MoneyRules

    def known(
        self,
        connection: Connection,
        accounts: Mapping[str, Sequence[Account]],
        by_account: AccountFacts,
        by_person: Facts,
        known: dict[str, Known],
    ) -> dict[str, Known]:
        """What is known of these persons' ``accounts`` with what tiers go by; and the tiers that they stand
        in are written, where a programme keeps a lost one. Costs nothing where tiers go by facts alone.
        """
        counted = load_counted(
            connection, accounts, by_account, views_of(self.standing, self._day), money=self.money
        )
        made = {id_: known.get(id_, NOTHING)._replace(counted=told) for id_, told in counted.items()}
        known = {**known, **made} if made else known
        keys = {each.key for here in self.standing.values() for each in keeping(here)}
        if not keys:
            return known
        stood_in = load_standings(connection, accounts, keys)
        write_standings(
            connection, stood_in.rows, self._now(accounts, by_account, by_person, known, stood_in)
        )
        kept = {id_: known.get(id_, NOTHING)._replace(standings=rows) for id_, rows in stood_in.kept.items()}
        return {**known, **kept}

    def _now(
        self,
        accounts: Mapping[str, Sequence[Account]],
        by_account: AccountFacts,
        by_person: Facts,
        known: Mapping[str, Known],
        before: Stood,
    ) -> dict[str, dict[str, tuple[TierStanding, ...]]]:
        """By account and programme the rows as they are now, where they were worked out."""
        after: dict[str, dict[str, tuple[TierStanding, ...]]] = {}
        highest: dict[str, dict[str, Counting]] = {}
        held = {each.id: each for mine in accounts.values() for each in mine}
        for each in held.values():
            facts, best = facts_of(each, by_account, by_person), highest.setdefault(_whose(each), {})
            for key, counting in self._counted(each, facts, known.get(each.id, NOTHING)).items():
                rows = [row for row in before.rows.get(each.id, ()) if row.programme_key == key]
                after.setdefault(each.id, {})[key] = stood(counting, rows, each.scope)
                best[key] = max(best.get(key, counting), counting, key=attrgetter("total"))
        for id_, mine in before.rows.items():
            done = after.setdefault(id_, {})
            for key, counting in highest[_whose(held[before.heirs.get(id_, id_)])].items():
                if key not in done:
                    done[key] = passed(counting, [row for row in mine if row.programme_key == key])
        return after

    def _day(self, shop_id: int) -> tuple[date, ZoneInfo]:
        at = self.moment(shop_id)
        return at.today, at.zone

    def _counted(self, each: Account, facts: Sequence[Fact], known: Known) -> dict[str, Counting]:
        """By programme what is counted for an account, of those that keep a lost tier; without those that
        leave the account out, or lack a rate."""
        at, found = self.moment(each.shop_id), {}
        for stored in self.standing[each.shop_id]:
            rules, stated = stored.programme, stored.stated
            if not isinstance(rules, TierProgramme) or not isinstance(stated, ProofTierProgramme):
                continue
            if rules.downgrade == "at_once" or _is_left_out(stored, known):
                continue
            made = tally(stated, facts, known, at)
            if not made.no_rate:
                found[stored.key] = Counting(rules, made.total, at.now, at.zone)
        return found


def _whose(each: Account) -> str:
    """Whose purchases count for it."""
    return each.person_id if each.scope == "person" else each.id


def _is_left_out(stored: StoredProgramme, known: Known) -> bool:
    audience = stored.programme.audience
    return stored.key in known.held_out or (audience is not None and stored.key not in known.audiences)


def facts_of(each: Account, by_account: AccountFacts, by_person: Facts) -> tuple[Fact, ...]:
    """What counts for an account: the person's purchases, or its own."""
    if each.scope == "person":
        return by_person.get(each.person_id, ())
    return by_account.get(each.person_id, {}).get(each.id, ())
