"""Connecting shops: their rows, their secrets, and what a check of them says."""

import shlex
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields, replace

from pydantic import SecretStr
from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._derive import EVERYBODY
from regulars_agent._ownership_link import OWNERSHIP_KEY
from regulars_agent._secrets import environment_variable
from regulars_agent._shop_options import check_options
from regulars_agent._storefront import STOREFRONT_KEY
from regulars_agent._webhooks import WEBHOOK_SECRET, WEBHOOK_SECRET_BEFORE, keep_signing_credential
from regulars_agent._webhooks_state import WebhooksState, webhooks_findings, webhooks_state
from regulars_agent._workspace import Workspace
from regulars_connectors import CheckReport, Scan, Severity, connector_class
from regulars_mapping import HIDDEN_PEOPLE, RECENT_ORDERS, Kind, MisconfiguredError
from regulars_store._checkpoints import forget_scan

LONGEST_NAME = 64


def credential_names(platform: str) -> tuple[str, ...]:
    """What a platform's connector asks for. Raises MisconfiguredError for a platform nobody serves here."""
    return tuple(connector_class(platform).credential_names)


def credential_sets(platform: str) -> tuple[tuple[str, ...], ...]:
    """Every complete set of credentials that a platform's connector takes, the usual one first."""
    made = connector_class(platform)
    return (tuple(made.credential_names), *made.credential_alternatives)


def credentials_kept(workspace: Workspace, platform: str, shop: str) -> tuple[str, ...]:
    """The names of the longest set that is there for a shop, complete; the usual one where none is."""
    for names in sorted(credential_sets(platform), key=len, reverse=True):
        if all(workspace.secrets.find(shop, name) is not None for name in names):
            return names
    return credential_names(platform)


def check_name(workspace: Workspace, *, platform: str, name: str) -> None:
    """Raises MisconfiguredError where a shop of this platform and name could not be added."""
    connector_class(platform)
    _refuse_odd_name(name)
    with workspace.store.read() as connection:
        _refuse_taken_name(name, store.shops(connection))


def check_new_shop(
    workspace: Workspace,
    *,
    platform: str,
    name: str,
    url: str,
    options: Mapping[str, str],
    credentials: Mapping[str, SecretStr],
) -> None:
    """Everything that can be told of a new shop without asking it. Keeps nothing.

    ``credentials`` are those that the keyring and the environment do not hold. Raises MisconfiguredError.
    """
    check_name(workspace, platform=platform, name=name)
    check_options(platform, options)
    with workspace.store.read() as connection:
        _refuse_taken_url(platform, url, store.shops(connection))
    kept = {key: workspace.secrets.find(name, key) for names in credential_sets(platform) for key in names}
    known = {key: secret for key, secret in {**kept, **credentials}.items() if secret is not None}
    shop = store.Shop(0, name, platform, url, None, None, None, (), dict(options), workspace.clock())
    connector_class(platform).open(workspace.connector_config(shop, credentials=known)).close()


@dataclass(frozen=True, slots=True)
class ShopCheck(CheckReport):
    """What a check of a connected shop learnt, and how things stand with its webhooks."""

    webhooks: WebhooksState | None = None


def connect_shop(
    workspace: Workspace,
    *,
    platform: str,
    name: str,
    url: str,
    options: Mapping[str, str],
    credentials: Mapping[str, SecretStr],
    check: bool = True,
    until: float | None = None,
) -> CheckReport | None:
    """Check a shop, keep its secrets in the keyring, and add it. Nothing is asked past ``until`` (monotonic
    seconds).

    A shop whose check finds a problem, or fails, is not added: no row is written, and the keyring is as it
    was. Raises MisconfiguredError when the name or the shop is taken.
    """
    check_name(workspace, platform=platform, name=name)
    check_options(platform, options)
    with workspace.store.read() as connection:
        _refuse_taken_url(platform, url, store.shops(connection))
    now = workspace.clock()
    shop = store.Shop(0, name, platform, url, None, None, None, (), dict(options), now)
    with _kept_secrets(workspace, platform, name, credentials) as keep:
        report = _checked_new(workspace, shop, until) if check else None
        if report is None or report.usable:
            with workspace.store.write() as connection:
                _refuse_taken_name(name, store.shops(connection))
                added = store.add_shop(
                    connection, name=name, platform=platform, url=url, options=shop.options, now=now
                )
                _keep_facts(connection, added, report)
            keep()
    return report


