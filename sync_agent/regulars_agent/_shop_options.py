"""The options of a shop: which there are, what they may say, and what follows from a change."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import regulars_store as store
from regulars_agent._derive import EVERYBODY
from regulars_agent._edits_plan import EDITS_OPTION, EMAILS_OPTION
from regulars_agent._settle import SETTLE_OPTION, settle_span
from regulars_agent._workspace import CERTIFICATES_OPTION, Workspace
from regulars_connectors import connector_class
from regulars_mapping import MisconfiguredError
from regulars_marketing import LANGUAGES

COMMON_OPTIONS = frozenset(
    {
        *("certificates", "checks_emails", "currency", EDITS_OPTION, EMAILS_OPTION),
        *("language", "settle_seconds", "storefront_origins"),
    }
)
"""The options of a shop that every platform knows."""
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "checks_emails": ("yes", "no"),
    EDITS_OPTION: ("on", "firm", "off"),
    EMAILS_OPTION: ("no", "yes"),
    "language": LANGUAGES,
}
_LONGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class OptionsChange:
    """What a shop's options were and are. ``recompute``: everybody's offers are due to be computed anew."""

    shop: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    recompute: bool

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after


def check_options(platform: str, options: Mapping[str, str]) -> None:
    """Raises MisconfiguredError for an option that neither the platform nor every shop has, and for a value
    that means nothing."""
    _check_names(platform, options)
    for option, values in _CHOICES.items():
        if options.get(option, values[0]) not in values:
            raise MisconfiguredError(f"The option {option} is one of: {', '.join(values)}.")
    if SETTLE_OPTION in options:
        settle_span(options[SETTLE_OPTION])


def _check_names(platform: str, options: Iterable[str]) -> None:
    known = COMMON_OPTIONS | connector_class(platform).option_names
    for option in options:
        if option not in known:
            raise MisconfiguredError(
                f"There is no option {option[:_LONGEST_SHOWN]!r} of {platform} shops; "
                f"there are: {', '.join(sorted(known))}."
            )


def change_shop_options(
    workspace: Workspace, name: str, options: Mapping[str, str], *, who: str, dry_run: bool = False
) -> OptionsChange:
    """Set options of a connected shop; an empty value takes one away. The others stay.

    A change that says whose an account is (``checks_emails``) makes everybody's offers due to be computed
    anew, here and in the other shops; it and another ``language`` make all of this shop due to be planned,
    and what becomes of edits (``edits``, ``edits_email``) makes due what was ever written by hand.
    With ``dry_run`` nothing is kept. Raises MisconfiguredError for an unknown shop or option and for a value
    that cannot work.
    """
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, name)
    _check_change(workspace, shop, options)
    if dry_run:
        return _change(shop, options)
    with workspace.store.write() as connection:
        change = _change(store.shop_named(connection, name), options)
        if not change.changed:
            return change
        store.set_options(connection, shop.id, change.after)
        if change.recompute:
            store.mark_dirty(connection, EVERYBODY, [f"options:{shop.id}"])
            # Whose name a person bears depends on it too.
            store.mark_accounts_of(connection, shop.id)
        if change.recompute or change.before.get("language") != change.after.get("language"):
            store.mark_offers_of(connection, shop.id)
        if any(change.before.get(name) != change.after.get(name) for name in (EDITS_OPTION, EMAILS_OPTION)):
            store.mark_every_profile(connection, shop.id)
        detail = {"before": change.before, "after": change.after}
        now = workspace.clock()
        store.write_audit(connection, who=who, action="set options", subject=name, detail=detail, now=now)
    return change


def _change(shop: store.Shop, options: Mapping[str, str]) -> OptionsChange:
    merged = {**shop.options, **options}
    after = {option: value for option, value in merged.items() if value != ""}
    recompute = store.checks_emails(shop.options) != store.checks_emails(after)
    return OptionsChange(shop.name, shop.options, after, recompute)


def _check_change(workspace: Workspace, shop: store.Shop, options: Mapping[str, str]) -> None:
    # What stands there without a meaning can at least be taken away.
    _check_names(
        shop.platform, [name for name, value in options.items() if value or name not in shop.options]
    )
    check_options(shop.platform, {name: value for name, value in options.items() if value})
    if options.keys() & (connector_class(shop.platform).option_names | {CERTIFICATES_OPTION}):
        with workspace.connector(replace(shop, options=_change(shop, options).after)):
            pass


def emails_hint(shop: str, platform: str, options: Mapping[str, Any]) -> str:
    """What an owner should know of a shop whose platform does not say whether addresses are verified, with
    the command that says it instead; empty where it is said."""
    if connector_class(platform).verifies_emails or "checks_emails" in options:
        return ""
    return (
        f"{platform} does not say whether customers own the e-mail they register with, so each account here "
        "gets only what it bought itself, and no welcome. Where the shop checks e-mails, say so: "
        f"regulars shop set {shlex.quote(shop)} --option checks_emails=yes"
    )
