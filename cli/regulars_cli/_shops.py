"""``shop add``, ``list``, ``check``, ``set``, ``rotate``, ``remove``."""

import shlex
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console

import regulars_store as store
from regulars_agent import (
    OptionsChange,
    ShopCheck,
    change_shop_options,
    check_name,
    check_new_shop,
    check_options,
    check_shop,
    connect_shop,
    connect_shopify,
    credentials_kept,
    disconnect_shop,
    emails_hint,
    rotate_credentials,
)
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Exit, Json, Session, session_of, this_user
from regulars_cli._shop_keys import keys_in_variables, keys_of_new_shop, prompt_secret
from regulars_cli._shop_owner import AllOrders, AskOwner, Redirect, app_keys, keys_by_the_owner
from regulars_cli._workspace import print_findings
from regulars_connectors import CheckReport

ShopName = Annotated[str, typer.Argument(metavar="SHOP", help="The shop's name here.")]
shop_app = typer.Typer(help="Connect shops.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(shop_app, name="shop")


@shop_app.command()
def add(
    context: typer.Context,
    platform: Annotated[str, typer.Argument(help="shopify or woocommerce")],
    name: ShopName,
    url: Annotated[str, typer.Argument(help="The shop's address, as https://shop.example")],
    option: Annotated[
        list[str] | None, typer.Option(help="A setting of the connector, as NAME=VALUE.")
    ] = None,
    credential: Annotated[
        str, typer.Option(help="Ask for this kind of key instead of the usual ones (shopify: access_token).")
    ] = "",
    ask_owner: AskOwner = False,
    redirect: Redirect = connect_shopify.OWNERS_REDIRECT,
    all_orders: AllOrders = False,
    json: Json = False,
    dry_run: DryRun = False,
) -> Exit:
    """Connect a shop. Its keys are asked for, or taken from REGULARS_SECRET_<SHOP>_<NAME>."""
    if ask_owner and credential:
        raise typer.BadParameter("--ask-owner takes the app's keys; --credential names another way in")
    session = session_of(context)
    options = _options(option or [])
    with session.workspace() as workspace:
        check_name(workspace, platform=platform, name=name)
        check_options(platform, options)
        given = (
            app_keys(session, workspace, platform, name)
            if ask_owner
            else keys_of_new_shop(session, workspace, platform, name, url, credential)
        )
        check_new_shop(workspace, platform=platform, name=name, url=url, options=options, credentials=given)
        if dry_run:
            session.answer(
                {"would_add": name}, json=json, text=lambda out: out.print(f"Would add {escape(name)}.")
            )
            return Exit.DONE
        if ask_owner:
            given = keys_by_the_owner(
                session, workspace, given, name=name, url=url, redirect=redirect, all_orders=all_orders
            )
        report = connect_shop(
            workspace, platform=platform, name=name, url=url, options=options, credentials=given
        )
        variables = keys_in_variables(session, workspace, platform, name)

    hint = emails_hint(name, platform, options)
    return _answer_added(session, name, report, variables, hint=hint, json=json)


def _answer_added(
    session: Session, name: str, report: CheckReport | None, variables: list[str], *, hint: str, json: bool
) -> Exit:
    def text(out: Console) -> None:
        if variables and report is not None and report.usable:
            _print_variables(out, name, variables)
        _print_report(out, report, f"regulars backfill {name}", hint=hint)

    document = {} if report is None else asdict(report)
    session.answer({**document, "keys_in_variables": variables}, json=json, text=text)
    return Exit.DONE if report is None or report.usable else Exit.FAILED


@shop_app.command(name="list")
def list_shops(context: typer.Context, json: Json = False) -> None:
    """The connected shops."""
    session = session_of(context)
    with session.workspace() as workspace, workspace.store.read() as connection:
        shops = store.shops(connection)

    def text(out: Console) -> None:
        for shop in shops:
            out.print(f"{escape(shop.name)}  {shop.platform}  {escape(shop.url)}  {shop.currency or ''}")
        if not shops:
            out.print(
                "No shop is connected. Next: regulars shop add woocommerce NAME https://your-shop.example"
            )

    session.answer(shops, json=json, text=text)


@shop_app.command()
def check(context: typer.Context, name: ShopName, json: Json = False) -> Exit:
    """Prove credentials, rights, zone, currency and webhooks, and say what to do about what is wrong."""
    session = session_of(context)
    with session.workspace() as workspace:
        report = check_shop(workspace, name)
        with workspace.store.read() as connection:
            shop = store.shop_named(connection, name)
    hint = emails_hint(name, shop.platform, shop.options)

    def text(out: Console) -> None:
        _print_report(out, report, "", hint=hint)
        _print_webhooks(out, report)

    session.answer(report, json=json, text=text)
    return Exit.DONE if report.usable else Exit.FAILED


@shop_app.command(name="set")
def set_options(
    context: typer.Context,
    name: ShopName,
    option: Annotated[
        list[str],
        typer.Option(help="A setting of the shop, as NAME=VALUE; without a value it is taken away."),
    ],
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Set options of a connected shop; those that are not named stay as they are."""
    session = session_of(context)
    with session.workspace() as workspace:
        change = change_shop_options(workspace, name, _options(option), who=this_user(), dry_run=dry_run)
    document = {
        "shop": name,
        "before": change.before,
        "after": change.after,
        "changed": change.changed and not dry_run,
    }
    session.answer(document, json=json, text=lambda out: _print_change(out, change, dry_run=dry_run))


@shop_app.command()
def rotate(
    context: typer.Context,
    name: ShopName,
    ask_owner: AskOwner = False,
    redirect: Redirect = connect_shopify.OWNERS_REDIRECT,
    all_orders: AllOrders = False,
    json: Json = False,
) -> Exit:
    """Put new keys in the place of the old; the old ones stay where the shop refuses the new. A shop whose
    owner was asked for access is asked again."""
    session = session_of(context)
    with session.workspace() as workspace:
        with workspace.store.read() as connection:
            shop = store.shop_named(connection, name)
        if ask_owner or connect_shopify.asks_owner(workspace, shop.platform, name):
            app = app_keys(session, workspace, shop.platform, name, anew=True)
            given = keys_by_the_owner(
                session, workspace, app, name=name, url=shop.url, redirect=redirect, all_orders=all_orders
            )
        else:
            kept = credentials_kept(workspace, shop.platform, name)
            given = {key: prompt_secret(session, name, key) for key in kept}
        report = rotate_credentials(workspace, name, given)
    session.answer(report, json=json, text=lambda out: _print_report(out, report, ""))
    return Exit.DONE if report.usable else Exit.FAILED


@shop_app.command()
def remove(context: typer.Context, name: ShopName, json: Json = False, dry_run: DryRun = False) -> None:
    """Stop syncing a shop and forget its keys. What it told stays; nothing is written to the shop."""
    session = session_of(context)
    with session.workspace() as workspace:
        with workspace.store.read() as connection:
            store.shop_named(connection, name)
        if not dry_run:
            disconnect_shop(workspace, name)
    said = f"Would remove {name}." if dry_run else f"{name} is no longer synced."
    session.answer(
        {"shop": name, "removed": not dry_run}, json=json, text=lambda out: out.print(escape(said))
    )


def _options(given: list[str]) -> dict[str, str]:
    options = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise typer.BadParameter(f"write {text} as NAME=VALUE")
        options[name] = value
    return options


def _print_change(out: Console, change: OptionsChange, *, dry_run: bool) -> None:
    if not change.changed:
        out.print(f"{escape(change.shop)} is set so already.")
        return
    out.print(f"{'Would change' if dry_run else 'Changed'} {escape(change.shop)}:")
    for option in sorted(change.before.keys() | change.after.keys()):
        before, after = (_told(options.get(option)) for options in (change.before, change.after))
        if before != after:
            out.print(escape(f"  {option}: {before} → {after}"))
    if change.recompute:
        said = "would be" if dry_run else "are"
        out.print(
            f"Everybody's offers {said} due to be computed anew; that happens with the agent's next visit, "
            f"with the next plan, or now: regulars compute. To see it: regulars plan {_quoted(change.shop)}"
        )


def _print_facts(out: Console, report: CheckReport) -> None:
    facts = {
        "version": report.version,
        "currency": report.currency,
        "time zone": report.zone,
        "country": report.country,
    }
    if any(facts.values()):
        out.print(escape(", ".join(f"{name} {value}" for name, value in facts.items() if value)))


def _print_variables(out: Console, shop: str, variables: list[str]) -> None:
    out.print(
        f"Keys that came from variables are not kept: {', '.join(variables)}. Leave them set for every "
        "command and the agent; or, to have the keys kept, unset them and give the keys to: "
        f"regulars shop rotate {_quoted(shop)}"
    )


def _quoted(shop: str) -> str:
    return escape(shlex.quote(shop))


def _told(value: Any) -> str:
    return "(not set)" if value is None else str(value)


_WHOSE = {"kept": "kept here", "elsewhere": "of another Regulars", "foreign": "not ours"}


def _print_webhooks(out: Console, report: ShopCheck) -> None:
    shown = report.webhooks.webhooks if report.webhooks else None
    for each in shown or ():
        failed = "" if each.failures is None else f", {each.failures} failed in a row"
        out.print(escape(f"  {each.topic}: {each.status}{failed}, {_WHOSE[each.whose]}, to {each.url}"))


def _print_report(out: Console, report: CheckReport | None, following: str, *, hint: str = "") -> None:
    if report is None:
        return
    print_findings(out, list(report.findings))
    if report.usable:
        _print_facts(out, report)
    if report.usable and hint:
        out.print(escape(hint))
    if report.usable and following:
        out.print(f"The shop is connected. Next: {escape(following)}")
    elif not report.usable:
        out.print(
            "The shop was not connected; nothing was kept." if following else "The shop cannot be synced now."
        )
