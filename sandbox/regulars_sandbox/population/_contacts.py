"""E-mail addresses and phone numbers that reach nobody by intent, and the ways people type them.

E-mails are on the reserved example domains.  Phones come from ranges kept for fiction where a country has
them (Germany: Bundesnetzagentur; United Kingdom: Ofcom, the geographic ones; United States: 555-01xx).
Ukraine keeps no such range: its numbers are drawn from the mobile codes, valid in form, never to be
called.
"""

from __future__ import annotations

from random import Random
from typing import Final

from ._latin import latin

__all__ = ["PLACEHOLDER_PHONES", "Contacts", "respelled_email", "respelled_phone"]

PLACEHOLDER_PHONES: Final = ("0000000", "0000000000", "+380000000000", "-")

_DOMAINS: Final = ("example.com", "example.com", "example.org", "example.net")
_ROLES: Final = ("info", "office", "sales", "admin", "shop", "order")

# (prefix with country code, digits that follow, length of the area code for spelling).
_RANGES: Final[dict[str, tuple[tuple[str, int, int], ...]]] = {
    "UA": tuple((f"+380{code}", 7, 2) for code in (50, 63, 66, 67, 68, 73, 93, 95, 96, 97, 98, 99)),
    "DE": (
        ("+493023125", 3, 2),
        ("+496990009", 3, 2),
        ("+494066969", 3, 2),
        ("+492214710", 3, 3),
        ("+498999998", 3, 2),
        ("+4917139200", 2, 3),
    ),
    "GB": (
        *((f"+44{area}4960", 3, 3) for area in (113, 114, 116, 117, 118, 121, 131, 141, 151, 161)),
        ("+442079460", 3, 2),
        ("+442920180", 3, 2),
    ),
    "US": tuple(
        (f"+1{area}55501", 2, 3) for area in (212, 312, 415, 617, 206, 512, 202, 303, 404, 503, 702, 801)
    ),
}
# Austria keeps no range for fiction.
_NUMBERS_OF: Final = {"AT": "DE"}
_CODES: Final = {"UA": "+380", "DE": "+49", "GB": "+44", "US": "+1"}


class Contacts:
    """Hands out addresses and numbers, never the same twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._emails: dict[str, int] = {}
        self._phones: set[str] = set()

    def take(self, *contacts: str) -> None:
        """Keep addresses and numbers from being handed out; empty ones are passed over."""
        for contact in filter(None, contacts):
            if "@" in contact:
                self._emails.setdefault(contact, 1)
            else:
                self._phones.add(contact)

    def email(self, first_name: str, last_name: str, language: str) -> str:
        """A lower-case address made of the name."""
        first, last = (self._letters(name, language) for name in (first_name, last_name))
        form = self._rng.randrange(5)
        local = (f"{first}.{last}", f"{last}.{first[0]}", f"{first[0]}{last}", f"{first}_{last}", last)[form]
        if form == 4 or self._rng.random() < 0.35:
            local += str(self._rng.randrange(60, 110))[-2:]
        return self._unused(local, self._rng.choice(_DOMAINS))

    def role_mailbox(self) -> str:
        """An address that several people use; not unique by design."""
        return f"{self._rng.choice(_ROLES)}@{self._rng.choice(_DOMAINS)}"

    def phone(self, country: str) -> str:
        """An E.164 number of ``country``; where its fictional ranges run out, a Ukrainian mobile."""
        for attempt in range(40):
            ranges = _RANGES[_NUMBERS_OF.get(country, country) if attempt < 8 else "UA"]
            prefix, digits, _ = self._rng.choice(ranges)
            number = f"{prefix}{self._rng.randrange(10**digits):0{digits}d}"
            if number not in self._phones:
                self._phones.add(number)
                return number
        raise ValueError("No unused phone number is left: ask for fewer customers.")

    def _unused(self, local: str, domain: str) -> str:
        wanted = f"{local}@{domain}"
        seen = self._emails.get(wanted, 0)
        self._emails[wanted] = seen + 1
        return self._unused(f"{local}{seen + 1}", domain) if seen else wanted

    @staticmethod
    def _letters(name: str, language: str) -> str:
        return "".join(letter for letter in latin(name, language).lower() if "a" <= letter <= "z")


def respelled_email(email: str, rng: Random) -> str:
    """The same address in another letter case, as a phone's keyboard or a hurried buyer writes it."""
    local, _, domain = email.partition("@")
    capital = local[:1].upper() + local[1:]
    forms = (f"{capital}@{domain}", f"{capital}@{domain}", email.upper(), f"{local.upper()}@{domain}")
    return rng.choice(forms)


def respelled_phone(phone: str, home: str, rng: Random) -> str:
    """The same number as another form, or another person, would have it written.

    Only a number of the buyer's ``home`` country loses its prefix: no reader could tell it otherwise.
    """
    if phone in PLACEHOLDER_PHONES:
        return phone
    country, code = next(item for item in _CODES.items() if phone.startswith(item[1]))
    area, rest = _split(phone, country)
    if country != home:
        return rng.choice((phone, f"{code} {area} {rest}"))
    if country == "UA":
        return rng.choice(_ukrainian(area, rest))
    trunk = "" if country == "US" else "0"
    forms = (
        phone,
        f"{code} {area} {rest}",
        f"{trunk}{area} {rest}",
        f"({trunk}{area}) {rest[:3]}-{rest[3:]}",
        f"{trunk}{area}{rest}",
    )
    return rng.choice(forms)


def _split(phone: str, country: str) -> tuple[str, str]:
    """Area code and the rest; the area's length is that of its range."""
    length = next(size for prefix, _, size in _RANGES[country] if phone.startswith(prefix))
    national = phone[len(_CODES[country]) :]
    return national[:length], national[length:]


def _ukrainian(area: str, rest: str) -> tuple[str, ...]:
    grouped = f"{rest[:3]}-{rest[3:5]}-{rest[5:]}"
    return (
        f"0{area}{rest}",
        f"0{area}{rest}",
        f"+38 (0{area}) {grouped}",
        f"380{area}{rest}",
        f"+380{area}{rest}",
        f"+380{area}{rest}",
        f"0{area} {rest[:3]} {rest[3:5]} {rest[5:]}",
        f"(0{area}) {grouped}",
    )
