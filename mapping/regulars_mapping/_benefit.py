"""What a discount gives and what it is for: a sum of money, and the goods of one shop."""

from dataclasses import dataclass

from regulars_mapping._units import from_minor, minor_digits


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in the minor units of its currency (ISO 4217)."""

    minor: int
    currency: str

    def text(self) -> str:
        """The sum in the currency's decimals: ``Money(10000, "UAH").text() == "100.00"``, yen have none.

        Raises UnmappableError for a currency that ISO 4217 does not know.
        """
        return f"{from_minor(self.minor, self.currency):.{minor_digits(self.currency)}f}"


@dataclass(frozen=True, slots=True)
class Goods:
    """What a discount is for; the ids of one shop, as texts, sorted, without repeats. Empty: everything.

    ``products`` and ``categories`` together are what it serves, ``except_products`` and
    ``except_categories`` what it never does. ``reduced`` says whether it is for goods already reduced, too.
    """

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    except_products: tuple[str, ...] = ()
    except_categories: tuple[str, ...] = ()
    reduced: bool = True
