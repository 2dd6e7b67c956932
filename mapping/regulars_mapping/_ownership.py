"""Ownership: whether the shopper behind an account is known to be the one whose name it bears.

Identity says whose history is whose; ownership says who may profit from it. Anybody can register with a
stranger's address at a shop that does not check it, so a link alone gives nothing away.
"""

from enum import StrEnum


class Ownership(StrEnum):
    """How an account's ownership is known. Only UNKNOWN keeps what other accounts earned from it."""

    PLATFORM = "platform"
    """The platform says that it verified the account's e-mail."""
    MAIL = "mail"
    """Who reads the account's e-mail confirmed a signed link that was sent there."""
    SHOP = "shop"
    """The owner's word that this shop checks its e-mails (the shop option ``checks_emails``)."""
    UNKNOWN = "unknown"

    @property
    def known(self) -> bool:
        """Whether what the person earned elsewhere may reach this account."""
        return self is not Ownership.UNKNOWN


def ownership(
    *, email_verified: bool | None, checks_emails: bool, confirmed_by_mail: bool = False
) -> Ownership:
    """How an account's ownership is known; ``email_verified`` is None where the platform does not say."""
    if email_verified:
        return Ownership.PLATFORM
    if confirmed_by_mail:
        return Ownership.MAIL
    return Ownership.SHOP if checks_emails else Ownership.UNKNOWN
