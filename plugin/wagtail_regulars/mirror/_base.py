"""What every mirror model is: a row of the store that can only be read."""

from decimal import Decimal
from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext as _


class ThousandthsField(models.BigIntegerField):
    """A quantity with at most three decimals, kept as integer thousandths."""

    def from_db_value(self, value: int | None, *_context: object) -> Decimal | None:
        """The quantity itself."""
        return None if value is None else Decimal(value).scaleb(-3)

    def to_python(self, value: Any) -> Decimal | None:
        """Quantities stay what they are."""
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> int | None:
        """What a quantity is compared as."""
        return None if value is None else int(Decimal(value).scaleb(3))


class MirrorModel(models.Model):
    """A row of the store. Whoever wants to change one calls the agent's services."""

    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True

    def __str__(self) -> str:
        names = (getattr(self, "given_name", ""), getattr(self, "family_name", ""))
        if any(names):
            return " ".join(filter(None, names))
        return str(getattr(self, "name", "") or _("(no name)"))

    def save(self, *_arguments: object, **_options: object) -> NoReturn:
        """Refused."""
        raise TypeError(_REFUSED)

    def delete(self, *_arguments: object, **_options: object) -> NoReturn:
        """Refused."""
        raise TypeError(_REFUSED)


_REFUSED = "the store's rows are read only here; call a service of regulars_agent"
