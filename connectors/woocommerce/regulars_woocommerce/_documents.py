"""What Regulars owns of a coupon and of a customer's labels, in canonical form; the ways to give an offer.

Canonical means: as the shop gives it back. It lower-cases codes and addresses, prints amounts with two
decimals, and keeps an expiry that is read again as UTC.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil
from typing import Any, Final

from regulars_connectors import AccountOffer, Document, Found, Mechanism, Target, TargetDocument
from regulars_woocommerce import _labels
from regulars_woocommerce._client import PAGE_SIZE, Item, id_of
from regulars_woocommerce._times import parsed, printed

COUPON: Final = "coupon"
LABEL: Final = "label"
COMPANION: Final = "companion-plugin"
MARK_KEY: Final = "_regulars"
_DESCRIPTION: Final = "Personal discount, kept by Regulars"
# The shop drops an address that WordPress finds wrong, and a coupon without one serves everybody. WordPress
# allows an asterisk in an account's address; in a coupon it stands for every address of that domain.
_EMAIL: Final = re.compile(
    r"(?=.{6,100}\Z)[a-z0-9!#$%&'+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
)


class LabelMechanism:
    """Labels that our companion plug-in in the shop turns into an automatic discount."""

    name = "companion"

    def serves(self, offer: AccountOffer) -> bool:
        """A label needs an account to stand on."""
        return offer.registered and offer.percent > 0

    def documents(self, offer: AccountOffer) -> Sequence[TargetDocument]:
        """The account's label; a code has no use there."""
        return [_label(offer, code="")]

    def calls(self, documents: int) -> int:
        """A hundred labels a call."""
        return ceil(documents / PAGE_SIZE)


class CouponMechanism:
    """A personal coupon for the account's address, and labels that show it."""

    name = "coupons"

    def serves(self, offer: AccountOffer) -> bool:
        """A coupon needs an address that the shop will not drop."""
        return offer.registered and 0 < offer.percent <= 100 and is_address(offer.email)

    def documents(self, offer: AccountOffer) -> Sequence[TargetDocument]:
        """The account's coupon and its label."""
        code = offer.code.lower()
        return [TargetDocument(Target(COUPON, code), _coupon(offer, code)), _label(offer, code=code)]

    def calls(self, documents: int) -> int:
        """A hundred documents of one kind a call; half of them are coupons, half labels."""
        return 2 * ceil(ceil(documents / 2) / PAGE_SIZE)


def mechanisms(capabilities: frozenset[str]) -> Sequence[Mechanism]:
    """The ways into a shop of these capabilities, cheapest first."""
    return [LabelMechanism(), CouponMechanism()] if COMPANION in capabilities else [CouponMechanism()]


def is_address(email: str) -> bool:
    """Whether the shop will keep this address in a coupon."""
    return _EMAIL.fullmatch(email.strip().lower()) is not None


def _percent(percent: Decimal) -> str:
    return str(percent.quantize(Decimal("0.01")))


def _label(offer: AccountOffer, *, code: str) -> TargetDocument:
    texts = {
        _labels.LEVEL: offer.level,
        _labels.DISCOUNT: _percent(offer.percent),
        _labels.SENTENCE: offer.sentence,
        _labels.NEXT_STEP: offer.next_step,
        _labels.CODE: code,
    }
    return TargetDocument(
        Target(LABEL, offer.account), {key: text.strip() for key, text in texts.items() if text.strip()}
    )


def _coupon(offer: AccountOffer, code: str) -> Document:
    return {
        "code": code,
        "discount_type": "percent",
        "amount": _percent(offer.percent),
        "email_restrictions": [offer.email.strip().lower()],
        "individual_use": True,
        "date_expires": f"{printed(offer.valid_until)}Z" if offer.valid_until else "",
        "description": _DESCRIPTION,
        "mark": offer.account,
    }


def coupon_body(document: Document) -> Item:
    """What to send so that a coupon reads as ``document``.

    ``date_expires_gmt`` is not sent: the shop ignores it, and the coupon would never end. An empty
    ``date_expires`` clears; null would leave the old one.
    """
    body = {key: value for key, value in document.items() if key != "mark"}
    return {**body, "meta_data": [{"key": MARK_KEY, "value": document["mark"]}]}


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
        "mark": _mark(item.get("meta_data")),
    }


def found_coupon(item: Item) -> Found:
    """A coupon of the shop, ours or a stranger's."""
    document = coupon_document(item)
    target = Target(COUPON, document["code"])
    return Found(target, document, str(id_of(item)), ours=bool(document["mark"]), used=_used(item))


def _used(item: Item) -> bool:
    return str(item.get("usage_count")) != "0" or bool(item.get("used_by"))


def found_label(target: Target, item: Item | None) -> Found:
    """A customer's labels; a customer without any has none, like one who is gone."""
    metas = item.get("meta_data") if item else None
    document = _labels.document_in(metas) if isinstance(metas, list) else None
    return Found(target, document, target.key if item else None, ours=document is not None)


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _restrictions(value: Any) -> list[str]:
    # A list from which the shop dropped an entry is printed as an object.
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [str(entry) for entry in values]


def _mark(metas: Any) -> str:
    for meta in metas if isinstance(metas, list) else []:
        if isinstance(meta, dict) and meta.get("key") == MARK_KEY:
            return str(meta.get("value") or "")
    return ""
