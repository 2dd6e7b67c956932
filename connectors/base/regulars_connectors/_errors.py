"""What can go wrong between a connector and a shop, on the branches of the one tree of ``regulars_mapping``.

RegularsError
├── RetryError
│   ├── ClosedError          the shop is closed for now: an update runs, or it is overloaded (503)
│   └── UnansweredError      a write left, and no definite answer came: it may have been carried out
├── PermanentError
│   └── ForgedWebhookError   a webhook that carries no signature of ours
└── MisconfiguredError
    ├── UnreachableError     the address leads to no shop: a redirect, a certificate
    │   └── WebPageError     a web page came instead of data
    └── UnknownPlatformError no connector of that name is installed
"""

from regulars_mapping import MisconfiguredError, PermanentError, RetryError


class ClosedError(RetryError):
    """The shop answers that it is closed for now (503). ``retry_after`` is how long it asks to wait."""


class UnansweredError(RetryError):
    """A write was sent and no definite answer came. Nothing may be concluded, nothing is sent again."""


class ForgedWebhookError(PermanentError):
    """A webhook whose signature does not hold under any of our secrets."""


class UnreachableError(MisconfiguredError):
    """Something answers at the address, but it is not the shop's API."""


class WebPageError(UnreachableError):
    """A web page came where data was asked for: a login page, a firewall's check of the browser."""


class UnknownPlatformError(MisconfiguredError):
    """No installed connector has this name."""
