"""Looking at a shop before it is synced, and making what the machinery needs there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from pydantic import SecretStr

from regulars_connectors import CheckReport, Infrastructure, Scan, Severity
from regulars_mapping import Kind, MisconfiguredError
from regulars_sandbox import serve
from regulars_shopify._check import REQUIRED
from shopify.conftest import API, START, Opener, a_customer, a_shop, an_order, answer, listing, refused

SCOPES = ("read_customers", "write_customers", "read_orders", "read_products", "write_discounts")
NEEDS = Infrastructure("https://hub.example.com/hook", SecretStr("unused"))
NAMED = {"id": "gid://shopify/Customer/1", "firstName": "Anna"}
HIDDEN = {"firstName": None, "lastName": None, "defaultEmailAddress": None, "defaultPhoneNumber": None}


def probe(*scopes: str, **shop: Any) -> dict[str, Any]:
    told = {
        "ianaTimezone": "Europe/Lisbon",
        "currencyCode": "EUR",
        "plan": {"publicDisplayName": "Basic"},
        "shopAddress": {"countryCodeV2": "PT"},
        "customerAccountsV2": {"customerAccountsVersion": "NEW_CUSTOMER_ACCOUNTS"},
    }
    return {
        "shop": told | shop,
        "currentAppInstallation": {"accessScopes": [{"handle": scope} for scope in scopes]},
        "publicApiVersions": [{"handle": "2026-10", "supported": True}],
    }


def checked(
    opened: Opener, api: responses.RequestsMock, found: dict[str, Any], people: Any = (NAMED,), **head: str
) -> CheckReport:
    api.post(API, json=answer(found), headers=head)
    if people is not None:
        api.post(API, json=answer({"customers": {"nodes": list(people)}}))
    return opened.connector().check()


def subjects(report: CheckReport, severity: Severity) -> list[str]:
    return [one.subject for one in report.findings if one.severity is severity]


def test_a_good_shop_says_what_it_is(opened: Opener, api: responses.RequestsMock) -> None:
    report = checked(opened, api, probe(*SCOPES, "read_all_orders"))
    assert (report.zone, report.currency, report.country) == ("Europe/Lisbon", "EUR", "PT")
    assert report.version == "2026-10"
    assert {one.severity for one in report.findings} == {Severity.OK}


@pytest.mark.parametrize("scope", REQUIRED)
def test_a_missing_scope_is_named_with_what_it_is_for(
    opened: Opener, api: responses.RequestsMock, scope: str
) -> None:
    # The right to write includes the right to read.
    kept = [one for one in SCOPES if one not in {scope, scope.replace("read_", "write_")}]
    report = checked(opened, api, probe(*kept), None if scope == "read_customers" else (NAMED,))
    assert not report.usable
    assert any(scope in one.message for one in report.findings)


def test_a_history_of_sixty_days_is_told(opened: Opener, api: responses.RequestsMock) -> None:
    report = checked(opened, api, probe(*SCOPES))
    assert report.usable
    assert subjects(report, Severity.WARNING) == ["history"]
    assert "60 days" in next(one.message for one in report.findings if one.subject == "history")


def test_people_without_names_are_told(opened: Opener, api: responses.RequestsMock) -> None:
    report = checked(opened, api, probe(*SCOPES, "read_all_orders"), (HIDDEN, HIDDEN))
    assert subjects(report, Severity.WARNING) == ["protected data"]


def test_people_that_may_not_be_seen_are_a_problem(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=answer(probe(*SCOPES)))
    api.post(API, json=refused("ACCESS_DENIED", path=["customers"]))
    report = opened.connector().check()
    assert subjects(report, Severity.PROBLEM) == ["protected data"]


def test_a_later_version_that_answers_is_told(opened: Opener, api: responses.RequestsMock) -> None:
    report = checked(opened, api, probe(*SCOPES, "read_all_orders"), **{"X-Shopify-API-Version": "2027-01"})
    assert (report.version, subjects(report, Severity.WARNING)) == ("2027-01", ["version"])


def test_old_accounts_an_unknown_zone_and_a_wrong_clock_are_told(
    opened: Opener, api: responses.RequestsMock
) -> None:
    classic = {"customerAccountsVersion": "CLASSIC"}
    late = (datetime.now(UTC) - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    found = probe(*SCOPES, "read_all_orders", customerAccountsV2=classic, ianaTimezone="Moon/Sea")
    report = checked(opened, api, found, Date=late)
    assert report.zone is None
    assert subjects(report, Severity.WARNING) == ["time zone", "customer accounts", "clock"]


@pytest.mark.parametrize("status", [401, 402, 404, 500])
def test_a_shop_that_does_not_answer_is_a_problem_in_words(
    opened: Opener, api: responses.RequestsMock, status: int
) -> None:
    api.post(API, status=status, json={})
    report = opened.connector().check()
    assert subjects(report, Severity.PROBLEM) == ["connection"]


@pytest.mark.parametrize("shop", [{"plan": 5, "shopAddress": [], "currencyCode": "€"}, {"plan": None}])
def test_a_strange_answer_is_no_fault_of_the_check(
    opened: Opener, api: responses.RequestsMock, shop: dict[str, Any]
) -> None:
    assert checked(opened, api, probe(*SCOPES, **shop), ("x", None)).usable


def test_what_is_needed_is_made_once(opened: Opener) -> None:
    connector = opened(a_shop(customers=(a_customer(1),)))
    wanted = list(connector.ensure(NEEDS, dry_run=True))
    assert len([one for one in wanted if "webhook" in one]) >= 10
    assert "define the customer metafield regulars.discount" in wanted
    assert list(connector.ensure(NEEDS, dry_run=False)) == wanted
    assert list(connector.ensure(NEEDS, dry_run=False)) == []


def test_another_address_gets_webhooks_of_its_own(opened: Opener) -> None:
    connector = opened(a_shop())
    connector.ensure(NEEDS, dry_run=False)
    other = Infrastructure("https://other.example.com/hook", SecretStr("unused"))
    assert all("webhook" in one for one in connector.ensure(other, dry_run=True))


def test_a_merge_is_listened_to_where_it_may_be(opened: Opener, api: responses.RequestsMock) -> None:
    for scopes, told in ((SCOPES, False), ((*SCOPES, "read_customer_merge"), True)):
        api.post(API, json=answer(listing()))
        granted = {"currentAppInstallation": {"accessScopes": [{"handle": one} for one in scopes]}}
        api.post(API, json=answer(granted))
        api.post(API, json=answer(listing()))
        done = opened.connector().ensure(NEEDS, dry_run=True)
        assert ("create the webhook CUSTOMERS_MERGE" in done) is told
        api.reset()


def test_an_address_that_shopify_does_not_take_is_told(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=answer(listing()))
    api.post(API, json=answer({"currentAppInstallation": {"accessScopes": []}}))
    api.post(API, json=answer(listing()))
    api.post(API, json=answer({"result": {"userErrors": [{"message": "Address is not allowed"}]}}))
    with pytest.raises(MisconfiguredError, match="https"):
        opened.connector().ensure(NEEDS, dry_run=False)


def test_an_app_without_the_products_scope_still_reads_orders(opened: Opener) -> None:
    # Nor may it see orders older than sixty days.
    orders = (an_order(2, datetime.now(UTC) - timedelta(days=1)), an_order(3, START))
    shop = a_shop(customers=(a_customer(1),), orders=orders)
    shop.add_token("shpat_narrow", scopes=frozenset({"read_customers", "read_orders"}))
    with serve(shop) as server:
        narrow = {"access_token": SecretStr("shpat_narrow")}
        report = opened.connector(server.url, credentials=narrow).check()
        assert set(subjects(report, Severity.PROBLEM)) == {"scopes"}
        # Another connector, which has not asked for the scopes before.
        connector = opened.connector(server.url, credentials=narrow)
        found = connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
        assert [record.external_id for record in found.records] == ["2"]
        with pytest.raises(MisconfiguredError, match="read_products"):
            connector.page(Kind.PRODUCT, Scan.HISTORY, cursor=None, window=None)
