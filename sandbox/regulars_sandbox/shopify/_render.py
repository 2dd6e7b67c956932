"""Customers, addresses and products in the API's shape."""

from __future__ import annotations

from regulars_sandbox._history import ShopAddress
from regulars_sandbox.shopify._sales import Account, Goods, Variant
from regulars_sandbox.shopify._state import Record, Row, Settings, gid, iso

__all__ = ["address_record", "customer_record", "hidden", "product_record"]

_PERSONAL = (
    *("firstName", "lastName", "email", "phone", "defaultEmailAddress", "defaultPhoneNumber"),
    *("defaultAddress", "addressesV2", "shippingAddress", "billingAddress"),
)
_COUNTRIES = {"UA": "Ukraine", "DE": "Germany", "GB": "United Kingdom", "PL": "Poland", "US": "United States"}


def customer_record(row: Row[Account]) -> Record:
    """A Customer without what the shop adds up: orders, spending, metafields."""
    account = row.state
    addresses = [address_record(address, row.id * 10 + at) for at, address in enumerate(account.addresses, 1)]
    return {
        "__typename": "Customer",
        "id": row.gid,
        "legacyResourceId": str(row.id),
        "createdAt": iso(row.created),
        "updatedAt": iso(row.updated),
        "firstName": account.first_name or None,
        "lastName": account.last_name or None,
        "displayName": _display_name(account),
        "locale": account.locale,
        "state": account.state,
        "verifiedEmail": bool(account.email) and account.state == "ENABLED",
        "note": account.note or None,
        "tags": row.tags,
        "taxExempt": False,
        "taxExemptions": [],
        "dataSaleOptOut": False,
        "multipassIdentifier": None,
        "email": account.email or None,
        "phone": account.phone or None,
        "defaultEmailAddress": _email(account),
        "defaultPhoneNumber": _phone(account),
        "defaultAddress": addresses[0] if addresses else None,
        "addressesV2": addresses,
    }


def hidden(record: Record) -> Record:
    """What an app sees instead of a person for whom it has no approval: nothing."""
    return {name: [] if name == "addressesV2" else None for name in _PERSONAL if name in record}


def address_record(address: ShopAddress, number: int) -> Record:
    """A MailingAddress: what the buyer left empty is null."""
    return {
        "__typename": "MailingAddress",
        "id": gid("MailingAddress", number),
        "firstName": address.first_name or None,
        "lastName": address.last_name or None,
        "name": " ".join(filter(None, (address.first_name, address.last_name))) or None,
        "company": address.company or None,
        "address1": address.address_1 or None,
        "address2": address.address_2 or None,
        "city": address.city or None,
        "province": address.state or None,
        "provinceCode": address.state or None,
        "zip": address.postcode or None,
        "country": _COUNTRIES.get(address.country, address.country) or None,
        "countryCodeV2": address.country or None,
        "phone": address.phone or None,
    }


def product_record(row: Row[Goods], settings: Settings) -> Record:
    """A Product with its variants and collections."""
    product, handle = row.state.product, f"product-{row.id}"
    return {
        "__typename": "Product",
        "id": row.gid,
        "legacyResourceId": str(row.id),
        "title": product.name,
        "handle": handle,
        "status": "ARCHIVED" if row.state.archived else "ACTIVE",
        "vendor": settings.name,
        "productType": product.categories[0] if product.categories else "",
        "tags": row.tags,
        "createdAt": iso(row.created),
        "updatedAt": iso(row.updated),
        "publishedAt": iso(row.created),
        "onlineStoreUrl": f"https://{settings.domain}/products/{handle}",
        "category": None,
        "collections": [_collection(name) for name in product.categories],
        "variants": [
            {**variant_record(variant, row, settings), "position": at}
            for at, variant in enumerate(row.state.variants, start=1)
        ],
    }


def variant_record(variant: Variant, row: Row[Goods], settings: Settings) -> Record:
    """A ProductVariant; a product that has no options has one, called Default Title."""
    option = "Title" if len(row.state.variants) == 1 else "Option"
    return {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", variant.id),
        "legacyResourceId": str(variant.id),
        "title": variant.title,
        "sku": variant.sku or None,
        "barcode": None,
        "price": settings.plain(variant.price),
        "compareAtPrice": None,
        "createdAt": iso(row.created),
        "updatedAt": iso(row.updated),
        "selectedOptions": [{"name": option, "value": variant.title}],
        "inventoryItem": {"id": gid("InventoryItem", variant.id), "unitCost": None},
    }


def collection_number(name: str) -> int:
    """A collection is known by its name alone, so its number is made of the name."""
    return int.from_bytes(name.encode()[:6].ljust(6), "big")


def _collection(name: str) -> Record:
    number = collection_number(name)
    return {"id": gid("Collection", number), "title": name, "handle": f"collection-{number}"}


def _display_name(account: Account) -> str:
    full = " ".join(filter(None, (account.first_name, account.last_name)))
    return full or account.email or account.phone


def _email(account: Account) -> Record | None:
    if not account.email:
        return None
    return {
        "emailAddress": account.email,
        "marketingState": account.email_consent,
        "marketingOptInLevel": account.email_opt_in,
        "marketingUpdatedAt": None if account.email_consent_at is None else iso(account.email_consent_at),
        "validFormat": True,
        "openTrackingLevel": "UNKNOWN",
    }


def _phone(account: Account) -> Record | None:
    if not account.phone:
        return None
    said = None if account.sms_consent_at is None else iso(account.sms_consent_at)
    consent = {
        "__typename": "CustomerSmsMarketingConsent",
        "state": account.sms_consent,
        "optInLevel": account.sms_opt_in,
        "updatedAt": said,
        "collectedFrom": None if said is None else "OTHER",
        "sourceLocation": None,
    }
    return {
        "phoneNumber": account.phone,
        "marketingState": account.sms_consent,
        "marketingOptInLevel": account.sms_opt_in,
        "marketingUpdatedAt": said,
        "smsMarketingConsent": consent,
    }
