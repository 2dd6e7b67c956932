"""Programmes as proofs state them."""

from decimal import Decimal
from typing import Any

from regulars_marketing._birthday_programme import BirthdayProgramme
from regulars_marketing._gift_definition import GiftDefinition
from regulars_marketing._goods_words import GoodsWords
from regulars_marketing._personal_programme import PersonalProgramme
from regulars_marketing._programme import Programme
from regulars_marketing._proof import (
    ProofBirthday,
    ProofGoods,
    ProofPersonal,
    ProofProgramme,
    ProofSeasonal,
    ProofTier,
    ProofTierProgramme,
    ProofWelcomeProgramme,
    ProofWholesale,
    ProofWinback,
)
from regulars_marketing._seasonal_programme import SeasonalProgramme
from regulars_marketing._segment_dates import day_number
from regulars_marketing._tier_programme import LadderDefinition, Tier, TierProgramme
from regulars_marketing._welcome_programme import WelcomeProgramme
from regulars_marketing._wholesale_programme import WholesaleProgramme
from regulars_marketing._winback_programme import WinbackProgramme


def stated_programme(rules: Programme, version: int) -> ProofProgramme:
    """The programme of this version as proofs state it; one of certain days without zone and end of those."""
    match rules:
        case TierProgramme():
            return ProofTierProgramme(
                kind=rules.kind,
                **_ladder(rules, version),
                counts=rules.counts,
                downgrade=rules.downgrade,
                keeps_days=rules.keeps_days,
                until=rules.valid_until,
            )
        case WholesaleProgramme():
            return ProofWholesale(kind=rules.kind, counts=rules.counts, **_ladder(rules, version))
        case WelcomeProgramme():
            return _welcome(rules, version)
        case _:
            return _stated_gift(rules, version)


def _stated_gift(
    rules: BirthdayProgramme | WinbackProgramme | SeasonalProgramme | PersonalProgramme, version: int
) -> ProofProgramme:
    common = _gift(rules, version)
    match rules:
        case BirthdayProgramme():
            return ProofBirthday(**common, before=rules.before, after=rules.after)
        case WinbackProgramme():
            return ProofWinback(
                **common,
                times=_hundredths(rules.times),
                least_days=rules.least_days,
                fallback_days=rules.fallback_days,
                days=rules.days,
            )
        case SeasonalProgramme():
            first, last = day_number(rules.first_day), day_number(rules.last_day)
            return ProofSeasonal(**common, first_day=first, last_day=last)
        case _:
            return ProofPersonal(**common, why=rules.why)


def _ladder(rules: LadderDefinition, version: int) -> dict[str, Any]:
    return {
        "key": rules.key,
        "version": version,
        "currency": rules.currency,
        "tiers": tuple(_tier(tier) for tier in rules.tiers),
        "goods": _goods(rules.goods),
        "minimum": rules.minimum,
        "orders": rules.orders,
        "valid_until": rules.valid_until,
    }


def _welcome(rules: WelcomeProgramme, version: int) -> ProofWelcomeProgramme:
    return ProofWelcomeProgramme(
        kind=rules.kind,
        key=rules.key,
        version=version,
        currency=rules.currency,
        percent=_hundredths(rules.percent),
        amount=rules.amount or 0,
        level=rules.level,
        goods=_goods(rules.goods),
        minimum=rules.minimum,
        orders=1,
        valid_until=rules.valid_until,
    )


def _gift(rules: GiftDefinition, version: int) -> dict[str, Any]:
    return {
        "key": rules.key,
        "version": version,
        "currency": rules.currency,
        "percent": _hundredths(rules.percent),
        "amount": rules.amount or 0,
        "level": rules.level,
        "goods": _goods(rules.goods),
        "minimum": rules.minimum,
        "orders": rules.orders,
        "zone": "",
        "until": rules.valid_until,
        "valid_until": rules.valid_until,
    }


def _tier(tier: Tier) -> ProofTier:
    return ProofTier(
        threshold=tier.threshold,
        percent=_hundredths(tier.percent),
        amount=tier.amount or 0,
        level=tier.level,
    )


def _hundredths(percent: Decimal | None) -> int:
    return int((percent or 0) * 100)


def _goods(words: GoodsWords | None) -> ProofGoods | None:
    return None if words is None else ProofGoods(**words.model_dump())
