"""The webhooks of a shop: made at the owner's word, kept alive by the agent, signed with a secret of ours.

Without them everything works, only later: what no filter for changes shows is then found by the day's sweep.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import SecretStr

import regulars_store as store
from regulars_agent._secrets import environment_variable
from regulars_agent._webhook_address import usable_address
from regulars_agent._workspace import Workspace
from regulars_connectors import Infrastructure, connector_class
from regulars_mapping import MisconfiguredError

WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 - the name of a secret, not one
WEBHOOK_SECRET_BEFORE = "webhook_secret_previous"  # noqa: S105 - as above
URL_OPTION = "webhook_url"
"""The shop's option that says where it delivers to; set by ``keep_webhooks`` alone."""
ROTATED_OPTION = "webhook_rotated_at"
BOTH_HOLD: Final = timedelta(days=1)
"""How long the secret before the present one still verifies: what was on its way when it was replaced."""
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class WebhooksChange:
    """What was (or would be) done in a shop, in words, and where it delivers to; '' for nowhere."""

    shop: str
    url: str
    done: tuple[str, ...]


def keep_webhooks(
    workspace: Workspace,
    name: str,
    *,
    who: str,
    url: str = "",
    rotate: bool = False,
    given: SecretStr | None = None,
    anyway: bool = False,
    dry_run: bool = False,
) -> WebhooksChange:
    """Have the shop tell of changes at ``url`` (where it does already, without one), and keep it so.

    Calling this is the owner's approval of what is made there, now and by ``mend_webhooks`` later. Those at
    an address of before are taken away. ``rotate`` puts a new secret in the place of the old, which holds for
    a day more; ``given`` is the platform's own, where it signs with one that is no credential of the shop
    here. ``anyway`` takes an address that nothing seems to arrive at. Idempotent; after a failure the agent
    goes on with it. Raises MisconfiguredError for an address that cannot be delivered to, and for a secret
    that is not ours to make or missing.
    """
    shop = _named(workspace, name)
    before = webhook_url(shop)
    where = usable_address(url, platform=shop.platform, shop=name, anyway=anyway) if url else before
    if not where:
        if rotate:
            raise MisconfiguredError(
                f"{name} has no webhooks. Make them: regulars shop webhooks {name} --url …"
            )
        return WebhooksChange(name, "", ())
    secret = given or _secret(workspace, shop, rotate=rotate)
    if not dry_run:
        _keep_secret(workspace, shop, secret)
        _note(workspace, shop, who, {URL_OPTION: where}, rotated=rotate)
    with workspace.connector(shop) as connector:
        done = list(connector.ensure(Infrastructure(where, secret), dry_run=dry_run))
        if before not in {"", where}:
            done += connector.remove_webhooks(before, dry_run=dry_run)
    return WebhooksChange(name, where, tuple(done))


def remove_webhooks(workspace: Workspace, name: str, *, who: str, dry_run: bool = False) -> WebhooksChange:
    """Take the webhooks away again; the shop is asked for changes as before. Idempotent."""
    shop = _named(workspace, name)
    url = webhook_url(shop)
    if not url:
        return WebhooksChange(name, "", ())
    with workspace.connector(shop) as connector:
        done = tuple(connector.remove_webhooks(url, dry_run=dry_run))
    if not dry_run:
        _note(workspace, shop, who, {}, rotated=False)
        for secret in (WEBHOOK_SECRET, WEBHOOK_SECRET_BEFORE):
            workspace.secrets.delete(name, secret)
    return WebhooksChange(name, "" if not dry_run else url, done)


def mend_webhooks(workspace: Workspace, shop: store.Shop) -> tuple[str, ...]:
    """Make again what is missing, switch on what the shop switched off, and let the secret of before lapse;
    what was done. Nothing where the owner wants none."""
    url = webhook_url(shop)
    if not url:
        return ()
    _let_lapse(workspace, shop)
    secret = _secret(workspace, shop, rotate=False)
    with workspace.connector(shop) as connector:
        return tuple(connector.ensure(Infrastructure(url, secret), dry_run=False))


def webhook_url(shop: store.Shop) -> str:
    """Where a shop was told to deliver to; '' where to nowhere."""
    return str(shop.options.get(URL_OPTION, ""))


def present_secret(workspace: Workspace, shop: store.Shop) -> SecretStr | None:
    """What deliveries of this shop are signed with now, None where that is not known here."""
    given = connector_class(shop.platform).signing_credential
    found = workspace.secrets.find(shop.name, given) if given else None
    return found or workspace.secrets.find(shop.name, WEBHOOK_SECRET)