def check_shop(workspace: Workspace, name: str, *, until: float | None = None) -> ShopCheck:
    """Ask the shop, in at most eight requests where it answers each, and keep what it says of its zone,
    currency, country and capabilities. Nothing is asked past ``until`` (monotonic seconds)."""
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, name)
    with workspace.connector(shop, until=until) as connector:
        report = connector.check()
        webhooks = webhooks_state(workspace, shop, connector if report.usable else None)
    if report.usable:
        with workspace.store.write() as connection:
            _keep_facts(connection, shop, report)
    told = _with_way(report, f"regulars shop set {shlex.quote(name)}")
    findings = [*told.findings, *(webhooks_findings(name, webhooks) if report.usable else ())]
    known = {each.name: getattr(told, each.name) for each in fields(CheckReport)}
    return ShopCheck(**{**known, "findings": findings}, webhooks=webhooks)


def _checked_new(workspace: Workspace, shop: store.Shop, until: float | None) -> CheckReport:
    with workspace.connector(shop, until=until) as connector:
        report = connector.check()
    adding = ["regulars", "shop", "add", shop.platform, shop.name, shop.url]
    kept = [f"--option={name}={value}" for name, value in shop.options.items() if name not in report.options]
    return _with_way(report, shlex.join([*adding, *kept]))


def _with_way(report: CheckReport, command: str) -> CheckReport:
    """The same report, with the command that sets the options under which the shop lets us in."""
    if not report.options:
        return report
    given = "".join(f" --option {shlex.quote(f'{name}={value}')}" for name, value in report.options.items())
    way = f"With it: {command}"
    if "auth" in report.options:
        way = f"Or leave that as it is and sign each request in its address, which this shop takes: {command}"
    findings = list(report.findings)
    for at, found in enumerate(findings):
        if found.severity is Severity.PROBLEM:
            findings[at] = replace(found, remedy=f"{found.remedy} {way}{given}".strip())
            break
    return replace(report, findings=findings)


def _keep_facts(connection: Connection, shop: store.Shop, report: CheckReport | None) -> None:
    """What the check could not tell stays as it was known."""
    if report is None:
        return
    capabilities = None
    if report.capabilities is not None:
        capabilities = sorted(report.capabilities | report.undecided.intersection(shop.capabilities))
    store.update_shop(
        connection,
        shop.id,
        zone=report.zone,
        currency=report.currency,
        country=report.country,
        capabilities=capabilities,
    )
    if report.currency not in {None, shop.currency}:
        # What programmes with sums give there depends on it.
        store.mark_dirty(connection, EVERYBODY, [f"currency:{shop.id}"])
    if capabilities is not None and (RECENT_ORDERS in capabilities) is not (
        RECENT_ORDERS in shop.capabilities
    ):
        store.mark_dirty(connection, EVERYBODY, [f"history:{shop.id}"])
    if capabilities is not None and HIDDEN_PEOPLE in set(shop.capabilities) - set(capabilities):
        # Nothing that is shown now has a new change time for that.
        for kind in (Kind.CUSTOMER, Kind.ORDER):
            forget_scan(connection, shop.id, kind, Scan.HISTORY)


def rotate_credentials(workspace: Workspace, name: str, credentials: Mapping[str, SecretStr]) -> CheckReport:
    """Put new secrets in the place of the old, check the shop, and go back to the old if it refuses them; not
    where the platform has ended the old ones with the new (``changing_credentials``).

    Webhooks that were signed with the old one hold for a day more.
    """
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, name)
    made = connector_class(shop.platform)
    signing = made.signing_credential
    old = workspace.secrets.find(name, signing) if signing in credentials else None
    report = None
    with _kept_secrets(workspace, shop.platform, name, credentials) as keep:
        if made.changing_credentials.isdisjoint(credentials):
            report = check_shop(workspace, name)
        if report is None or report.usable:
            keep()
            keep_signing_credential(workspace, shop, old, who="the rotation of keys")
    return report or check_shop(workspace, name)


