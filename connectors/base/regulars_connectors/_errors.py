"""What can go wrong between a connector and a shop, on the branches of the one tree of ``regulars_mapping``.

RegularsError
├── RetryError
│   ├── TooSlowError         no answer came in the time that was given
│   ├── ClosedError          the shop is closed for now: an update runs, or it is overloaded (503)
│   └── UnansweredError      a write left, and no definite answer came: it may have been carried out
├── PermanentError
│   └── ForgedRequestError   a request in the platform's name that carries no signature of ours
│       └── ForgedWebhookError  so does a webhook
└── MisconfiguredError
    ├── UnreachableError     the address leads to no shop: a redirect, a certificate
    │   └── WebPageError     a web page came instead of data
    ├── RefusedKeyError      the shop does not let this key in any more, whatever it asks for
    ├── UnknownPlatformError no connector of that name is installed
    ├── ForbiddenKindError   the key may not read one kind of objects; it may read the others
    └── HiddenTargetsError   the shop does not show what is to be written; it may show other kinds
"""

from regulars_mapping import MisconfiguredError, PermanentError, RetryError


class ClosedError(RetryError):
    """The shop answers that it is closed for now (503). ``retry_after`` is how long it asks to wait."""


class TooSlowError(RetryError):
    """The shop did not answer a request that may be repeated in the time that was given for it."""


class UnansweredError(RetryError):
    """A write was sent and no definite answer came. Nothing may be concluded, nothing is sent again."""


class ForgedRequestError(PermanentError):
    """A request that says to be the platform's, and whose signature, time or shop does not hold."""


class ForgedWebhookError(ForgedRequestError):
    """A webhook whose signature does not hold under any of our secrets."""


class UnreachableError(MisconfiguredError):
    """Something answers at the address, but it is not the shop's API."""


class WebPageError(UnreachableError):
    """A web page came where data was asked for: a login page, a firewall's check of the browser."""


class RefusedKeyError(MisconfiguredError):
    """The shop knows this key no more: it was taken back, or the app it belongs to was removed."""


class ForbiddenKindError(MisconfiguredError):
    """The key may not read one kind of objects, and was seen to read others: these can go on."""


class HiddenTargetsError(MisconfiguredError):
    """The shop does not show targets of this kind to the key, so that none of them can be written safely."""


class UnknownPlatformError(MisconfiguredError):
    """No installed connector has this name."""
