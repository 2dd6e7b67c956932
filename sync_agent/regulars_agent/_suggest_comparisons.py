"""How two accounts are compared: what may be found of each trait, and what it weighs before training.

``m`` is the share of pairs of one person's accounts with that finding, ``u`` the share of pairs of two
persons'; a finding weighs log2(m/u) bits. The values here are for stores too small to learn from; a larger
store's own take their place (``_suggest_training``). The first finding that holds is the one.
"""

from typing import Any, NamedTuple

TYPO = 0.88
"""Jaro-Winkler similarity from which two names are one with a slip of the pen."""


class Finding(NamedTuple):
    """One thing that a comparison may find. ``tf`` names the column whose rare values weigh more."""

    sql: str
    words: str
    m: float
    u: float
    tf: str = ""


class Trait(NamedTuple):
    """One trait of accounts: when nothing is known of it, and what may be found, strongest first.

    ``learnt`` is false where the rules have already taken away just the pairs to learn from (accounts with
    the same e-mail or phone are one person before anything is suggested), and where what is found is not
    independent of the rest, as learning takes for granted.
    """

    name: str
    unknown: str
    findings: tuple[Finding, ...]
    learnt: bool = True


def _near(a: str, b: str, least: float = TYPO) -> str:
    return f"jaro_winkler_similarity({a}, {b}) >= {least}"