@contextmanager
def _kept_secrets(
    workspace: Workspace, platform: str, name: str, credentials: Mapping[str, SecretStr]
) -> Iterator[Callable[[], None]]:
    """Secrets in the keyring that are taken out again, the old ones back in, unless the block says to keep
    them."""
    old = {key: workspace.secrets.find(name, key) for key in credentials}
    kept = False

    def keep() -> None:
        nonlocal kept
        kept = True

    try:
        with _alone(workspace, platform, name, credentials):
            for key, secret in credentials.items():
                workspace.secrets.set(name, key, secret)
        yield keep
    finally:
        if not kept:
            with _alone(workspace, platform, name, credentials):
                _put_back(workspace, name, old)


def _alone(
    workspace: Workspace, platform: str, name: str, keys: Iterable[str]
) -> AbstractContextManager[object]:
    """Nobody is renewing one of these credentials meanwhile, whose end would overwrite what is written."""
    keeper = workspace.keeper(platform, name)
    changing = connector_class(platform).changing_credentials
    return nullcontext() if keeper is None or changing.isdisjoint(keys) else keeper.locked()


def _put_back(workspace: Workspace, name: str, old: Mapping[str, SecretStr | None]) -> None:
    for key, secret in old.items():
        # A variable stands outside the keyring and was not touched.
        if secret is None:
            workspace.secrets.delete(name, key)
        elif workspace.secrets.find(name, key) != secret:
            workspace.secrets.set(name, key, secret)


def disconnect_shop(workspace: Workspace, name: str) -> None:
    """Stop syncing a shop and forget its secrets. What it told stays; nothing is written to the shop."""
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, name)
    keys = {key for names in credential_sets(shop.platform) for key in names}
    with _alone(workspace, shop.platform, name, keys):
        with workspace.store.write() as connection:
            store.remove_shop(connection, store.shop_named(connection, name).id, now=workspace.clock())
            store.forget_notices(connection, shop.id)
        for key in (*keys, STOREFRONT_KEY, OWNERSHIP_KEY, WEBHOOK_SECRET, WEBHOOK_SECRET_BEFORE):
            workspace.secrets.delete(name, key)


def _refuse_odd_name(name: str) -> None:
    """Names stand in messages, commands and variables."""
    # Letters, their combining marks, and numbers, of any script.
    kinds = [unicodedata.category(sign)[0] for sign in name[:LONGEST_NAME]]
    usual = all(kind in "LMN" or sign in " .-_" for sign, kind in zip(name, kinds, strict=False))
    if not (1 <= len(name) <= LONGEST_NAME and usual and kinds[0] in "LN" and name[-1] != " "):
        raise MisconfiguredError(
            f"{name[:LONGEST_NAME]!r} cannot be a shop's name. Give up to {LONGEST_NAME} letters and digits "
            "of any script, the first sign one of them, with spaces, dots, dashes and underscores inside."
        )


def _refuse_taken_url(platform: str, url: str, shops: Sequence[store.Shop]) -> None:
    for other in shops:
        if other.platform == platform and _place(other.url) == _place(url):
            raise MisconfiguredError(
                f"{url} is connected already, under the name {other.name}; connected twice, its orders would "
                "count twice."
            )


def _place(url: str) -> str:
    """Where a shop is, however its address is spelt; http and https lead to one shop."""
    return store.plain_url(url).partition("://")[2]


def _refuse_taken_name(name: str, shops: Sequence[store.Shop]) -> None:
    """Names that differ only in what variables cannot carry would share their secrets."""
    if name in {shop.name for shop in shops}:
        raise MisconfiguredError(
            f"There is a shop named {name} already. Choose another name, or remove that shop."
        )
    wanted = environment_variable(name, "")
    for other in [shop.name for shop in shops]:
        if environment_variable(other, "") == wanted:
            raise MisconfiguredError(
                f"There is a shop named {other} already, too like {name} to tell their secrets apart. "
                "Choose another name, or remove that shop."
            )
