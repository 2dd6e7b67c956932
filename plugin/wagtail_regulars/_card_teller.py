"""Tells the rows of a card in words, contact data masked for those who may not see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from wagtail_regulars._masking import masked_email, masked_phone

Row = Mapping[str, Any]
HIDDEN = "…"
"""What stands for a text that this user may not see."""


def name_of(row: Row) -> str:
    """The name of a person's or an account's row."""
    return f"{row['given_name']} {row['family_name']}".strip() or _("(no name)")


@dataclass(frozen=True, slots=True)
class Teller:
    """Shops and accounts by their ids; ``contacts``: whether contact data is shown whole."""

    shops: Mapping[int, str]
    accounts: Mapping[str, Row]
    contacts: bool

    def shop(self, row: Row) -> str:
        """The name of the row's shop."""
        return self.shops.get(row["shop_id"], "")

    def email(self, email: str) -> str:
        """An e-mail, masked if need be."""
        return email if self.contacts else masked_email(email)

    def phone(self, phone: str) -> str:
        """A phone, masked if need be."""
        return phone if self.contacts else masked_phone(phone)

    def text(self, text: str) -> str:
        """What somebody typed, which may hold anything."""
        return text if self.contacts or not text else HIDDEN

    def guest(self, account_id: str) -> bool:
        """Whether this is a guest of a shop."""
        row = self.accounts.get(account_id)
        return row is not None and not row["registered"]

    def account(self, account_id: str) -> str:
        """An account by its shop and number; a guest by the e-mail or phone."""
        row = self.accounts.get(account_id)
        if row is None:
            shop, _colon, number = account_id.partition(":")
            named = self.shops.get(int(shop), "") if shop.isdecimal() else ""
            return self._of(named, _("account %(id)s") % {"id": number}) if named else account_id
        return self._of(self.shop(row), self._account(row))

    def _of(self, shop: str, account: str) -> str:
        return _("%(shop)s, %(account)s") % {"shop": shop, "account": account}

    def _account(self, row: Row) -> str:
        if row["registered"]:
            return _("account %(id)s") % {"id": row["external_id"]}
        # A guest has no account number, and the id made up for one says nothing to anybody.
        told = self.email(row["email"]) or self.phone(row["phone"]) or name_of(row)
        return _("guest %(contact)s") % {"contact": told}


def listed(words: Collection[Any]) -> str:
    """``a, b, c``."""
    return ", ".join(map(str, words))


def joined(parts: Sequence[Any], between: str = " ") -> str:
    """Those parts that there are, in one text."""
    return between.join(str(part) for part in parts if part)
