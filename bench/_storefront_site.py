"""A site that only answers the storefront, for the benchmark: settings and a filled store."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from regulars_agent import derive, enable_programme, storefront_key, write_default_settings
from regulars_store import Store, add_shop, tables

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROGRAMME = {
    "kind": "tier",
    "key": "regulars",
    "title": "Our regulars",
    "currency": "UAH",
    "tiers": [
        {"threshold": "1000.00", "percent": "3", "level": "Bronze"},
        {"threshold": "5000.00", "percent": "5", "level": "Silver"},
    ],
}
_CHUNK = 5_000


def configure(directory: Path) -> None:
    """A Django with nothing but the storefront, over a new workspace in ``directory``."""
    import django
    from django.conf import settings

    write_default_settings(directory)
    os.environ["REGULARS_MASTER_KEY"] = "only-for-a-benchmark-0123456789abcdef"
    settings.configure(
        SECRET_KEY="only-for-a-benchmark",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="wagtail_regulars.storefront_urls",
        REGULARS={"directory": str(directory)},
        USE_TZ=True,
        # As every site has it; sessions and users are not asked for the offer.
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
        ],
    )
    django.setup()


def fill(store: Store, persons: int) -> None:
    """A shop with so many accounts, each a person who bought twice and holds a confirmed code."""
    from wagtail_regulars._workspace import workspace

    store.upgrade()
    with store.write() as connection:
        add_shop(
            connection,
            name="tea",
            platform="woocommerce",
            url="https://tea.example.com",
            options={},
            now=START,
        )
    storefront_key(workspace(), "tea")
    for start in range(1, persons + 1, _CHUNK):
        numbers = range(start, min(start + _CHUNK, persons + 1))
        with store.write() as connection:
            connection.execute(insert(tables.account), [_account(number) for number in numbers])
            connection.execute(
                insert(tables.order), [_order(number, part) for number in numbers for part in (1, 2)]
            )
            connection.execute(insert(tables.dirty), [_mark(number) for number in numbers])
    enable_programme(workspace(), PROGRAMME, who="the benchmark")
    derive(workspace())
    _grant(store, persons)


def _grant(store: Store, persons: int) -> None:
    for start in range(1, persons + 1, _CHUNK):
        numbers = range(start, min(start + _CHUNK, persons + 1))
        with store.write() as connection:
            connection.execute(insert(tables.grant), [_given(number) for number in numbers])
            connection.execute(insert(tables.push_state), [_standing(number) for number in numbers])


def _account(number: int) -> dict[str, Any]:
    texts = ("phone", "phone_e164", "given_name", "family_name", "name_folded", "company", "country", "role")
    email = f"person{number}@example.com"
    return {
        "id": f"1:{number}",
        "shop_id": 1,
        "external_id": str(number),
        "registered": True,
        "email": email,
        "email_folded": email,
        "labels": {},
        "version_at": START,
        "version_sequence": 1,
        **dict.fromkeys(texts, ""),
    }


def _order(number: int, part: int) -> dict[str, Any]:
    order = f"{number}-{part}"
    goods = 100_000 * (number % 9)
    amounts = dict.fromkeys(("goods_tax", "discount", "shipping", "shipping_tax"), 0)
    words = dict.fromkeys(("payment_method", "shipping_method"), "")
    return {
        "id": f"1:{order}",
        "shop_id": 1,
        "external_id": order,
        "number": order,
        "account_id": f"1:{number}",
        "status": "completed",
        "shop_status": "completed",
        "bought": True,
        "currency": "UAH",
        "placed_at": START + timedelta(minutes=number % 100_000),
        "goods": goods,
        "total": goods,
        "coupon_codes": [],
        "source": {},
        "contact": {},
        **amounts,
        **words,
    }


def _mark(number: int) -> dict[str, Any]:
    return {"stage": "identity", "key": f"1:{number}", "stamp": number}


def _given(number: int) -> dict[str, Any]:
    return {
        "id": f"g{number}",
        "account_id": f"1:{number}",
        "shop_id": 1,
        "programme_key": "regulars",
        "programme_version": 1,
        "code": f"reg-{number}",
        "percent": 500,
        "state": "given",
        "given_at": START,
    }


def _standing(number: int) -> dict[str, Any]:
    return {
        "shop_id": 1,
        "target_kind": "coupon",
        "target_key": f"reg-{number}",
        "account_id": f"1:{number}",
        "document": {},
        "confirmed_at": START,
    }
