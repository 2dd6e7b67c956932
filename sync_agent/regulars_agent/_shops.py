"""Connecting shops: their rows, their secrets, and what a check of them says."""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

import regulars_store as store
from regulars_agent._secrets import environment_variable
from regulars_agent._workspace import Workspace
from regulars_connectors import CheckReport, connector_class
from regulars_mapping import MisconfiguredError, RegularsError


def credential_names(platform: str) -> tuple[str, ...]:
    """What a platform's connector asks for. Raises MisconfiguredError for a platform nobody serves here."""
    return tuple(connector_class(platform).credential_names)


def connect_shop(
    workspace: Workspace,
    *,
    platform: str,
    name: str,
    url: str,
    options: Mapping[str, str],
    credentials: Mapping[str, SecretStr],
    check: bool = True,
) -> CheckReport | None:
    """Add a shop, keep its secrets in the keyring, and check it.

    A shop whose check finds a problem is not added, and its secrets are taken out again. Raises
    MisconfiguredError when the name is taken.
    """
    connector_class(platform)
    with workspace.store.write() as connection:
        _refuse_taken_name(name, [shop.name for shop in store.shops(connection)])
        shop = store.add_shop(
            connection, name=name, platform=platform, url=url, options=dict(options), now=workspace.clock()
        )
    try:
        for key, secret in credentials.items():
            workspace.secrets.set(name, key, secret)
        report = check_shop(workspace, name) if check else None
    except RegularsError:
        _forget(workspace, shop, credentials)
        raise
    if report is not None and not report.usable:
        _forget(workspace, shop, credentials)
    return report


def check_shop(workspace: Workspace, name: str) -> CheckReport:
    """Ask the shop, and keep what it says of its zone, currency, country and capabilities."""
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, name)
    with workspace.connector(shop) as connector:
        report = connector.check()
    if report.usable:
        with workspace.store.write() as connection:
            store.update_shop(
                connection,
                shop.id,
                zone=report.zone,
                currency=report.currency,
                country=report.country,
                capabilities=sorted(report.capabilities),
            )
    return report


def rotate_credentials(
    workspace: Workspace, name: str, credentials: Mapping[str, SecretStr]
) -> CheckReport:
    """Put new secrets in the place of the old, check the shop, and go back to the old if it refuses them."""
    old = {key: workspace.secrets.find(name, key) for key in credentials}
    for key, secret in credentials.items():
        workspace.secrets.set(name, key, secret)
    try:
        report = check_shop(workspace, name)
    except RegularsError:
        _put_back(workspace, name, old)
        raise
    if not report.usable:
        _put_back(workspace, name, old)
    return report


def _put_back(workspace: Workspace, name: str, old: Mapping[str, SecretStr | None]) -> None:
    for key, secret in old.items():
        if secret is not None:
            workspace.secrets.set(name, key, secret)


def disconnect_shop(workspace: Workspace, name: str) -> None:
    """Stop syncing a shop and forget its secrets. What it told stays; nothing is written to the shop."""
    with workspace.store.write() as connection:
        shop = store.shop_named(connection, name)
        store.remove_shop(connection, shop.id, now=workspace.clock())
    for key in credential_names(shop.platform):
        workspace.secrets.delete(name, key)


def _refuse_taken_name(name: str, taken: Sequence[str]) -> None:
    """Names that differ only in what variables cannot carry would share their secrets."""
    wanted = environment_variable(name, "")
    for other in taken:
        if environment_variable(other, "") == wanted:
            raise MisconfiguredError(
                f"There is a shop named {other} already, too like {name} to tell their secrets apart. "
                "Choose another name, or remove that shop."
            )


def _forget(workspace: Workspace, shop: store.Shop, credentials: Mapping[str, SecretStr]) -> None:
    with workspace.store.write() as connection:
        store.remove_shop(connection, shop.id, now=workspace.clock())
    for key in credentials:
        workspace.secrets.delete(shop.name, key)
