"""The columns of the listing of customers, and how it is ordered by them."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from django.db.models import F, Max, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn

from wagtail_regulars._isolation import isolated
from wagtail_regulars._masking import masked_email, masked_phone
from wagtail_regulars._moments import showable
from wagtail_regulars._wording import OWN_PURCHASES, SCOPES, discount, money
from wagtail_regulars.mirror.models import Offer, Person, PersonFact, Shop

NAME, NET, ORDERS, LAST_ORDER = "name", "net", "orders", "last_order"
DEFAULT_ORDERING = f"-{LAST_ORDER}"


def customers() -> QuerySet[Any]:
    """Customers with what the columns show of them: two queries a page beside their own."""
    # Without the proofs: they are long, and one that cannot be read would close the whole list.
    offers = Offer.objects.defer("proof").select_related("shop").order_by("shop_id", "pk")
    facts = PersonFact.objects.order_by("-net", "currency")
    return Person.objects.prefetch_related(
        Prefetch("personfact_set", facts, to_attr="facts"), Prefetch("offer_set", offers, to_attr="offers")
    )


def columns(*, contacts: bool, url_of: Callable[[Any], str | None]) -> Sequence[Column]:
    """The listing's columns; without ``contacts``, e-mails and phones are masked."""
    email = _email if contacts else _email_masked
    phone = _phone if contacts else _phone_masked
    return [
        TitleColumn(NAME, label=_("Name"), accessor=_name, get_url=url_of, sort_key=NAME),
        Column("email", label=_("E-mail"), accessor=email),
        Column("phone", label=_("Phone"), accessor=phone),
        Column(NET, label=_("Net spend"), accessor=_net, sort_key=NET),
        Column(ORDERS, label=_("Orders"), accessor=_orders, sort_key=ORDERS),
        DateColumn(LAST_ORDER, label=_("Last order"), accessor=_last_order, sort_key=LAST_ORDER),
        Column("offer", label=_("Offer"), accessor=_offer),
    ]


def ordered(found: QuerySet[Any], ordering: str) -> QuerySet[Any]:
    """Customers in the order of a column, ``-`` before it for descending; those without a value last."""
    key = ordering.removeprefix("-")
    if key == NAME:
        column = F("name_folded")
    else:
        # Only what is ordered by is computed for everybody; the page's own figures come with the page.
        found = found.annotate(ordered_by=_computed(key))
        column = F("ordered_by")
    chosen = column.desc(nulls_last=True) if ordering.startswith("-") else column.asc(nulls_last=True)
    return found.order_by(chosen, "pk")


def _computed(key: str) -> Subquery:
    facts = PersonFact.objects.filter(person=OuterRef("pk"))
    if key == NET:
        # Sums in different currencies have no order; the shops' main one decides.
        return Subquery(facts.filter(currency=_main_currency()).values("net")[:1])
    summed = {ORDERS: Sum("orders"), LAST_ORDER: Max("last_order_at")}[key]
    return Subquery(facts.values("person").annotate(computed=summed).values("computed"))


def _main_currency() -> str:
    """The currency of most shops; of the first one among equals."""
    currencies = list(Shop.objects.filter(removed_at=None).order_by("id").values_list("currency", flat=True))
    known = [currency for currency in currencies if currency]
    return max(known, key=known.count, default="")


def _name(person: Any) -> str:
    return isolated(str(person))


def _email(person: Any) -> str:
    return isolated(person.email)


def _email_masked(person: Any) -> str:
    return isolated(masked_email(person.email))


def _phone(person: Any) -> str:
    return isolated(person.phone)


def _phone_masked(person: Any) -> str:
    return isolated(masked_phone(person.phone))


def _net(person: Any) -> str:
    return ", ".join(money(fact.net, fact.currency) for fact in person.facts)


def _orders(person: Any) -> int:
    return sum(fact.orders for fact in person.facts)


def _last_order(person: Any) -> Any:
    return showable(max((fact.last_order_at for fact in person.facts if fact.last_order_at), default=None))


def _offer(person: Any) -> str:
    """``7 %`` or ``100.00 ₴`` where every shop gives the same, else each shop's; of several accounts in one,
    the highest.

    Where that is not earned by all that the net spend tells of, it says so.
    """
    offered = [offer for offer in person.offers if (offer.percent or offer.amount) and not offer.held]
    given = {
        shop: _highest(offers, accounts=person.accounts)
        for shop, offers in groupby(offered, key=lambda offer: offer.shop.name)
    }
    if not given:
        return translated("held back") if any(offer.held for offer in person.offers) else ""
    if len(set(given.values())) == 1:
        return next(iter(given.values()))
    return format_html_join(", ", "{}: {}", ((isolated(shop), value) for shop, value in given.items()))


def _highest(offers: Iterable[Any], *, accounts: int) -> str:
    # Of two equal ones, that for everything bought.
    best = max(offers, key=lambda offer: (offer.percent, offer.amount or 0, offer.scope not in SCOPES))
    said = discount(vars(best))
    if accounts == 1 or best.scope not in SCOPES:
        return said
    mark = '{} <small title="{}">{}</small>'
    return format_html(mark, said, SCOPES[best.scope], OWN_PURCHASES)