def signing_secrets(workspace: Workspace, shop: store.Shop) -> tuple[SecretStr, ...]:
    """What a delivery of this shop may be signed with: the present secret, and for a day the one before."""
    names = [connector_class(shop.platform).signing_credential, WEBHOOK_SECRET]
    if not _has_lapsed(workspace, shop):
        names.append(WEBHOOK_SECRET_BEFORE)
    found = [workspace.secrets.find(shop.name, name) for name in names if name]
    return tuple(secret for secret in found if secret is not None)


def keep_signing_credential(workspace: Workspace, shop: store.Shop, old: SecretStr | None, who: str) -> None:
    """A credential that signs webhooks was replaced: what the old one signed holds for a day more."""
    if old is not None:
        workspace.secrets.set(shop.name, WEBHOOK_SECRET_BEFORE, old)
        kept = {URL_OPTION: webhook_url(shop)} if webhook_url(shop) else {}
        _note(workspace, shop, who, kept, rotated=True)


def _named(workspace: Workspace, name: str) -> store.Shop:
    with workspace.store.read() as connection:
        return store.shop_named(connection, name)


def _secret(workspace: Workspace, shop: store.Shop, *, rotate: bool) -> SecretStr:
    """The secret that deliveries are to be signed with; a fresh one where there is none or it is replaced."""
    given = connector_class(shop.platform).signing_credential
    if given and rotate:
        raise MisconfiguredError(
            f"{shop.platform} signs webhooks with the {given.replace('_', ' ')}. Replace it there, then run: "
            f"regulars shop rotate {shop.name}"
        )
    found = present_secret(workspace, shop)
    if found is None and given:
        raise MisconfiguredError(
            f"{shop.platform} signs webhooks with the app's {given.replace('_', ' ')}, and '{shop.name}' was "
            f"connected without one. Give it with --secret, or in the variable "
            f"{environment_variable(shop.name, WEBHOOK_SECRET)}."
        )
    if found is None or rotate:
        return SecretStr(secrets.token_urlsafe(_SECRET_BYTES))
    return found


def _keep_secret(workspace: Workspace, shop: store.Shop, secret: SecretStr) -> None:
    """Keep a fresh secret before the shop learns it, and the one before beside it."""
    signs_itself = connector_class(shop.platform).signing_credential
    if signs_itself and workspace.secrets.find(shop.name, signs_itself) == secret:
        return
    old = workspace.secrets.find(shop.name, WEBHOOK_SECRET)
    if old == secret:
        return
    if old is not None:
        workspace.secrets.set(shop.name, WEBHOOK_SECRET_BEFORE, old)
    workspace.secrets.set(shop.name, WEBHOOK_SECRET, secret)


def _note(workspace: Workspace, shop: store.Shop, who: str, wanted: dict[str, str], *, rotated: bool) -> None:
    """Keep what the owner wants in the shop's options, with an audit row."""
    now = workspace.clock()
    with workspace.store.write(durable=True) as connection:
        options = dict(store.shop_named(connection, shop.name).options)
        after = {**{key: value for key, value in options.items() if key != URL_OPTION}, **wanted}
        if rotated:
            after[ROTATED_OPTION] = now.isoformat()
        elif not wanted:
            after.pop(ROTATED_OPTION, None)
        if after != options:
            store.set_options(connection, shop.id, after)
            detail: dict[str, Any] = {"url": wanted.get(URL_OPTION, ""), "new secret": rotated}
            store.write_audit(
                connection, who=who, action="set webhooks", subject=shop.name, detail=detail, now=now
            )


def _has_lapsed(workspace: Workspace, shop: store.Shop) -> bool:
    """Whether the secret of before holds no longer. One that came from outside has no date, and holds."""
    rotated = str(shop.options.get(ROTATED_OPTION, ""))
    return bool(rotated) and workspace.clock() - datetime.fromisoformat(rotated) > BOTH_HOLD


def _let_lapse(workspace: Workspace, shop: store.Shop) -> None:
    if _has_lapsed(workspace, shop):
        workspace.secrets.delete(shop.name, WEBHOOK_SECRET_BEFORE)
        with workspace.store.write() as connection:
            options = dict(store.shop_named(connection, shop.name).options)
            options.pop(ROTATED_OPTION, None)
            store.set_options(connection, shop.id, options)
