"""Connecting a WooCommerce shop by its owner's approval in the shop, instead of by a key that is copied.

1. ``ask_for_key``: a request is kept, and the owner's browser goes to the shop.
2. ``take_key``: the shop's server sends the key; it goes to the keyring. Here the shop is not asked anything:
   it waits for us, and a small one has nobody else to answer.
3. ``finish_connecting``: the owner's browser is back; the shop is checked and added.

Requests are files in the workspace: whoever shares its keyring shares them too.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import SecretStr

import regulars_store as store
from regulars_agent._key_requests import KeyRequest, KeyRequests
from regulars_agent._shops import check_name, check_new_shop, check_shop, connect_shop, credential_names
from regulars_agent._workspace import Workspace
from regulars_connectors import CheckReport, Finding, Severity
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError
from regulars_woocommerce import LARGEST_GRANT, authorize_url, granted_key, home_of

PLATFORM = "woocommerce"
LARGEST_BODY = LARGEST_GRANT
_SCOPE = "read_write"
_TOKEN_BYTES = 32
CONNECTING_SECONDS: Final = 15.0
"""How long a shop has for all that ``finish_connecting`` asks: less than web servers let a page take."""
_SLOW: Final = Finding(
    Severity.PROBLEM,
    "slow",
    f"The shop was too slow: this page waits {CONNECTING_SECONDS:.0f} seconds for it.",
    "Load this page again to try once more; the key is kept for an hour. If that does not help, connect the "
    "shop on the command line, which waits longer: regulars shop add woocommerce",
)


@dataclass(frozen=True, slots=True)
class Approval:
    """Where the owner's browser goes next, and the id of the request that comes back with it."""

    request: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connecting:
    """How far a request came. ``report`` is None until the shop has sent its key."""

    name: str
    url: str
    report: CheckReport | None

    @property
    def connected(self) -> bool:
        """Whether the shop is connected now."""
        return self.report is not None and self.report.usable


def ask_for_key(
    workspace: Workspace,
    *,
    name: str,
    url: str,
    who: str,
    app_name: str,
    return_url: str,
    callback_url: Callable[[str, str], str],
    options: Mapping[str, str] | None = None,
) -> Approval:
    """Keep a request for a key of the shop at ``url``, and say where its owner approves it.

    ``who`` alone can finish it. ``callback_url`` makes the address to send the key to of the request's id and
    a token. It holds for fifteen minutes, and an older request for a shop of that name no longer does.
    Raises MisconfiguredError where such a shop could not be connected.
    """
    home, given = home_of(_with_scheme(url)), dict(options or {})
    stand_in = dict.fromkeys(credential_names(PLATFORM), SecretStr("asked-for"))
    check_new_shop(workspace, platform=PLATFORM, name=name, url=home, options=given, credentials=stand_in)
    request, token = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES)
    address = authorize_url(
        home,
        app_name=app_name,
        scope=_SCOPE,
        user_id=request,
        return_url=return_url,
        callback_url=callback_url(request, token),
    )
    forget_old_requests(workspace)
    kept = _requests(workspace)
    for old in kept.ended_by(name):
        _forget(workspace, old)
    kept.ask(KeyRequest(request, name, home, who, _digest(token), given, workspace.clock()))
    return Approval(request, address)


def take_key(workspace: Workspace, request: str, token: str, body: bytes) -> None:
    """Keep the key that a shop has sent, once. ``body`` is the whole of what it sent.

    Raises PermanentError, always the same, for a request that is unknown, too old or answered already, and
    for a wrong token; for another reason where a key cannot be read or kept. The shop then takes it back.
    """
    kept = _requests(workspace)
    asked = kept.asked(request, now=workspace.clock())
    if asked is None or not hmac.compare_digest(asked.digest, _digest(token)):
        raise _refusal()
    credentials = granted_key(body, user_id=request, scope=_SCOPE)
    if not kept.claim(request):
        raise _refusal()
    try:
        # A shop that was connected under this name meanwhile keeps its own key.
        check_name(workspace, platform=PLATFORM, name=asked.name)
        for key, secret in credentials.items():
            workspace.secrets.set(asked.name, key, secret)
    except RegularsError:
        kept.drop(request)
        raise


