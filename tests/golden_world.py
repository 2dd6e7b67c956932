"""A town in which every kind of programme has a shop of its own, so that each is told apart by its shop."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from purchases import World
from regulars_marketing import Proof, parse_programme, verify_proof
from regulars_store import Store, tables

ZONE = "Europe/Kyiv"
LADDER: Mapping[str, Any] = {
    "currency": "UAH",
    "tiers": [
        {"threshold": "5000.00", "percent": "5", "level": "Bronze"},
        {"threshold": "10000.00", "percent": "7", "level": "Silver"},
    ],
}
DEFINITIONS: Mapping[str, Mapping[str, Any]] = {
    "tier": LADDER,
    "never": {**LADDER, "kind": "tier", "downgrade": "never"},
    "year": {**LADDER, "kind": "tier", "counts": "year"},
    "kept": {**LADDER, "kind": "tier", "counts": "year", "downgrade": "after", "keeps_days": 1},
    "dealers": {**LADDER, "kind": "wholesale"},
    "large": {**LADDER, "kind": "wholesale", "counts": "largest_order"},
    "welcome": {"percent": "4"},
    "birthday": {"percent": "10", "before": 0, "after": 0},
    "winback": {"percent": "15", "times": 1, "least_days": 1},
    "seasonal": {"percent": "8", "level": "Season"},
    "personal": {"percent": "20", "why": "A late parcel", "valid_until": "2030-12-31T23:59:00+02:00"},
}
"""By the name of its shop each programme; one without a kind is of the kind that its shop is called."""


class Golden(World):
    """The town. Its shops check e-mails, sell in hryvnias, and count days of Kyiv."""

    def __init__(self, store: Store, kinds: Iterable[str], **changes: Mapping[str, Any]) -> None:
        super().__init__(store, checks_emails=True)
        self.kinds = tuple(kinds)
        self.changes = changes
        for number, kind in enumerate(self.kinds, 1):
            self.shop(number, kind)
            self.change(tables.shop, number, zone=ZONE)
            if kind != "personal":
                self.enable(kind)

    def enable(self, kind: str, **changes: Any) -> None:
        """The programme of a shop is on, or becomes its next version."""
        base = {"kind": kind, "key": kind, "title": kind.title(), "shops": [kind]}
        made = {**base, **DEFINITIONS[kind], **self.changes.get(kind, {}), **changes}
        self.programme(parse_programme(made))

    def settle(self, person: str, **record: Any) -> dict[str, str]:
        """A person with an account in every shop, by its name."""
        self.person(person, **record)
        return {kind: self.account(person, shop=number) for number, kind in enumerate(self.kinds, 1)}

    def given(self, *persons: str, now: datetime) -> dict[str, str]:
        """What each person is given once all are computed, by shop: "birthday=10 tier=5+5", with a number for
        each of the person's accounts there that is given anything. Every proof holds."""
        self.compute(*persons, now=now)
        found: dict[str, dict[str, list[float]]] = {person: {} for person in persons}
        for row in self.offers().values():
            proof = Proof.model_validate(row.proof)
            assert verify_proof(proof) == []
            assert (row.percent, row.valid_until) == (proof.percent, proof.programme.valid_until)
            if row.percent and row.person_id in found:
                kind = self.kinds[row.shop_id - 1]
                found[row.person_id].setdefault(kind, []).append(row.percent / 100)
        return {
            person: " ".join(
                f"{kind}=" + "+".join(f"{each:g}" for each in sorted(percents))
                for kind, percents in sorted(kinds.items())
            )
            for person, kinds in found.items()
        }

    def ends(self, person: str) -> dict[str, datetime | None]:
        """By shop when what the person is given there ends."""
        mine = (row for row in self.offers().values() if row.person_id == person and row.percent)
        return {self.kinds[row.shop_id - 1]: row.valid_until for row in mine}
