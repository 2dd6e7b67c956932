"""The welcome: a discount on the first order."""

from typing import Literal

from regulars_marketing._definition import Name, Percent, ProgrammeDefinition


class WelcomeProgramme(ProgrammeDefinition):
    """A discount for one order of a person who is registered and has bought nothing yet, in no shop.

    A person gets one welcome, whatever the number of shops and accounts. ``level`` is what the shopper is
    called with it. ``shops`` names the shops where it is given, None for all; what was bought elsewhere ends
    it all the same. It stands from ``valid_from`` on and ends before ``valid_until``.
    """

    kind: Literal["welcome"] = "welcome"
    percent: Percent
    level: Name = "Welcome"
