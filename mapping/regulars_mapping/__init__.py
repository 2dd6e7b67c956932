"""Canonical models, normalisation and identity rules. Pure functions: no I/O, no clock."""

from regulars_mapping._account import AccountFields, account_fields, guest_external_id
from regulars_mapping._address import AddressKind, NormalAddress, address_digest, normal_address
from regulars_mapping._benefit import Goods, Money
from regulars_mapping._birth_date import BirthDate, birth_date
from regulars_mapping._bought import counts_as_bought
from regulars_mapping._completeness import PROPERTY, STANDARD_RULE, CompletenessRule, completeness_rule
from regulars_mapping._contradiction import Contradiction, contradiction
from regulars_mapping._delivery_point import DeliveryPoint
from regulars_mapping._display import Candidate, Displayed, displayed
from regulars_mapping._email import fold_email
from regulars_mapping._erased_email import erased_email, is_erased_email, is_erasure_token
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
    born_of,
    key_digest,
    keys_of,
    keys_with_implied,
    links_of,
    person_id_of,
    weak_keys_of,
)
from regulars_mapping._identity_components import Components, components
from regulars_mapping._identity_decisions import (
    Decision,
    DecisionKind,
    DecisionState,
    Fate,
    fates,
    standing,
)
from regulars_mapping._identity_hindrances import Hindrance, blocking, hindrance
from regulars_mapping._mailbox import email_alias, is_role_mailbox
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
from regulars_mapping._name_match import (
    NameMatch,
    compare_names,
    gender_of,
    is_placeholder_name,
    names_compatible,
)
from regulars_mapping._names import fold_name, name_skeleton, short_forms, skeleton_starts
from regulars_mapping._ownership import Ownership, ownership
from regulars_mapping._phone import e164
from regulars_mapping._place import Place, PlaceKind, places
from regulars_mapping._property import Property, PropertyType
from regulars_mapping._record import NO_EDITS, Edit, Edits, Recorded, RecordStatus, recorded, standing_edits
from regulars_mapping._record_values import FIELDS, Given, check_record_field, record_value, searched_as
from regulars_mapping._record_words import many_words, one_line
from regulars_mapping._refused import REFUSED_STATUSES, EndedOrder, RefusalRules, is_refused
from regulars_mapping._tables import rule_version
from regulars_mapping._text import fold_text
from regulars_mapping._units import from_minor, minor_digits, to_minor

__all__ = [
    "FIELDS",
    "LARGEST_MINOR",
    "NO_EDITS",
    "PROPERTY",
    "REFUSED_STATUSES",
    "STANDARD_GUARD",
    "STANDARD_RULE",
    "AccountFields",
    "Address",
    "AddressKind",
    "BirthDate",
    "Candidate",
    "CanonicalObject",
    "CompletenessRule",
    "Components",
    "Contact",
    "Contradiction",
    "Customer",
    "Decision",
    "DecisionKind",
    "DecisionState",
    "DeliveryPoint",
    "Displayed",
    "Edit",
    "Edits",
    "EndedOrder",
    "Failure",
    "Fate",
    "Given",
    "Goods",
    "GuardRules",
    "Hindrance",
    "IdentityKey",
    "KeyKind",
    "Kind",
    "LeaseLostError",
    "Link",
    "MisconfiguredError",
    "Money",
    "NameMatch",
    "NormalAddress",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Ownership",
    "PermanentError",
    "Place",
    "PlaceKind",
    "Product",
    "Property",
    "PropertyType",
    "RecordStatus",
    "Recorded",
    "Refund",
    "RefundLine",
    "RefusalRules",
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
    "birth_date",
    "blocked",
    "blocking",
    "born_of",
    "check_record_field",
    "compare_names",
    "completeness_rule",
    "components",
    "contradiction",
    "counts_as_bought",
    "displayed",
    "e164",
    "email_alias",
    "erased_email",
    "fates",
    "fold_email",
    "fold_name",
    "fold_text",
    "from_minor",
    "gender_of",
    "guest_external_id",
    "hindrance",
    "is_erased_email",
    "is_erasure_token",
    "is_placeholder_name",
    "is_refused",
    "is_role_mailbox",
    "key_digest",
    "keys_of",
    "keys_with_implied",
    "links_of",
    "many_words",
    "minor_digits",
    "name_skeleton",
    "names_compatible",
    "normal_address",
    "one_line",
    "ownership",
    "person_id_of",
    "places",
    "record_value",
    "recorded",
    "rule_version",
    "searched_as",
    "short_forms",
    "skeleton_starts",
    "standing",
    "standing_edits",
    "to_minor",
    "weak_keys_of",
]
