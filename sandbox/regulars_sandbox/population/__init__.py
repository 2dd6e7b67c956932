"""A seeded generator of a shop's life: invented people, a real shop's buying habits.

:func:`generate` makes a :class:`Population`: the :class:`~regulars_sandbox._history.ShopHistory` that a
double serves, and beside it the truth about who is who, which a shop never has and a test of identity
rules needs. Dates are aware UTC, money is integer minor units.  Names, addresses and contacts are put
together by chance; e-mails are on example domains.  How often and how much people buy follows numeric
tables derived from the CDNOW order log (1997-98, provided for research by Bruce Hardie); the log is no
part of the package.

:func:`make_people` and :func:`dress` are the two halves, for dressing purchases that come from elsewhere.
"""

from ._chance import stream
from ._generate import generate
from ._people import Home, Kind, Person, make_people
from ._purchases import Purchase, moment
from ._shop import Anchor, Population, dress, people_for_second_shop

__all__ = [
    "Anchor",
    "Home",
    "Kind",
    "Person",
    "Population",
    "Purchase",
    "dress",
    "generate",
    "make_people",
    "moment",
    "people_for_second_shop",
    "stream",
]
