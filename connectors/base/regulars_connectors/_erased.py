"""What stands for an erased person in payloads; what stays of those of a platform that nobody described."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from regulars_connectors._kept import Keep, Kept, only_kept
from regulars_mapping import erased_email, fold_email, is_erased_email, is_erasure_token


@dataclass(frozen=True, slots=True)
class Mask:
    """What stands for an erased person in payloads: their token, and which of their addresses is which.

    ``numbers`` gives each of the person's folded addresses its number, from 1; whoever makes a mask of the
    same person again gives the same numbers. Raises ValueError for what is no token.
    """

    token: str
    numbers: Mapping[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not is_erasure_token(self.token):
            raise ValueError("an erased person's token is twenty characters of base32 in small letters")

    @classmethod
    def of(cls, token: str, addresses: Iterable[str]) -> Self:
        """A mask that numbers these addresses in their order; spellings of one address are one."""
        found = dict.fromkeys(filter(None, map(fold_email, addresses)))
        return cls(token, {address: number for number, address in enumerate(found, 1)})

    def email(self, original: str) -> str:
        """The address that stands for this one; '' for what is no address or a placeholder.

        One that stands for an erased person's already is kept, whoever's it is; one that the mask does not
        know becomes the token's own, without a number.
        """
        address = fold_email(original)
        if not address or is_erased_email(address):
            return address
        return erased_email(self.token, self.numbers.get(address))

    def username(self, original: str) -> str:
        """The token; '' for none."""
        return self.token if original else ""


def erased_unknown(payload: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """A payload of a platform that does not say what is personal, by the names that platforms have for what
    is not: ids, times, amounts and statuses, each only in its form. Everything else is left out."""
    return only_kept(_ANY_OBJECT, payload, mask)


_IDS: Final = (
    "id",
    *(f"{name}_id" for name in ("customer", "line", "order", "parent", "product", "variant")),
)
_TIMES: Final = tuple(
    f"{name}_at" for name in ("cancelled", "created", "completed", "paid", "placed", "updated")
)
_SUMS: Final = (
    "amount",
    "discount",
    "gross",
    "net",
    "price",
    "quantity",
    "shipping",
    "subtotal",
    "tax",
    "total",
)
_WORDS: Final = ("currency", "sku", "status")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _both(names: Iterable[str], rule: Kept) -> dict[str, Kept]:
    return {spelt: rule for name in names for spelt in (name, _camel(name))}


_PLAIN: Final = {
    **_both(_IDS, Keep.word),
    **_both(_TIMES, Keep.date),
    **_both(_SUMS, Keep.number),
    **_both(_WORDS, Keep.word),
}
_LINES: Final = Keep.each(Keep.fields(_PLAIN))
_ANY_OBJECT: Final = Keep.fields(
    {
        **_PLAIN,
        "email": Keep.email,
        **_both(("items", "lines", "line_items", "refunds"), _LINES),
        **_both(("coupon_codes", "discount_codes"), Keep.each(Keep.code)),
    }
)
