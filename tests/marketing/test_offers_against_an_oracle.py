"""Offers of small drawn worlds against a second working out of them, account by account, in plain Python."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from purchases import NOW, World, welcome
from regulars_mapping import anchor_of
from regulars_marketing import Computed, Proof, disable_programme, sentence, verify_proof
from regulars_store import Store, tables

SHOPS = {1: "tea", 2: "coffee", 3: "cake"}
PERSONS = ("ann", "bob", "cleo")
LADDER = ((20_000_00, 1000, "Gold"), (10_000_00, 700, "Silver"), (5_000_00, 500, "Bronze"))


@dataclass
class Customer:
    person: str
    shop: int
    registered: bool
    verified: bool | None
    since: int | None
    gone: bool = False
    id: str = ""


@dataclass(frozen=True)
class Purchase:
    by: int
    currency: str
    goods: int
    refund: int
    bought: bool


@dataclass(frozen=True)
class Gift:
    to: int
    days: int
    state: str


@dataclass
class Scene:
    customers: list[Customer]
    purchases: list[Purchase]
    gifts: list[Gift]
    checking: set[int]
    connected: set[int]
    tiers_on: bool
    welcome_on: bool
    welcome_percent: int
    welcome_shops: set[int]

    def net(self, among: list[int]) -> dict[str, int]:
        """What these customers' orders come to by currency; a currency stays with nothing left of it."""
        found: dict[str, int] = {}
        for each in self.purchases:
            if each.bought and each.by in among and not self.customers[each.by].gone:
                found[each.currency] = found.get(each.currency, 0) + each.goods - min(each.goods, each.refund)
        return found

    def mates(self, one: int) -> list[int]:
        person = self.customers[one].person
        return [at for at, each in enumerate(self.customers) if each.person == person and not each.gone]

    def offered(self, one: int) -> bool:
        me = self.customers[one]
        if me.gone or me.shop not in self.connected:
            return False
        here = [self.customers[at] for at in self.mates(one) if self.customers[at].shop == me.shop]
        if me.registered or any(each.registered for each in here):
            return me.registered
        return me.id == min(each.id for each in here)

    def owned(self, one: int) -> bool:
        me = self.customers[one]
        return me.verified is True or me.shop in self.checking

    def greeted(self, one: int) -> bool:
        if not self.welcome_on or self.net(self.mates(one)):
            return False
        could = [
            at
            for at in self.mates(one)
            if self.customers[at].registered
            and self.owned(at)
            and self.customers[at].shop in self.connected & self.welcome_shops
        ]
        held = [gift for gift in self.gifts if gift.to in could and gift.state in {"planned", "given"}]
        if held:
            return max(held, key=lambda gift: gift.days).to == one
        if any(self.customers[at].since is not None for at in could):
            could = [at for at in could if self.customers[at].since is not None]
        first = min((self.customers[at].since or 0 for at in could), default=0)
        could = [at for at in could if (self.customers[at].since or 0) == first]
        return bool(could) and min(could, key=lambda at: anchor_of(self.customers[at].id)) == one

    def expected(self) -> dict[str, tuple[Any, ...]]:
        """By account: person, scope, key, percent, level, held, and what was counted."""
        found = {}
        for at, me in enumerate(self.customers):
            owned = self.owned(at)
            scope = "person" if owned else "account"
            spent = self.net(self.mates(at) if owned else [at])
            made = [
                *([("regulars", *_tier(spent))] if self.tiers_on else []),
                *([("welcome", self.welcome_percent * 100, "Welcome", False, 0)] if self.greeted(at) else []),
            ]
            if self.offered(at) and made:
                key, percent, level, held, counted = max(made, key=lambda each: (each[1], each[0] < "s"))
                found[me.id] = (me.person, scope, key, percent, level, held, counted)
        return found


def _tier(spent: dict[str, int]) -> tuple[int, str, bool, int]:
    counted = spent.get("UAH", 0)
    if any(net for currency, net in spent.items() if currency != "UAH"):
        return 0, "", True, counted
    for threshold, percent, level in LADDER:
        if counted >= threshold:
            return percent, level, False, counted
    return 0, "", False, counted


def _customers() -> st.SearchStrategy[Customer]:
    return st.builds(
        Customer,
        person=st.sampled_from(PERSONS),
        shop=st.sampled_from(list(SHOPS)),
        registered=st.sampled_from([True, True, False]),
        verified=st.sampled_from([None, None, True, False]),
        since=st.none() | st.integers(0, 3),
    )


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    customers = draw(st.lists(_customers(), min_size=1, max_size=7))
    which = st.integers(0, len(customers) - 1)
    purchase = st.builds(
        Purchase,
        by=which,
        currency=st.sampled_from(["UAH", "UAH", "UAH", "EUR"]),
        goods=st.sampled_from([1, 2_500_00, 5_000_00, 9_999_99, 20_000_00]),
        refund=st.sampled_from([0, 0, 1, 5_000_00, 99_000_00]),
        bought=st.sampled_from([True, True, False]),
    )
    gift = st.builds(
        Gift, to=which, days=st.integers(1, 99), state=st.sampled_from(["planned", "given", "withdrawn"])
    )
    shops = st.sets(st.sampled_from(list(SHOPS)))
    return Scene(
        customers=customers,
        purchases=draw(st.lists(purchase, max_size=5)),
        gifts=draw(st.lists(gift, max_size=3, unique_by=lambda each: each.days)),
        checking=draw(shops),
        connected=draw(shops) | {1},
        tiers_on=draw(st.booleans()),
        welcome_on=draw(st.booleans()),
        welcome_percent=draw(st.sampled_from([3, 5, 8])),
        welcome_shops=draw(shops) | {2},
    )


