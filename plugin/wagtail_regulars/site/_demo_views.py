"""The demo's storefront: a page with goods, on which one logs in as one of its people and buys."""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import login as log_in
from django.contrib.auth import logout as log_out
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from regulars_mapping import RegularsError, to_minor
from regulars_marketing import LANGUAGES
from regulars_marketing import amount as written_amount
from wagtail_regulars.mirror.models import Shop
from wagtail_regulars.site._demo_people import DemoShopper, demo_shoppers, shopper_of, user_playing
from wagtail_regulars.site._demo_shop import DemoShop, demo_shop, place_order

MOST = Decimal(100_000)
_AMOUNT = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,2})?")
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_OWN_NAMES = {"en": "English", "uk": "Українська", "ru": "Русский", "de": "Deutsch"}
_CURRENCY = "UAH"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Good:
    """Something on the shelf; ``picture`` names its drawing."""

    name: str
    about: str
    amount: int
    picture: str

    @property
    def price(self) -> str:
        """As the page writes it."""
        return _money(Decimal(self.amount), _CURRENCY)


GOODS: Sequence[Good] = (
    Good("House coffee", "Whole beans, 1 kg", 900, "beans"),
    Good("Tea for two", "Pot and two cups", 2_500, "pot"),
    Good("Pour-over set", "Dripper, server, filters", 5_000, "dripper"),
    Good("Espresso machine", "Steam wand, 15 bar", 12_000, "machine"),
)


@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The storefront, for whoever is logged in on it. ``?language=`` is that of the offer."""
    shopper = shopper_of(request.user)
    wanted = request.GET.get("language", "")
    language = wanted if wanted in LANGUAGES else "en"
    context = {
        "shopper": shopper,
        "people": demo_shoppers(),
        "goods": GOODS,
        "may_buy": shopper is not None and _till_of(shopper) is not None,
        "language": language,
        "languages": [(tag, _OWN_NAMES.get(tag, tag)) for tag in LANGUAGES],
    }
    return render(request, "wagtail_regulars/demo/shop.html", context)


@never_cache
@require_POST
def login(request: HttpRequest) -> HttpResponse:
    """Log in as the person whose key the field ``shopper`` carries; nobody else can be logged in here."""
    user = user_playing(request.POST.get("shopper", ""))
    if user is None:
        raise Http404("There is no such person in this demo.")
    log_in(request, user, backend=_BACKEND)
    return redirect("regulars_demo")


@never_cache
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Log out who plays a person here; anybody else stays logged in."""
    if shopper_of(request.user) is not None:
        log_out(request)
    return redirect("regulars_demo")


@never_cache
@require_POST
def buy(request: HttpRequest) -> HttpResponse:
    """An order over the field ``amount`` in the sandbox shop, by whoever is logged in; the page says more."""
    shopper = shopper_of(request.user)
    till = _till_of(shopper) if shopper is not None else None
    if shopper is None or till is None:
        messages.error(request, "Log in as somebody of the sandbox shop to buy here.")
        return redirect("regulars_demo")
    amount = _amount(request.POST.get("amount", ""))
    if amount is None:
        messages.error(request, f"Buy for more than nothing and at most {_money(MOST, _CURRENCY)}.")
        return redirect("regulars_demo")
    try:
        placed = place_order(till, account=shopper.account, amount=amount)
    except RegularsError as error:
        _log.warning("the demo's order was not placed: %s", error)
        messages.error(request, f"Nothing was bought. {error}")
    else:
        told = f"Order {placed.number} over {_money(placed.total, placed.currency)} is placed."
        messages.success(request, f"{told} Your discount follows with the agent's next round.")
    return redirect("regulars_demo")


def _till_of(shopper: DemoShopper) -> DemoShop | None:
    """The till of this person's shop, None where that is not the sandbox shop that sells here."""
    till = demo_shop(os.environ)
    if till is None:
        return None
    here = Shop.objects.filter(name=shopper.shop, platform="woocommerce", removed_at=None).first()
    return till if here is not None and urlsplit(here.url).netloc == urlsplit(till.url).netloc else None


def _amount(text: str) -> Decimal | None:
    """The amount that was typed, None for what is none or too much."""
    if not _AMOUNT.fullmatch(text.strip()):
        return None
    amount = Decimal(text.strip().replace(",", "."))
    return amount if 0 < amount <= MOST else None


def _money(amount: Decimal, currency: str) -> str:
    return written_amount(to_minor(amount, currency), currency, "en")