def finish_connecting(workspace: Workspace, request: str, *, who: str) -> Connecting:
    """Check the shop whose key has come, and add it; what keeps it from being added can be mended and tried
    again for an hour. A shop that is added is only checked again. Where the Authorization header does not
    reach the shop, and it takes requests that are signed in their address, it is connected that way.

    The shop has ``CONNECTING_SECONDS`` for all of it: somebody waits for the page that this is called by.

    Raises MisconfiguredError for a request that is too old, unknown, or somebody else's, and where another
    shop of that name or address has been connected meanwhile.
    """
    kept = _requests(workspace)
    now = workspace.clock()
    granted = kept.granted(request, now=now)
    found = granted or kept.asked(request, now=now)
    if found is None or not hmac.compare_digest(found.who.encode(), who.encode()):
        raise MisconfiguredError("This request for a key is not known here, or is too old. Begin anew.")
    if granted is None:
        return Connecting(found.name, found.url, None)
    return Connecting(found.name, found.url, _report(workspace, found))


def _report(workspace: Workspace, found: KeyRequest) -> CheckReport | None:
    until = time.monotonic() + CONNECTING_SECONDS
    if (found.name, found.url) in _connected(workspace):
        report: CheckReport | None = check_shop(workspace, found.name, until=until)
    else:
        report = _added(workspace, found, found.options, until)
        if report is not None and not report.usable and report.options:
            report = _by_another_way(workspace, found, report, until)
    late = report is not None and not report.usable and _was_slow(report, until)
    return replace(report, findings=[*report.findings, _SLOW]) if report is not None and late else report


def _added(
    workspace: Workspace, found: KeyRequest, options: Mapping[str, str], until: float
) -> CheckReport | None:
    return connect_shop(
        workspace,
        platform=PLATFORM,
        name=found.name,
        url=found.url,
        options=options,
        credentials={},
        until=until,
    )


def _by_another_way(
    workspace: Workspace, found: KeyRequest, before: CheckReport, until: float
) -> CheckReport | None:
    """The shop let us in under other options: with these, and what was wrong without them."""
    report = _added(workspace, found, {**found.options, **before.options}, until)
    if report is None or not report.usable:
        return report
    wrong = next(each for each in before.findings if each.severity is Severity.PROBLEM)
    said = (
        f"{wrong.message} Every request is signed in its address instead, which works, and the shop was "
        f"connected so ({', '.join(f'{name}={value}' for name, value in before.options.items())})."
    )
    kept = [each for each in report.findings if each.subject != wrong.subject]
    return replace(report, findings=[*kept, Finding(Severity.WARNING, wrong.subject, said)])


def _was_slow(report: CheckReport, until: float) -> bool:
    return time.monotonic() >= until or any(each.subject == "slow" for each in report.findings)


def _connected(workspace: Workspace) -> set[tuple[str, str]]:
    with workspace.store.read() as connection:
        return {(shop.name, shop.url) for shop in store.shops(connection)}


def forget_old_requests(workspace: Workspace) -> None:
    """Drop what was asked for and never finished, with the keys that came for it. Harmless twice."""
    for old in _requests(workspace).overdue(now=workspace.clock()):
        _forget(workspace, old)


def _forget(workspace: Workspace, old: KeyRequest) -> None:
    kept = _requests(workspace)
    if kept.answered(old.id) and old.name not in {name for name, _ in _connected(workspace)}:
        for key in credential_names(PLATFORM):
            workspace.secrets.delete(old.name, key)
    kept.drop(old.id)


def _requests(workspace: Workspace) -> KeyRequests:
    return KeyRequests(workspace.settings.directory / "connecting")


def _refusal() -> PermanentError:
    return PermanentError("This request for a key is unknown, too old, or answered already.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"https://{url}"
