"""Accounts straight into a store: people of several shops, families, shared phones, marked as just landed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice, product
from typing import Any

from regulars_mapping import fold_name
from regulars_store import Store, add_shop, insert_rows, mark_dirty, tables

_START = datetime(2015, 1, 1, tzinfo=UTC)
_BATCH = 20_000
_SHOPS = 3
_WOMEN = (
    ("Олена", "Olena"), ("Марія", "Mariia"), ("Анна", "Anna"), ("Ірина", "Iryna"), ("Оксана", "Oksana"),
    ("Тетяна", "Tetiana"), ("Наталія", "Nataliia"), ("Юлія", "Yuliia"), ("Софія", "Sofiia"),
)  # fmt: skip
_MEN = (
    ("Олександр", "Oleksandr"), ("Андрій", "Andrii"), ("Іван", "Ivan"), ("Сергій", "Serhii"),
    ("Петро", "Petro"), ("Микола", "Mykola"), ("Тарас", "Taras"), ("Юрій", "Yurii"), ("Роман", "Roman"),
)  # fmt: skip
_GIVEN = _WOMEN + _MEN
_FAMILIES = [
    (first + middle + end, first_latin + middle_latin + end_latin)
    for (first, first_latin), (middle, middle_latin), (end, end_latin) in product(
        (("Б", "B"), ("В", "V"), ("Г", "H"), ("Д", "D"), ("К", "K"), ("М", "M"), ("П", "P"), ("Ш", "Sh")),
        (("ова", "ova"), ("ури", "ury"), ("ели", "eli"), ("оні", "oni"), ("арпе", "arpe"), ("ило", "ylo")),
        (("ленко", "lenko"), ("ченко", "chenko"), ("вич", "vych"), ("к", "k"), ("н", "n"), ("ба", "ba")),
    )
]  # fmt: skip


def settle(store: Store, accounts: int, *, seed: int = 1) -> None:
    """Fill an empty store with so many accounts, each marked for stage "identity"."""
    with store.write() as connection:
        for rank in range(1, _SHOPS + 1):
            add_shop(
                connection,
                name=f"shop{rank}",
                platform="bench",
                url=f"https://shop{rank}.example.com",
                options={},
                now=_START,
            )
    rows = islice(crowd(seed), accounts)
    while some := list(islice(rows, _BATCH)):
        with store.write() as connection:
            insert_rows(connection, tables.account, some)
            mark_dirty(connection, "identity", [row["id"] for row in some])


def crowd(seed: int) -> Iterator[dict[str, Any]]:
    """Rows of account without end: 1.5 accounts a person, a third of the persons in households.

    Of a person's accounts three in four share the e-mail, the rest the phone only, half of these with the
    name in the other alphabet. One household in three uses one phone; each thousandth household's is a
    pick-up point's, which forty strangers share; each two hundredth has an office mailbox.
    """
    draw = random.Random(seed)
    numbers = [0] * (_SHOPS + 1)
    number = 0
    while True:
        family, phone = draw.choice(_FAMILIES), _phone(draw)
        members = draw.choice((1, 1, 1, 2, 3))
        shared = draw.random() < 0.33
        office = f"info@firm{number}.example.com" if draw.random() < 0.005 else ""
        if draw.random() < 0.001:
            members, shared = 40, True
        for _ in range(members):
            number += 1
            if members == 40:
                family = draw.choice(_FAMILIES)
            email = office or f"{family[1]}.{number}@mail{number % 7}.example.com".lower()
            yield from _person(draw, numbers, family, phone if shared else _phone(draw), email)


def _phone(draw: random.Random) -> str:
    return f"+380{draw.choice(('50', '63', '67', '93', '97'))}{draw.randrange(10**7):07d}"


def _person(
    draw: random.Random, numbers: list[int], family: tuple[str, str], phone: str, email: str
) -> Iterator[dict[str, Any]]:
    given = draw.choice(_GIVEN)
    for nth in range(draw.choice((1, 1, 1, 1, 2, 2, 2, 2))):
        other = nth > 0 and draw.random() < 0.25
        script = draw.random() < (0.5 if other else 0.2)
        yield _account(
            draw,
            numbers,
            (given[script], family[script]),
            phone if other or draw.random() < 0.8 else "",
            f"{family[1]}.{numbers[0]}@other.example.net".lower() if other else email,
        )


def _account(
    draw: random.Random, numbers: list[int], name: tuple[str, str], phone: str, email: str
) -> dict[str, Any]:
    numbers[0] += 1
    shop = draw.randint(1, _SHOPS)
    registered = draw.random() < 0.6
    numbers[shop] += registered
    digest = blake2b(f"{numbers[0]}".encode(), digest_size=16).hexdigest()
    external_id = str(numbers[shop]) if registered else f"guest-{digest}"
    return {
        "id": f"{shop}:{external_id}",
        "shop_id": shop,
        "external_id": external_id,
        "registered": registered,
        "email": email.title(),
        "email_folded": email,
        "phone": phone,
        "phone_e164": phone,
        "given_name": name[0],
        "family_name": name[1],
        "name_folded": fold_name(*name),
        "company": "",
        "country": "UA",
        "role": "customer" if registered else "",
        "email_verified": None,
        "labels": {},
        "registered_at": None,
        "version_at": _START + timedelta(seconds=numbers[0]),
        "version_sequence": 1,
        "version_of": None,
        "gone": draw.random() < 0.002,
    }