def built(store: Store, scene: Scene) -> World:
    """The scene in an emptied store."""
    with store.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(delete(table))
    world = World(store)
    for shop_id, name in SHOPS.items():
        world.shop(shop_id, name)
    told(world, scene)
    for each in scene.customers:
        since = None if each.since is None else NOW - timedelta(days=100 - each.since)
        fields = {"registered": each.registered, "email_verified": each.verified, "registered_at": since}
        each.id = world.account(each.person, shop=each.shop, **fields)
    for bought in scene.purchases:
        by = scene.customers[bought.by].id
        order = world.order(by, bought.goods, currency=bought.currency, bought=bought.bought)
        if bought.refund:
            world.refund(order, bought.refund)
    for gift in scene.gifts:
        world.grant(scene.customers[gift.to].id, state=gift.state, days=gift.days)
    _rules(world, scene)
    return world


def told(world: World, scene: Scene) -> None:
    """Which shops check e-mails and which are connected."""
    with world.store.write() as connection:
        for shop_id in SHOPS:
            values: dict[str, Any] = {
                "options": {"checks_emails": "yes" if shop_id in scene.checking else "no"},
                "removed_at": None if shop_id in scene.connected else NOW,
            }
            connection.execute(update(tables.shop).where(tables.shop.c.id == shop_id).values(values))


def _rules(world: World, scene: Scene) -> None:
    given = [SHOPS[shop_id] for shop_id in sorted(scene.welcome_shops)]
    world.programme()
    world.programme(welcome(percent=scene.welcome_percent, shops=given))
    for key, on in (("regulars", scene.tiers_on), ("welcome", scene.welcome_on)):
        if not on:
            with world.store.write() as connection:
                disable_programme(connection, key, who="owner", now=NOW)


def found(world: World) -> dict[str, tuple[Any, ...]]:
    """The stored offers as `Scene.expected` tells them; their proofs hold and say their scope."""
    rows = {}
    for key, row in world.offers().items():
        proof = Proof.model_validate(row.proof)
        assert verify_proof(proof) == []
        assert (proof.scope, proof.percent, proof.programme.key) == (
            row.scope,
            row.percent,
            row.programme_key,
        )
        kept = (row.programme_key, row.percent, row.level, row.held is not None, proof.counted)
        rows[key] = (row.person_id, row.scope, *kept)
    return rows


def shown(row: Any) -> tuple[Any, ...]:
    proof = Proof.model_validate(row.proof)
    return row.person_id, row.percent, row.level, row.valid_until, sentence(proof), proof.next_step


def test_offers_are_what_a_plain_working_out_gives(sqlite_store: Store) -> None:
    @settings(max_examples=50)
    @given(scenes())
    def agree(scene: Scene) -> None:
        world = built(sqlite_store, scene)
        world.compute(*PERSONS)
        assert found(world) == scene.expected()
        welcomed = [row[0] for row in found(world).values() if row[2] == "welcome"]
        assert len(welcomed) == len(set(welcomed))

    agree()


@st.composite
def changes(draw: st.DrawFn) -> tuple[Scene, dict[int, str], set[int], set[int], list[str]]:
    """A scene, who moves to which person, who goes, which shops check e-mails then, and who comes first."""
    scene = draw(scenes())
    which = st.integers(0, len(scene.customers) - 1)
    moves = draw(st.dictionaries(which, st.sampled_from(PERSONS), max_size=3))
    gone, checking = draw(st.sets(which, max_size=1)), draw(st.sets(st.sampled_from(list(SHOPS))))
    return scene, moves, gone, checking, draw(st.permutations(PERSONS))


def test_offers_follow_changes_of_persons_accounts_and_shops_in_any_order(sqlite_store: Store) -> None:
    @settings(max_examples=50)
    @given(changes())
    def agree(drawn: tuple[Scene, dict[int, str], set[int], set[int], list[str]]) -> None:
        scene, moves, gone, checking, order = drawn
        world = built(sqlite_store, scene)
        world.compute(*PERSONS)
        before = world.offers()
        scene.checking = checking
        told(world, scene)
        for at, person in moves.items():
            scene.customers[at].person = person
        for at in gone:
            scene.customers[at].gone = True
        for each in scene.customers:
            world.change(tables.account, each.id, person_id=each.person, gone=each.gone)
        world.clean()
        for person in order:
            world.compute(person)
        same_but_for_kept(before, world.offers(), found(world), scene.expected())
        heard(world, before, world.offers())
        world.clean()
        again = world.compute(*PERSONS)
        assert (again.facts_changed, again.offers_changed) == (0, 0)
        assert again == Computed(persons=len(PERSONS), held=again.held)

    agree()


def same_but_for_kept(
    before: dict[str, Any], after: dict[str, Any], got: dict[str, Any], due: dict[str, Any]
) -> None:
    """All are as expected, but those held may have kept what was theirs: never what others earned."""
    assert got.keys() == due.keys()
    for key, row in due.items():
        held, percent = row[5], after[key].percent
        if not (held and percent):
            assert got[key] == row
            continue
        assert (percent, after[key].proof) == (before[key].percent, before[key].proof)
        assert after[key].person_id == row[0]
        if after[key].scope == "person":
            assert (row[1], before[key].person_id) == ("person", row[0])


def heard(world: World, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whoever has another offer than before is marked in that shop; so is who lost one."""
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old and new and shown(old) == shown(new):
            continue
        shop = (new or old).shop_id
        assert (new or old).person_id in world.dirty(shop)
