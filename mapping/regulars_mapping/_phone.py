"""Phone numbers in the one form in which they are compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

_MAX_LENGTH = 100
_PUNCTUATION = str.maketrans("", "", " ()-.\u00a0\u2010\u2011\u2012\u2013")
_PLAIN = re.compile(r"\+?[0-9]{5,17}")
_SEVERAL = re.compile(r"[,;/|\n]")
# A number with a word after it: вн. 5, (Олена), Viber.
_FIRST_RUN = re.compile(r"\+?[(]?\d[\d ()\-.\u00a0]{4,}")
_FIRST_WORD = re.compile(r"\+?\d{9,15}(?=\s)")
_COUNTING = frozenset(
    ["123456", "1234567", "12345678", "123456789", "1234567890", "0123456789", "7654321", "987654321",
     "9876543210"]
)  # fmt: skip
_ENDINGS = ("0000000", "1234567890", "0123456789", "9876543210")
_TYPES = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail",
    "fixed_line", "mobile",
)  # fmt: skip


def e164(phone: str, *, country: str) -> str:
    """The number as ``+380671234567``, or '' where the text holds no valid number or a placeholder.

    ``country`` (ISO 3166-1 alpha-2, or '' when unknown) is where a number without a country code belongs.
    Of several numbers in one text the first valid one counts; extensions are dropped. Takes any string and
    raises nothing.
    """
    return _e164(phone, country) if phone and len(phone) <= _MAX_LENGTH else ""


@lru_cache(maxsize=32_768)
def _e164(phone: str, country: str) -> str:
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    digits = phone.translate(_PUNCTUATION)
    number = ""
    if _PLAIN.fullmatch(digits):
        number = _numbering_says(digits, region) or _library_says(digits, region) or _assumed(digits, region)
    if not number:
        number = next(filter(None, (_library_says(part, region) for part in _parts(phone))), "")
    return "" if _is_placeholder(digits, number) else number


def _parts(phone: str) -> Iterator[str]:
    """The text, and then what in it may be a number by itself."""
    yield phone
    yield from _SEVERAL.split(phone, maxsplit=3)[:3]
    for pattern in (_FIRST_RUN, _FIRST_WORD):
        if found := pattern.search(phone):
            yield found[0]


def _is_placeholder(digits: str, number: str) -> bool:
    """Whether somebody only wanted to get past the field: 0000000, 1234567, 999999999."""
    typed = digits.lstrip("+")
    same = len(set(typed)) == 1 or len(set(number[-9:])) == 1
    return same or typed in _COUNTING or number.endswith(_ENDINGS)


def _library_says(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _assumed(digits: str, region: str | None) -> str:
    """A number that is wrong as it stands but right with what people leave out, or put there too much.

    The plus sign before a full number, or 00 where no country says so; a plus before a number of the own
    country (+8 067, +067).
    """
    if digits.startswith("+"):
        return _e164(digits[1:], region) if region and digits.startswith(("+0", "+80")) else ""
    if digits.startswith("00") and len(digits) > 12:
        return _library_says("+" + digits[2:], None)
    if digits.startswith("0") or len(digits) < 11:
        return ""
    return _library_says("+" + digits, None)


@dataclass(frozen=True, slots=True)
class _Numbering:
    """One country's numbering plan, compiled: what ``phonenumbers`` would walk through for each number."""

    calling_code: str
    abroad: re.Pattern[str] | None
    trunk: re.Pattern[str] | None
    possible: re.Pattern[str]
    valid: re.Pattern[str]


@lru_cache(maxsize=300)
def _numbering(region: str) -> _Numbering | None:
    """The plan of a country that is the main one of its calling code, else None."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.national_prefix_transform_rule:
        return None
    code = phonenumbers.country_code_for_region(region)
    if phonenumbers.region_code_for_country_code(code) != region or metadata.general_desc is None:
        return None
    possible = metadata.general_desc.national_number_pattern or "(?!)"
    leading = f"(?={metadata.leading_digits})" if metadata.leading_digits else ""
    kinds = "|".join(filter(None, (_kind_pattern(getattr(metadata, name)) for name in _TYPES)))
    return _Numbering(
        calling_code=str(code),
        abroad=_compiled(metadata.international_prefix),
        trunk=_compiled(metadata.national_prefix_for_parsing),
        possible=re.compile(possible),
        # A leading zero is part of the number in Italy only, and the library's own affair.
        valid=re.compile(rf"(?!0)(?=(?:{possible})\Z){leading}(?:{kinds or '(?!)'})"),
    )


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


def _kind_pattern(description: phonenumbers.PhoneNumberDesc | None) -> str:
    if description is None or not description.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{length}}}" for length in description.possible_length)
    return rf"(?=(?:{lengths})\Z)(?:{description.national_number_pattern})" if lengths else ""


def _numbering_says(digits: str, region: str | None) -> str:
    """The plain case at a tenth of the library's price; '' means that the library must be asked.

    A test holds every answer equal to the library's. In Ukraine the 3 before the old trunk call 8 (0xx) is
    left out, which the library does not know.
    """
    if digits.startswith("+"):
        return _from_abroad(digits[1:])
    if region == "UA" and len(digits) == 11 and digits.startswith("80"):
        return _from_abroad("3" + digits)
    plan = _numbering(region) if region else None
    if plan is None or (plan.abroad and plan.abroad.match(digits)):
        return ""
    national = digits
    if digits.startswith(plan.calling_code):
        if plan.possible.fullmatch(digits):
            return ""
        national = digits[len(plan.calling_code) :]
    elif plan.trunk and (trunk := plan.trunk.match(digits)):
        if trunk.re.groups:
            return ""
        national = digits[trunk.end() :]
    return _checked(plan, national)


def _from_abroad(digits: str) -> str:
    for length in (3, 2, 1):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]))
        if regions:
            plan = _numbering(regions[0])
            return _checked(plan, digits[length:]) if plan else ""
    return ""


def _checked(plan: _Numbering, national: str) -> str:
    if (plan.trunk and plan.trunk.match(national)) or not plan.valid.fullmatch(national):
        return ""
    return f"+{plan.calling_code}{national}"
