"""The connector contract, what travels over it, and the HTTP session that connectors share."""

from regulars_connectors._contract import (
    CheckReport,
    Connector,
    ConnectorConfig,
    Finding,
    Infrastructure,
    Limits,
    Severity,
    WebhookNotice,
)
from regulars_connectors._discovery import connector_class, platforms
from regulars_connectors._errors import (
    ClosedError,
    ForgedWebhookError,
    UnansweredError,
    UnknownPlatformError,
    UnreachableError,
    WebPageError,
)
from regulars_connectors._http import Answer, HttpOptions, HttpSession
from regulars_connectors._json import decode_json
from regulars_connectors._noise import Noise
from regulars_connectors._pause import Pause
from regulars_connectors._problems import unmappable
from regulars_connectors._push import (
    AccountOffer,
    Document,
    Found,
    Mechanism,
    Operation,
    Outcome,
    PushResult,
    Target,
    TargetDocument,
    Verb,
)
from regulars_connectors._records import (
    Cursor,
    Page,
    Payload,
    RawRecord,
    Reading,
    Scan,
    Total,
    Window,
    fingerprint,
)

__all__ = [
    "AccountOffer",
    "Answer",
    "CheckReport",
    "ClosedError",
    "Connector",
    "ConnectorConfig",
    "Cursor",
    "Document",
    "Finding",
    "ForgedWebhookError",
    "Found",
    "HttpOptions",
    "HttpSession",
    "Infrastructure",
    "Limits",
    "Mechanism",
    "Noise",
    "Operation",
    "Outcome",
    "Page",
    "Pause",
    "Payload",
    "PushResult",
    "RawRecord",
    "Reading",
    "Scan",
    "Severity",
    "Target",
    "TargetDocument",
    "Total",
    "UnansweredError",
    "UnknownPlatformError",
    "UnreachableError",
    "Verb",
    "WebPageError",
    "WebhookNotice",
    "Window",
    "connector_class",
    "decode_json",
    "fingerprint",
    "platforms",
    "unmappable",
]