def _unknown(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


OTHER_GIVEN_NAME = "same family name, another given name"

_NAME = Trait(
    "name",
    "(given_l IS NULL AND family_l IS NULL) OR (given_r IS NULL AND family_r IS NULL)",
    (
        Finding("whole_l = whole_r", "same given and family name", 0.45, 5e-4, "whole"),
        Finding(
            "given_l = family_r AND family_l = given_r", "same names, given and family swapped", 0.03, 2e-5
        ),
        Finding(
            "family_l = family_r AND (list_has_any(forms_l, forms_r) OR (left(given_l, 1) = left(given_r, 1) "
            "AND (length(given_l) = 1 OR length(given_r) = 1)))",
            "same family name, a short form or initial of the given name",
            0.08,
            2e-4,
            "family",
        ),
        Finding(
            f"{_near('given_l', 'given_r')} AND {_near('family_l', 'family_r')}",
            "both names nearly the same",
            0.18,
            2e-4,
        ),
        Finding(
            f"{_near('given_l', 'family_r')} AND {_near('family_l', 'given_r')}",
            "names nearly the same, given and family swapped",
            0.01,
            2e-5,
        ),
        Finding("family_l = family_r", OTHER_GIVEN_NAME, 0.05, 3e-3, "family"),
        Finding("given_l = given_r", "same given name, another family name", 0.08, 3e-2, "given"),
        Finding(_near("family_l", "family_r", 0.9), "family names nearly the same", 0.03, 1e-3),
        Finding(_near("given_l", "given_r", 0.9), "given names nearly the same", 0.02, 3e-3),
        Finding("given_l = family_r OR family_l = given_r", "one name in common, swapped", 0.01, 6e-4),
        Finding("ELSE", "different names", 0.06, 0.96),
    ),
)

_MAILS_NEAR = (
    "length(mail_box_l) > 4 AND (damerau_levenshtein(mail_box_l, mail_box_r) <= 1 "
    f"OR {_near('mail_box_l', 'mail_box_r', 0.95)})"
)
# Namesakes have mailboxes alike: where one is made of the name, the name has told it already.
_MAIL = Trait(
    "e-mail",
    _unknown("mail_box"),
    (
        Finding("mailbox_l = mailbox_r", "one mailbox, however it is written", 0.1, 1e-6),
        Finding(
            "mail_box_l = mail_box_r AND NOT mail_named_l", "same name before the @", 0.15, 1e-4, "mail_box"
        ),
        Finding("mail_box_l = mail_box_r", "same name before the @, made of the name", 0.1, 2e-3),
        Finding(
            f"{_MAILS_NEAR} AND mail_host_l = mail_host_r AND NOT mail_named_l AND NOT mail_named_r",
            "e-mails a letter or two apart",
            0.06,
            4e-5,
        ),
        Finding(
            f"{_MAILS_NEAR} AND NOT mail_named_l AND NOT mail_named_r",
            "names before the @ a letter or two apart",
            0.04,
            5e-4,
        ),
        Finding("ELSE", "different e-mails", 0.55, 0.997),
    ),
    learnt=False,
)

_PHONE = Trait(
    "phone",
    _unknown("phone"),
    (
        Finding("phone_l = phone_r", "same phone", 0.2, 2e-5),
        Finding("damerau_levenshtein(phone_l, phone_r) <= 1", "phones a digit apart", 0.05, 1e-5),
        Finding("ELSE", "different phones", 0.75, 0.9999),
    ),
    learnt=False,
)

_BIRTH = Trait(
    "birth date",
    _unknown("birthday"),
    (
        Finding("birth_l = birth_r", "same birth date", 0.8, 9e-5),
        Finding(
            "left(birth_l, 4) = left(birth_r, 4) AND substr(birth_l, 5, 2) = substr(birth_r, 7, 2) "
            "AND substr(birth_l, 7, 2) = substr(birth_r, 5, 2)",
            "birth dates with day and month swapped",
            0.01,
            1e-5,
        ),
        Finding("damerau_levenshtein(birth_l, birth_r) <= 1", "birth dates a digit apart", 0.03, 1e-3),
        Finding("damerau_levenshtein(birth_l, birth_r) <= 2", "birth dates two digits apart", 0.02, 1.4e-2),
        Finding(
            "(birth_l IS NULL OR birth_r IS NULL) AND birthday_l = birthday_r",
            "same birthday, a year is not known",
            0.1,
            3e-4,
        ),
        Finding("ELSE", "another birth date", 0.04, 0.985),
    ),
)


# People of one family share their name, phone and home, which would count as so many findings for one person.
def _one_name(a: str, b: str) -> str:
    """Whether one given name may be the other, of which either may be an initial."""
    is_initial = f"left({a}, 1) = left({b}, 1) AND (length({a}) = 1 OR length({b}) = 1)"
    return f"({_near(a, b)} OR ({is_initial}))"


_SAME_DATE = (
    "coalesce(damerau_levenshtein(birth_l, birth_r) <= 1, false) "
    "OR coalesce((birth_l IS NULL OR birth_r IS NULL) AND birthday_l = birthday_r, false)"
)
_ONE_GIVEN_NAME = (
    f"list_has_any(forms_l, forms_r) OR {_one_name('given_l', 'given_r')} "
    f"OR ({_one_name('given_l', 'family_r')} AND {_one_name('family_l', 'given_r')})"
)
_NO_GIVEN_NAME = "given_l IS NULL OR given_r IS NULL"
_ONE_DOOR = (
    "coalesce(number_l = number_r AND (unit_l = unit_r OR postcode_l = postcode_r "
    f"OR {_near('street_l', 'street_r', 0.8)}), false)"
)
_ONE_PHONE = "coalesce(phone_l = phone_r, false)"
_FAMILY = Trait(
    "family",
    f"{_SAME_DATE} OR (coalesce({_ONE_GIVEN_NAME}, false) AND coalesce(gender_l = gender_r, true)) "
    f"OR (({_NO_GIVEN_NAME}) AND NOT {_ONE_DOOR})",
    (
        Finding(_NO_GIVEN_NAME, "one door, and no given name to tell a family apart", 2**-14, 1),
        Finding(
            f"{_ONE_PHONE} AND {_ONE_DOOR}",
            "another given name at one phone and door, as in a family",
            2**-60,
            1,
        ),
        Finding(_ONE_DOOR, "another given name at one door, as in a family", 2**-46, 1),
        Finding(_ONE_PHONE, "another given name at one phone, as in a family", 2**-32, 1),
        Finding("ELSE", "another given name, and no birth date in common", 2**-20, 1),
    ),
    learnt=False,
)

_STREET = Trait(
    "street",
    "(street_l IS NULL AND unit_l IS NULL) OR (street_r IS NULL AND unit_r IS NULL)",
    (
        Finding("street_l = street_r", "same street", 0.5, 1e-2, "street"),
        Finding("street_l = unit_r OR unit_l = street_r", "same street, on the other line", 0.04, 1e-4),
        Finding(_near("street_l", "street_r", 0.9), "streets nearly the same", 0.15, 1e-3),
        Finding(
            f"{_near('street_l', 'unit_r', 0.9)} OR {_near('unit_l', 'street_r', 0.9)}",
            "streets nearly the same, on the other line",
            0.01,
            1e-4,
        ),
        Finding(_near("street_l", "street_r", 0.8), "streets alike", 0.02, 1.2e-2),
        Finding("ELSE", "different streets", 0.28, 0.976),
    ),
)


def _words_trait(name: str, column: str, plural: str, *, common: float) -> Trait:
    """A trait of one word or a few; ``common`` is how often two persons have the same one."""
    near = _near(f"{column}_l", f"{column}_r", 0.9)
    return Trait(
        name,
        _unknown(column),
        (
            Finding(f"{column}_l = {column}_r", f"same {name}", 0.65, common, column),
            Finding(near, f"{plural} nearly the same", 0.15, 1e-3),
            Finding("ELSE", f"different {plural}", 0.2, 0.999 - common),
        ),
    )


TRAITS = (
    _NAME,
    _MAIL,
    _PHONE,
    _BIRTH,
    _FAMILY,
    Trait(
        "postcode",
        _unknown("postcode"),
        (
            Finding("postcode_l = postcode_r", "same postcode", 0.65, 5e-3, "postcode"),
            Finding(
                "damerau_levenshtein(postcode_l, postcode_r) <= 1", "postcodes a digit apart", 0.15, 5e-2
            ),
            Finding("ELSE", "different postcodes", 0.2, 0.945),
        ),
    ),
    _words_trait("town", "city", "towns", common=0.1),
    Trait(
        "post branch",
        _unknown("branch"),
        (
            Finding("branch_l = branch_r", "same post branch", 0.6, 1e-2, "branch"),
            Finding("ELSE", "different post branches", 0.4, 0.99),
        ),
    ),
    _STREET,
    Trait(
        "house number",
        _unknown("number"),
        (
            Finding("number_l = number_r", "same house number", 0.7, 1.5e-2),
            Finding("damerau_levenshtein(number_l, number_r) <= 1", "house numbers a digit apart", 0.06, 0.2),
            Finding("ELSE", "different house numbers", 0.24, 0.785),
        ),
    ),
    _words_trait("flat", "unit", "flats", common=0.02),
    Trait(
        "region",
        _unknown("region"),
        (
            Finding("region_l = region_r", "same region", 0.9, 0.2),
            Finding("ELSE", "different regions", 0.1, 0.8),
        ),
    ),
)


def column_name(trait: Trait) -> str:
    """The trait's name as part of a column's."""
    return trait.name.replace("-", "").replace(" ", "_")


def splink_comparison(trait: Trait) -> dict[str, Any]:
    """The trait in Splink's terms, with the weights that hold before training."""
    levels: list[dict[str, Any]] = [
        {"sql_condition": trait.unknown, "label_for_charts": "not known of both", "is_null_level": True}
    ]
    levels += [_level(finding, learnt=trait.learnt) for finding in trait.findings]
    return {"output_column_name": column_name(trait), "comparison_levels": levels}


def _level(finding: Finding, *, learnt: bool) -> dict[str, Any]:
    level: dict[str, Any] = {
        "sql_condition": finding.sql,
        "label_for_charts": finding.words,
        "m_probability": finding.m,
        "u_probability": finding.u,
        "fix_m_probability": not learnt,
        "fix_u_probability": not learnt,
    }
    if finding.tf:
        level |= {"tf_adjustment_column": finding.tf, "disable_tf_exact_match_detection": True}
    return level
