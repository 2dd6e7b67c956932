"""Canonical models, normalisation and identity rules. Pure functions: no I/O, no clock."""

from regulars_mapping._account import AccountFields, account_fields, guest_external_id
from regulars_mapping._address import address_digest
from regulars_mapping._bought import counts_as_bought
from regulars_mapping._display import Candidate, Displayed, displayed
from regulars_mapping._email import fold_email
from regulars_mapping._errors import (
    Failure,
    LeaseLostError,
    MisconfiguredError,
    PermanentError,
    RegularsError,
    RetryError,
    SkipError,
    UnmappableError,
)
from regulars_mapping._identity import (
    STANDARD_GUARD,
    GuardRules,
    IdentityKey,
    KeyKind,
    Link,
    Rule,
    anchor_of,
    blocked,
    key_digest,
    keys_of,
    links_of,
    person_id_of,
)
from regulars_mapping._identity_components import Components, components
from regulars_mapping._identity_decisions import Decision, DecisionKind, standing
from regulars_mapping._models import (
    LARGEST_MINOR,
    Address,
    CanonicalObject,
    Contact,
    Customer,
    Kind,
    Order,
    OrderLine,
    OrderStatus,
    Product,
    Refund,
    RefundLine,
    Review,
    ShortText,
    Source,
    Text,
)
from regulars_mapping._names import fold_name, name_skeletons, names_compatible
from regulars_mapping._ownership import Ownership, ownership
from regulars_mapping._phone import e164
from regulars_mapping._text import fold_text
from regulars_mapping._units import from_minor, minor_digits, to_minor

__all__ = [
    "LARGEST_MINOR",
    "STANDARD_GUARD",
    "AccountFields",
    "Address",
    "Candidate",
    "CanonicalObject",
    "Components",
    "Contact",
    "Customer",
    "Decision",
    "DecisionKind",
    "Displayed",
    "Failure",
    "GuardRules",
    "IdentityKey",
    "KeyKind",
    "Kind",
    "LeaseLostError",
    "Link",
    "MisconfiguredError",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Ownership",
    "PermanentError",
    "Product",
    "Refund",
    "RefundLine",
    "RegularsError",
    "RetryError",
    "Review",
    "Rule",
    "ShortText",
    "SkipError",
    "Source",
    "Text",
    "UnmappableError",
    "account_fields",
    "address_digest",
    "anchor_of",
    "blocked",
    "components",
    "counts_as_bought",
    "displayed",
    "e164",
    "fold_email",
    "fold_name",
    "fold_text",
    "from_minor",
    "guest_external_id",
    "key_digest",
    "keys_of",
    "links_of",
    "minor_digits",
    "name_skeletons",
    "names_compatible",
    "ownership",
    "person_id_of",
    "standing",
    "to_minor",
]
