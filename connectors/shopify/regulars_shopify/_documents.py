"""What Regulars owns of a discount code and of a customer's labels, in canonical form."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

from regulars_connectors import AccountOffer, CouponTerms, Document, Found, Mechanism, Target, TargetDocument
from regulars_mapping import MisconfiguredError
from regulars_shopify import _labels, _terms
from regulars_shopify._client import Node, gid_of, is_number, number_of, part
from regulars_shopify._times import parsed, printed

COUPON: Final = "coupon"
LABEL: Final = "label"
MARK: Final = "regulars"
"""The tag that tells our discounts from others."""
METAFIELDS_A_CALL: Final = 25
LABELS_A_CALL: Final = METAFIELDS_A_CALL // len(_labels.KEYS)
COMBINES_OPTION: Final = "combines_with"
_CLASSES: Final[Mapping[str, str]] = {
    "order": "orderDiscounts",
    "product": "productDiscounts",
    "shipping": "shippingDiscounts",
}
_TITLE: Final = "Personal discount, kept by Regulars"
# Long past, so that neither the shop's clock nor ours decides whether a discount is already on.
_START: Final = "2020-01-01T00:00:00Z"


class CodeMechanism:
    """A personal discount code bound to the customer, and labels that show it.

    ``combines_with`` names the other discounts that stay beside it: ``order``, ``product``, ``shipping``.
    ``currency`` is the shop's, empty where it is not known.
    """

    name = "code"
    why = "a code of its own is bound to its person, and the shop counts how often it is used"

    def __init__(self, combines_with: Sequence[str], *, currency: str) -> None:
        self._combines_with, self._currency = sorted(combines_with), currency

    def serves(self, offer: AccountOffer) -> bool:
        """A code is bound to an account, whatever it knows of the person."""
        bound = offer.registered and is_number(offer.account) and _code(offer) != ""
        return bound and _terms.keeps(offer, self._currency)

    def documents(self, offer: AccountOffer) -> Sequence[TargetDocument]:
        """The account's code and its label."""
        code = _code(offer)
        coupon = {
            "code": code,
            "title": _TITLE,
            "customers": [offer.account],
            "ends_at": printed(offer.valid_until) if offer.valid_until else "",
            "combines_with": self._combines_with,
            "once_per_customer": offer.orders == 1,
            "usage_limit": offer.orders or 0,
            **_terms.worth(offer),
        }
        return [TargetDocument(Target(COUPON, code), coupon), _label(offer, code)]

    def calls(self, documents: Mapping[str, int]) -> int:
        """A call a code, the labels of five accounts a call. Updates of labels take fewer where little
        differs, and one more for labels of a call that lose a text."""
        return documents.get(COUPON, 0) + ceil(documents.get(LABEL, 0) / LABELS_A_CALL)


def mechanisms(combines_with: Sequence[str], *, currency: str) -> Sequence[Mechanism]:
    """The ways into a shop of this currency (empty: not known)."""
    return [CodeMechanism(combines_with, currency=currency)]


def combines_with(option: str) -> list[str]:
    """The connector's option ``combines_with`` as a list. Raises MisconfiguredError for an unknown word."""
    words = [word.strip().lower() for word in option.split(",") if word.strip()]
    if not _CLASSES.keys() >= set(words):
        raise MisconfiguredError(
            f"The shop's option {COMBINES_OPTION} takes order, product and shipping, with commas between."
        )
    return sorted(set(words))


def _code(offer: AccountOffer) -> str:
    return offer.code.strip()


def _label(offer: AccountOffer, code: str) -> TargetDocument:
    texts = {
        _labels.LEVEL: " ".join(offer.level.split()),
        _labels.DISCOUNT: _terms.percent_text(offer.percent) if offer.percent else "",
        _labels.SENTENCE: offer.sentence.strip(),
        _labels.NEXT_STEP: offer.next_step.strip(),
        _labels.CODE: code,
    }
    return TargetDocument(Target(LABEL, offer.account), {key: text for key, text in texts.items() if text})


def discount_input(document: Document, *, before: Document | None = None) -> Node:
    """What to send so that a discount reads as ``document``; ``before`` is how it reads now."""
    wanted, bound_to = list(document["customers"]), before["customers"] if before else []
    removed = [gid_of("Customer", one) for one in bound_to if one not in wanted]
    added = [gid_of("Customer", one) for one in wanted if one not in bound_to]
    changes = {**({"add": added} if added else {}), **({"remove": removed} if removed else {})}
    kept = {_CLASSES[word]: word in document["combines_with"] for word in _CLASSES}
    return {
        "title": document["title"],
        "code": document["code"],
        "tags": [MARK],
        "startsAt": _START,
        "endsAt": document["ends_at"] or None,
        "usageLimit": document["usage_limit"] or None,
        "appliesOncePerCustomer": document["once_per_customer"],
        "combinesWith": kept,
        **_terms.worth_input(document, before),
        **({"context": {"customers": changes}} if changes else {}),
    }


def found_coupon(node: Any, *, key: str = "") -> Found:
    """A discount of the shop, ours or a stranger's; ``key`` is the code it was found by."""
    discount = part(node, "discount")
    code = _first_code(discount) or key
    document = discount_document(discount, code)
    tags = part(discount, "tags")
    ours = isinstance(tags, list) and MARK in tags
    # Shopify counts uses with some delay.
    used = part(discount, "asyncUsageCount") != 0
    number = number_of(part(node, "id"))
    bound_to = document["customers"]
    account = bound_to[0] if ours and len(bound_to) == 1 else ""
    return Found(Target(COUPON, key or code), document, number, ours=ours, used=used, account=account)


def discount_document(discount: Any, code: str) -> Document:
    """A discount of the shop as a document: only what Regulars owns."""
    ends_at = parsed(part(discount, "endsAt"))
    return {
        "code": code,
        "title": _text(discount, "title"),
        "customers": customers_of(discount),
        "ends_at": printed(ends_at) if ends_at else "",
        "combines_with": _combining(part(discount, "combinesWith")),
        "once_per_customer": part(discount, "appliesOncePerCustomer") is True,
        "usage_limit": _whole(part(discount, "usageLimit")),
        **_terms.stated_worth(discount),
    }


def coupon_terms(document: Document) -> CouponTerms:
    """What a discount gives, ours or a stranger's."""
    ends = parsed(document["ends_at"]) if document["ends_at"] else None
    orders = document["usage_limit"] or (1 if document["once_per_customer"] else None)
    percent, amount = _terms.told_worth(document)
    return CouponTerms(percent, amount, valid_until=ends, orders=orders)


def customers_of(discount: Any) -> list[str]:
    """The numbers of the customers that a discount is bound to, ascending; none where it serves others."""
    listed = part(part(discount, "context"), "customers")
    numbers = {number_of(part(one, "id")) for one in listed} if isinstance(listed, list) else set()
    return sorted(filter(None, numbers), key=int)


def found_label(target: Target, node: Any) -> Found:
    """A customer's labels; a customer without any has none, like one who is gone."""
    document = _labels.labels_in(node) or None
    return Found(target, document, target.key if node is not None else None, ours=document is not None)


def _first_code(discount: Any) -> str:
    codes = part(part(discount, "codes"), "nodes")
    # With several codes in one discount it is none of ours: each of ours has one.
    return _text(codes[0], "code") if isinstance(codes, list) and len(codes) == 1 else ""


def _combining(value: Any) -> list[str]:
    return sorted(word for word, name in _CLASSES.items() if part(value, name) is True)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(value: Any, key: str) -> str:
    text = part(value, key)
    return text if isinstance(text, str) else ""
