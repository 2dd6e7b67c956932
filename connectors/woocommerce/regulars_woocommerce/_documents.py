"""What Regulars owns of a coupon and of a customer's labels, in canonical form; the ways to give an offer.

Canonical means: as the shop gives it back. It lower-cases codes and addresses, prints amounts with two
decimals, and keeps an expiry that is read again as UTC.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import ceil
from types import MappingProxyType
from typing import Any, Final

from regulars_connectors import AccountOffer, CouponTerms, Document, Found, Mechanism, Target, TargetDocument
from regulars_mapping import MisconfiguredError, Money, RegularsError, to_minor
from regulars_woocommerce import _labels, _terms
from regulars_woocommerce._client import PAGE_SIZE, Item, id_of, is_number
from regulars_woocommerce._times import parsed, printed

COUPON: Final = "coupon"
_WHOLE: Final = 100
LABEL: Final = "label"
COMPANION: Final = "companion-plugin"
"""The capability of a shop that has our plug-in."""
COMPANION_TERMS: Final = "companion-terms"
"""The capability of a shop whose plug-in knows more than percentages on everything."""
HIDDEN_LABELS: Final = "labels-hidden"
"""The capability of a shop that shows our key no labels: what cannot be read back is not written."""
MARK_KEY: Final = "_regulars"
PERCENT: Final = "percent"
SUM: Final = "fixed_cart"
# What a coupon of ours is bound to besides its person, and how the shop is told that it is bound to nothing.
# A document holds only those that bind: most shops show eight empty ones.
SCOPE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "product_ids": [],
        "excluded_product_ids": [],
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "free_shipping": False,
        "minimum_amount": "0.00",
        "maximum_amount": "0.00",
        "limit_usage_to_x_items": 0,
    }
)
LABELS_HIDDEN: Final = (
    "The shop does not show customers' metadata to this key, so labels cannot be kept: that takes the key of "
    "an administrator. Give it one (regulars shop rotate), or do without labels (regulars shop check)"
)
_DESCRIPTION: Final = "Personal discount, kept by Regulars"
# The shop drops an address that WordPress finds wrong, and a coupon without one serves everybody. WordPress
# allows an asterisk in an account's address; in a coupon it stands for every address of that domain.
_EMAIL: Final = re.compile(
    r"(?=.{6,100}\Z)[a-z0-9!#$%&'+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
)


class LabelMechanism:
    """Labels that our companion plug-in in the shop turns into an automatic discount; ``terms`` says whether
    it knows sums, goods and smallest orders."""

    def __init__(self, currency: str, *, terms: bool) -> None:
        self._currency, self._terms = currency, terms
        self.name = "companion with terms" if terms else "companion"

    why = "the plug-in in the shop reads the customer's label, and no coupon is needed"

    def serves(self, offer: AccountOffer) -> bool:
        """A label needs an account to stand on, and nobody counts how often it is used."""
        said = self._terms or not _terms.has_terms(offer)
        return offer.registered and offer.orders is None and said and _terms.keeps(offer, self._currency)

    def documents(self, offer: AccountOffer) -> Sequence[TargetDocument]:
        """The account's label; a code has no use there."""
        return [_label(offer, code="")]

    def calls(self, documents: Mapping[str, int]) -> int:
        """A hundred labels a call."""
        return _batches(documents)


class CouponMechanism:
    """A personal coupon for the account's address, and labels that show it where we can read labels back."""

    def __init__(self, currency: str, *, labels: bool) -> None:
        self._currency, self._labels = currency, labels
        self.name = "coupons" if labels else "coupons without labels"

    why = "a coupon of its own is bound to its person, and the shop counts how often it is used"

    def serves(self, offer: AccountOffer) -> bool:
        """A coupon needs an address that the shop will not drop, and goods that it can be held to."""
        kept = _terms.keeps(offer, self._currency) and _terms.fits_coupon(offer)
        return offer.registered and kept and is_address(offer.email)

    def documents(self, offer: AccountOffer) -> Sequence[TargetDocument]:
        """The account's coupon and its label."""
        code = offer.code.lower()
        coupon = TargetDocument(Target(COUPON, code), _coupon(offer, code))
        return [coupon, _label(offer, code=code)] if self._labels else [coupon]

    def calls(self, documents: Mapping[str, int]) -> int:
        """A hundred documents of one kind a call."""
        return _batches(documents)


def mechanisms(capabilities: frozenset[str], *, currency: str) -> Sequence[Mechanism]:
    """The ways into a shop of these capabilities and this currency (empty: not known), cheapest first."""
    if HIDDEN_LABELS in capabilities:
        return [CouponMechanism(currency, labels=False)]
    coupons = CouponMechanism(currency, labels=True)
    if COMPANION not in capabilities:
        return [coupons]
    return [LabelMechanism(currency, terms=COMPANION_TERMS in capabilities), coupons]


def _batches(documents: Mapping[str, int]) -> int:
    return sum(ceil(number / PAGE_SIZE) for number in documents.values())


def is_address(email: str) -> bool:
    """Whether the shop will keep this address in a coupon."""
    return _EMAIL.fullmatch(email.strip().lower()) is not None


def _label(offer: AccountOffer, *, code: str) -> TargetDocument:
    terms = _terms.terms(offer)
    texts = {
        _labels.LEVEL: offer.level,
        _labels.DISCOUNT: "" if terms else _terms.printed_percent(offer.percent),
        _labels.SENTENCE: offer.sentence,
        _labels.NEXT_STEP: offer.next_step,
        _labels.CODE: code,
        _labels.VALID_UNTIL: _end(offer),
        _labels.TERMS: terms,
    }
    return TargetDocument(
        Target(LABEL, offer.account), {key: text.strip() for key, text in texts.items() if text.strip()}
    )


