"""The personal discount: given to one person by hand."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from regulars_marketing._definition import Moment
from regulars_marketing._gift_definition import GiftDefinition
from regulars_marketing._goods_words import Name

_ACCOUNT = re.compile(r"[0-9]{1,18}:\S{1,80}")
# What is erased of a person is not looked for in programmes.
_NAMED = re.compile(r"@|(?:[0-9][ ()-]*){7}")


def _of_nobody(why: str) -> str:
    if _NAMED.search(why):
        raise ValueError("holds an e-mail or a phone; write why, and name nobody")
    return why


def _account(account: str) -> str:
    if not _ACCOUNT.fullmatch(account):
        raise ValueError("must be the id of an account, like 1:57")
    return account


class PersonalProgramme(GiftDefinition):
    """A discount for the person who has an ``account`` (its id, ``1:57``), until a moment, and ``why``.

    Merged and split persons keep it right: it is for whoever has that account now. It is given to each of
    their accounts whose ownership is known, and to the named one in any case.
    """

    kind: Literal["personal"] = "personal"
    account: Annotated[Name, AfterValidator(_account)]
    why: Annotated[Name, AfterValidator(_of_nobody)]
    valid_until: Moment
    level: Name = "Personal"

    @property
    def occasion(self) -> str:
        """To whom it gives, in words."""
        return f"to the person with account {self.account}, {self.why}"

    @property
    def by_calendar(self) -> bool:
        """An offer ends by itself."""
        return self.audience is not None or self.budget is not None
