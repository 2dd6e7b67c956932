"""What people do in a shop, which of it a filter for changes shows, and lives made of it.

A deed takes a number, by which it chooses on whom or what it is done; where there is nobody, it does
nothing. So any list of steps is a life, and a shorter one is one too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from regulars_agent import SyncReport, backfill, sync, verify
from woo_life import COFFEE, DRAFT, TEA, Key, Life

LIVE = ("pending", "on-hold", "processing", "completed", "refunded", "cancelled")
ROLES = ("customer", "subscriber", "wholesale", "shop_manager")
NAMES = ("Olena", "Iryna", "Taras", "Ann")


@dataclass(frozen=True)
class Done:
    """What a deed was done to: what the next increment shows of it, and what only a sweep does."""

    seen: frozenset[Key] = frozenset()
    unseen: frozenset[Key] = frozenset()


def place_order(life: Life, pick: int) -> Done:
    buyers = [0, *life.numbers("customer")]
    buyer = buyers[pick % len(buyers)]
    given = {"customer_id": buyer, "billing": {"email": f"buyer{pick}@example.com", "first_name": "Olena"}}
    number = life.shop.place_order(items=[(COFFEE, 1 + pick % 3)], status=LIVE[1 + pick % 3], **given)
    return Done(_orders(number), _customers(buyer))


def open_cart(life: Life, pick: int) -> Done:
    life.shop.place_order(items=[(TEA, 1)], status=DRAFT, billing={"email": f"cart{pick}@example.com"})
    return Done()


def finish_cart(life: Life, pick: int) -> Done:
    number = _chosen([one for one in life.numbers("order") if life.status(one) == DRAFT], pick)
    if number is None:
        return Done()
    life.shop.edit_order(number, status="processing")
    return Done(_orders(number))


def sweep_cart_away(life: Life, pick: int) -> Done:
    number = _chosen([one for one in life.numbers("order") if life.status(one) == DRAFT], pick)
    if number is not None:
        life.shop.delete_order(number)
    return Done()


def edit_order(life: Life, pick: int) -> Done:
    number = _standing(life, pick)
    if number is None:
        return Done()
    buyer = life.owner(number)
    life.shop.edit_order(number, status=LIVE[1 + pick % 3], customer_note=f"note {pick}")
    return Done(_with_refunds(life, number), _customers(buyer))


def save_order_unchanged(life: Life, pick: int) -> Done:
    number = _standing(life, pick)
    if number is None:
        return Done()
    life.shop.edit_order(number)
    return Done(_with_refunds(life, number))


def trash_order(life: Life, pick: int) -> Done:
    number = _standing(life, pick)
    if number is None:
        return Done()
    life.shop.trash_order(number)
    return Done(_with_refunds(life, number))


def restore_order(life: Life, pick: int) -> Done:
    number = _chosen([one for one in life.numbers("order") if life.status(one) == "trash"], pick)
    if number is None:
        return Done()
    buyer = life.owner(number)
    life.shop.restore_order(number, status=LIVE[1 + pick % 3])
    return Done(_with_refunds(life, number), _customers(buyer))


def delete_order(life: Life, pick: int) -> Done:
    """For good, out of the trash or past it."""
    number = _chosen([one for one in life.numbers("order") if life.status(one) != DRAFT], pick)
    if number is None:
        return Done()
    unseen = _with_refunds(life, number)
    life.shop.delete_order(number)
    return Done(unseen=unseen)


def refund(life: Life, pick: int) -> Done:
    number = _chosen([one for one in life.numbers("order") if life.status(one) in LIVE[2:4]], pick)
    if number is None or (pick % 2 and life.refunds_of(number)):
        return Done()
    try:
        life.shop.refund_order(number, 2_500 if pick % 3 else 10_000)
    except ValueError:  # more than is left
        return Done()
    return Done(_with_refunds(life, number))


def delete_refund(life: Life, pick: int) -> Done:
    number = _chosen(life.numbers("refund"), pick)
    if number is None:
        return Done()
    order = life.owner(number, "refund")
    life.shop.delete_refund(number)
    return Done(unseen=_orders(order) | {("refund", number)})


def register(life: Life, pick: int) -> Done:
    number = life.shop.register(f"new{_next(life)}@example.com", billing={"first_name": NAMES[pick % 4]})
    return Done(_customers(number))


def import_customer(life: Life, pick: int) -> Done:
    role = ROLES[pick % 4]
    number = life.shop.import_customer(
        f"import{_next(life)}@example.com", role=role, billing={"first_name": NAMES[pick % 4]}
    )
    return Done(_customers(number))


def change_role(life: Life, pick: int) -> Done:
    number = _chosen(life.numbers("customer"), pick)
    if number is not None:
        life.shop.change_role(number, ROLES[(pick + 1) % 4])
    return Done(unseen=_customers(number))


def edit_profile(life: Life, pick: int) -> Done:
    number = _chosen(life.numbers("customer"), pick)
    if number is not None:
        life.shop.edit_customer(
            number, first_name=NAMES[pick % 4], billing={"phone": f"+38067000000{pick % 10}"}
        )
    return Done(unseen=_customers(number))


def write_usermeta(life: Life, pick: int) -> Done:
    number = _chosen(life.numbers("customer"), pick)
    if number is not None:
        life.write_usermeta(number, str(pick))
    return Done(unseen=_customers(number))


def erase_customer(life: Life, pick: int) -> Done:
    return _leave(life, pick, life.shop.erase_customer)


def delete_customer(life: Life, pick: int) -> Done:
    return _leave(life, pick, life.shop.delete_customer)


def _leave(life: Life, pick: int, deed: Callable[[int], None]) -> Done:
    number = _chosen(life.numbers("customer"), pick)
    if number is None:
        return Done()
    theirs = [one for one in life.numbers("order") if life.owner(one) == number]
    deed(number)
    seen = frozenset(key for one in theirs for key in _with_refunds(life, one))
    return Done(seen, _customers(number))


def save_product(life: Life, pick: int) -> Done:
    number = (COFFEE, TEA)[pick % 2]
    life.rename_product(number, f"Coffee {pick}")
    return Done(frozenset({("product", number)}))


def write_review(life: Life, pick: int) -> Done:
    number = life.shop.write_review(COFFEE, email=f"person{pick % 4}@example.com", rating=pick % 6)
    return Done(frozenset({("review", number)}))


def moderate_review(life: Life, pick: int) -> Done:
    number = _chosen(life.numbers("review"), pick)
    if number is None:
        return Done()
    life.shop.moderate_review(number, ("hold", "approved", "spam", "trash")[pick % 4])
    return Done(unseen=frozenset({("review", number)}))


def delete_review(life: Life, pick: int) -> Done:
    number = _chosen(life.numbers("review"), pick)
    if number is None:
        return Done()
    life.shop.delete_review(number)
    return Done(unseen=frozenset({("review", number)}))


DEEDS: Mapping[str, Callable[[Life, int], Done]] = {
    deed.__name__: deed
    for deed in (
        *(place_order, open_cart, finish_cart, sweep_cart_away, edit_order, save_order_unchanged),
        *(trash_order, restore_order, delete_order, refund, delete_refund),
        *(register, import_customer, change_role, edit_profile, write_usermeta),
        *(erase_customer, delete_customer, save_product),
        *(write_review, moderate_review, delete_review),
    )
}


def _chosen(numbers: list[int], pick: int) -> int | None:
    return numbers[pick % len(numbers)] if numbers else None


def _standing(life: Life, pick: int) -> int | None:
    return _chosen([one for one in life.numbers("order") if life.status(one) in LIVE], pick)


def _orders(*numbers: int) -> frozenset[Key]:
    return frozenset(("order", number) for number in numbers)


def _customers(number: int | None) -> frozenset[Key]:
    return frozenset({("customer", number)}) if number else frozenset()


def _with_refunds(life: Life, order: int) -> frozenset[Key]:
    return _orders(order) | {("refund", number) for number in life.refunds_of(order)}


def _next(life: Life) -> int:
    return life.shop._core.customers.highest + 1


@dataclass(frozen=True)
class Deed:
    """Somebody does something."""

    name: str
    pick: int = 0


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: float


@dataclass(frozen=True)
class Sync:
    """An increment; ``meanwhile`` are deeds, each done before the request of so many."""

    meanwhile: tuple[tuple[int, Deed], ...] = ()


@dataclass(frozen=True)
class Verify:
    """A sweep."""


@dataclass(frozen=True)
class Backfill:
    """The owner reads the history once more, which was read."""


Step = Deed | Wait | Sync | Verify | Backfill


@dataclass
class Watch:
    """Goes with a life and checks it at every step. ``unseen`` is what only a sweep will show."""

    life: Life
    unseen: set[Key] = field(default_factory=set)
    new: set[Key] = field(default_factory=set)
    refunds: dict[int, set[Key]] = field(default_factory=dict)

    def go(self, steps: Iterable[Step]) -> None:
        """Live these steps, and a sweep at the end."""
        for step in (*steps, Sync(), Verify()):
            self.take(step)

    def take(self, step: Step) -> None:
        """One step."""
        if isinstance(step, Deed):
            self.do(step)
        elif isinstance(step, Wait):
            self.life.times.pass_(step.seconds)
        elif isinstance(step, Backfill):
            assert backfill(self.life.workspace, "tea").complete
        elif isinstance(step, Verify):
            self.verify()
        else:
            self.sync(step)

    def do(self, deed: Deed, *, sure: bool = True) -> None:
        """Do it, and note what of it the next increment must show. Unless it is ``sure`` that nobody reads
        meanwhile, a new customer may have been read before."""
        before = set(self.life.numbers("customer"))
        done = DEEDS[deed.name](self.life, deed.pick)
        if sure:
            self.new |= {("customer", one) for one in self.life.numbers("customer") if one not in before}
        self._note_refunds()
        orders = {number for kind, number in done.seen if kind == "order"}
        # An order that is read says which of its refunds there are.
        self.unseen -= done.seen.union(*(self.refunds.get(number, set()) for number in orders))
        self.unseen |= done.unseen - self.new

    def _note_refunds(self) -> None:
        for number in self.life.numbers("refund"):
            self.refunds.setdefault(self.life.owner(number, "refund"), set()).add(("refund", number))

    def sync(self, step: Sync = Sync()) -> SyncReport:
        """An increment. What a filter shows is in the store after it, if nothing happened meanwhile."""
        first = len(self.life.wire.seen)
        waiting = sorted(step.meanwhile, key=lambda one: one[0])
        if waiting:
            self.new.clear()

        def before(number: int) -> None:
            while waiting and number - first >= waiting[0][0]:
                self.do(waiting.pop(0)[1], sure=False)

        self.life.wire.before = before
        report = sync(self.life.workspace, "tea")
        self.life.wire.before = lambda _: None
        if not step.meanwhile:
            self.new.clear()
            assert not self.life.differences() - self.unseen, "an increment leaves out what a filter shows"
        for _, deed in waiting:
            self.do(deed)
        return report

    def verify(self) -> SyncReport:
        """A sweep. Everything is in the store after it, and its books balance."""
        report = verify(self.life.workspace, "tea")
        assert not self.life.differences(), "a sweep leaves something out"
        assert report.complete, report.balances
        self.unseen.clear()
        self.new.clear()
        return report