def _end(offer: AccountOffer) -> str:
    return f"{printed(offer.valid_until)}Z" if offer.valid_until else ""


def _coupon(offer: AccountOffer, code: str) -> Document:
    orders = offer.orders or 0
    return {
        "code": code,
        **_worth(offer),
        "email_restrictions": [offer.email.strip().lower()],
        "individual_use": True,
        "date_expires": _end(offer),
        "description": _DESCRIPTION,
        "usage_limit": orders,
        "usage_limit_per_user": orders,
        "mark": offer.account,
        **_terms.scope(offer),
    }


def _worth(offer: AccountOffer) -> Document:
    if offer.amount is None:
        return {"discount_type": PERCENT, "amount": _terms.printed_percent(offer.percent)}
    return {"discount_type": SUM, "amount": _terms.printed_sum(offer.amount)}


def coupon_body(document: Document) -> Item:
    """What to send so that a new coupon reads as ``document``; of one that is there, so many of its fields.

    ``date_expires_gmt`` is not sent: the shop ignores it, and the coupon would never end. An empty
    ``date_expires`` and a limit of 0 clear; null would leave the old one.
    """
    body = {key: value for key, value in document.items() if key != "mark"}
    if "mark" not in document:
        return body
    return {**body, "meta_data": [{"key": MARK_KEY, "value": document["mark"]}]}


def coupon_change(document: Document, before: Document | None) -> Item:
    """What to send so that a coupon that is there reads as ``document``: what differs, where it is known how
    it reads now, else everything. What binds it and shall not is cleared."""
    wanted: Document = {**SCOPE, **document}
    there: Document = {} if before is None else {**SCOPE, **before}
    return coupon_body({key: value for key, value in wanted.items() if value != there.get(key)})


def coupon_document(item: Item) -> Document:
    """A coupon of the shop as a document: only what Regulars owns."""
    expires = parsed(item.get("date_expires_gmt"))
    return {
        "code": _text(item, "code"),
        "discount_type": _text(item, "discount_type"),
        "amount": _text(item, "amount"),
        "email_restrictions": _restrictions(item.get("email_restrictions")),
        "individual_use": item.get("individual_use") is True,
        "date_expires": f"{printed(expires)}Z" if expires else "",
        "description": _text(item, "description"),
        "usage_limit": _limit(item.get("usage_limit")),
        "usage_limit_per_user": _limit(item.get("usage_limit_per_user")),
        "mark": _mark(item.get("meta_data")),
        **_scope(item),
    }


def coupon_terms(document: Document, *, currency: str) -> CouponTerms:
    """What a coupon gives, ours or a stranger's."""
    kind, expires = document["discount_type"], str(document["date_expires"]).removesuffix("Z")
    ends = parsed(expires) if expires else None
    limits = [each for each in (document["usage_limit"], document["usage_limit_per_user"]) if each]
    terms = CouponTerms(valid_until=ends, orders=min(limits, default=None))
    try:
        if kind == PERCENT and 0 < (percent := Decimal(document["amount"])) <= _WHOLE:
            return replace(terms, percent=percent)
        if kind == SUM and currency:
            return replace(terms, amount=Money(to_minor(document["amount"], currency), currency))
    except (RegularsError, ArithmeticError):
        pass
    return terms


def _scope(item: Item) -> Item:
    """What binds a coupon to goods or sums; nothing of what does not."""
    found: Item = {}
    for key, free in SCOPE.items():
        value = item.get(key)
        if isinstance(free, list):
            # Numbers, in whatever order the shop lists them.
            value = sorted(one for one in value if isinstance(one, int)) if isinstance(value, list) else []
        elif isinstance(free, bool):
            value = value is True
        elif isinstance(free, int):
            value = _limit(value)
        elif not isinstance(value, str) or not value.strip("0."):
            value = free
        if value != free:
            found[key] = value
    return found


def found_coupon(item: Item) -> Found:
    """A coupon of the shop, ours or a stranger's."""
    document = coupon_document(item)
    target = Target(COUPON, document["code"])
    mark = document["mark"]
    return Found(target, document, str(id_of(item)), ours=bool(mark), used=_used(item), account=mark)


def _used(item: Item) -> bool:
    return str(item.get("usage_count")) != "0" or bool(item.get("used_by"))


def found_label(target: Target, item: Item | None) -> Found:
    """A customer's labels; a customer without any has none, like one who is gone.

    Raises MisconfiguredError where the shop does not show them: it is not known then whether there are any.
    """
    if item and "meta_data" not in item:
        raise MisconfiguredError(LABELS_HIDDEN)
    metas = item.get("meta_data") if item else None
    document = _labels.document_in(metas) if isinstance(metas, list) else None
    return Found(target, document, target.key if item else None, ours=document is not None)


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _limit(value: Any) -> int:
    """0 for no limit, which the shop prints as null."""
    if isinstance(value, str) and is_number(value):
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _restrictions(value: Any) -> list[str]:
    # A list from which the shop dropped an entry is printed as an object.
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [str(entry) for entry in values]


def _mark(metas: Any) -> str:
    for meta in metas if isinstance(metas, list) else []:
        if isinstance(meta, dict) and meta.get("key") == MARK_KEY:
            return str(meta.get("value") or "")
    return ""
