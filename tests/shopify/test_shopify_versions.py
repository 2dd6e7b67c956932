"""Every document and every input against all versions of Shopify's schema that an npm package carries.

The package is pinned; a newer one is only told about, so that nothing fails for what came out last night, but
where the version that we ask for has become old.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from regulars_mapping import Kind
from regulars_shopify._bulk_kinds import _CONNECTIONS
from regulars_shopify._client import VERSION
from regulars_shopify._queries import Queries
from shopify import shopify_inputs, shopify_judging
from shopify.conftest import Opener
from shopify.shopify_inputs import Sent, everything_written
from shopify.shopify_judging import STANDS_ON
from shopify.shopify_package import NAME, PINNED, Shipped, newest, pack, read
from shopify.shopify_part import PART, PART_SCOPES, built, documents, part_of, scopes_of

pytestmark = pytest.mark.network

_NOT_YET: dict[str, set[str]] = {
    "2025-10": {
        "Cannot query field 'bulkOperation' on type 'QueryRoot'.",
        "Cannot query field 'bulkOperations' on type 'QueryRoot'.",
        "Cannot query field 'processedAt' on type 'Refund'.",
        "Cannot query field 'shopAddress' on type 'Shop'.",
        "Cannot query field 'tags' on type 'DiscountCodeBasic'.",
        "Expected value of type 'DiscountCodeBasicInput' not to include unknown field 'tags'",
    },
    "2026-01": {
        "Cannot query field 'tags' on type 'DiscountCodeBasic'.",
        "Expected value of type 'DiscountCodeBasicInput' not to include unknown field 'tags'",
    },
}
"""What versions before ours did not have yet. Shopify answers by ours as long as it serves it, and then by a
later one: never by these."""
_ON_THE_WAY_OUT = {
    # What stands for them, smsMarketingConsent, came with 2026-10 itself.
    "CustomerPhoneNumber.marketingOptInLevel",
    "CustomerPhoneNumber.marketingState",
    "CustomerPhoneNumber.marketingUpdatedAt",
}
"""Known and accepted, each with its reason."""
_DATED = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Judged:
    """What one version says of the documents and inputs."""

    version: str
    wrong: set[str]
    going: set[str]
    denied: set[str]
    idle: set[str]
    stands_on: Mapping[str, frozenset[str]]
    applications: set[str]
    part: str
    part_scopes: str

    @property
    def news(self) -> list[str]:
        """What would have to be seen to before this version is asked for, in words."""
        return [
            *sorted(self.wrong - _NOT_YET.get(self.version, set())),
            *(f"{name} is on its way out." for name in sorted(self.going - _ON_THE_WAY_OUT)),
            *sorted(self.denied),
            *sorted(self.idle),
        ]


def judged(shipped: Shipped, sent: list[Sent]) -> Judged:
    schema = shipped.schema()
    wrong = {message.partition(" Did you mean")[0] for message in shopify_judging.invalid(schema)}
    part = part_of(shipped, documents()) if shipped.version == VERSION else ""
    return Judged(
        shipped.version,
        wrong | shopify_inputs.unfit(schema, sent),
        set(shopify_judging.deprecated(schema)) | shopify_inputs.going(schema, sent),
        set(shopify_judging.denied(schema, shipped.scopes)),
        shopify_judging.idle(schema, shipped.scopes),
        shopify_judging.stood_on(schema, shipped.scopes),
        shopify_judging.kinds_of(schema, "DiscountApplication"),
        part,
        scopes_of(built(part), shipped.scopes) if part else "",
    )


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    with Opener.within() as opened:
        found = everything_written(opened)
    texts = {text for text, _ in found}
    writing = {name for name in Queries().names if Queries().text(name).startswith("mutation")}
    # These take texts and ids only.
    assert {name for name in writing if Queries().text(name) not in texts} == {"bulk_run", "bulk_cancel"}
    return found


@pytest.fixture(scope="module")
def pinned(sent: list[Sent], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Judged]:
    """The verdict of each version in the pinned package."""
    archive = pack(PINNED, tmp_path_factory.mktemp("pinned"))
    return {shipped.version: judged(shipped, sent) for shipped in read(archive)}


@pytest.fixture(scope="module")
def latest(
    sent: list[Sent], pinned: Mapping[str, Judged], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Mapping[str, Judged]]:
    """The newest package, and the verdict of each version in it."""
    version = newest()
    if version == PINNED:
        return version, pinned
    archive = pack(version, tmp_path_factory.mktemp("newest"))
    return version, {shipped.version: judged(shipped, sent) for shipped in read(archive)}


def test_documents_and_inputs_are_valid_in_every_version_from_2026_04_on(
    pinned: Mapping[str, Judged],
) -> None:
    assert {VERSION, "2026-04", "2026-07", "unstable"} <= pinned.keys()
    assert {name: each.wrong for name, each in pinned.items() if each.wrong} == _NOT_YET


def test_nothing_on_its_way_out_is_used_but_what_is_known(pinned: Mapping[str, Judged]) -> None:
    assert {name: new for name, each in pinned.items() if (new := each.going - _ON_THE_WAY_OUT)} == {}
    assert pinned[VERSION].going == _ON_THE_WAY_OUT


def test_lines_say_which_scopes_they_need_and_no_document_is_denied_one(pinned: Mapping[str, Judged]) -> None:
    for each in pinned.values():
        assert (each.version, each.denied, each.idle) == (each.version, set(), set())
        assert {**STANDS_ON, "version": each.version} == {**each.stands_on, "version": each.version}


def test_every_kind_of_discount_that_a_bulk_file_may_hold_is_known(pinned: Mapping[str, Judged]) -> None:
    for each in pinned.values():
        assert each.applications <= _CONNECTIONS[Kind.ORDER].keys(), each.version


def test_the_sandbox_keeps_the_part_that_make_shopify_part_writes(pinned: Mapping[str, Judged]) -> None:
    ours = pinned[VERSION]
    again = f"{PART.name} is not what the documents need of {VERSION}: make shopify-part"
    assert ours.part == PART.read_text("utf-8"), again
    assert ours.part_scopes == PART_SCOPES.read_text("utf-8"), again


def test_our_version_is_the_newest_stable_one_or_the_one_before(
    latest: tuple[str, Mapping[str, Judged]], capsys: pytest.CaptureFixture[str]
) -> None:
    package, verdicts = latest
    # A version is stable from the first day of the month that it is named after.
    this_month = datetime.now(UTC).strftime("%Y-%m")
    dated = sorted(filter(_DATED.fullmatch, verdicts))
    stable = [each for each in dated if each <= this_month]
    with capsys.disabled():
        print(f"\n{NAME} {package} (pinned: {PINNED}); we ask for {VERSION}.")
        print("  On their way out, and known:", ", ".join(sorted(verdicts[VERSION].going)))
        for version in [*(each for each in dated if each > VERSION), "unstable"]:
            news = verdicts[version].news if version in verdicts else ["It is not in the package."]
            print(f"  {version}:", "; ".join(news) or "every document and input is valid there.")
    assert VERSION in stable[-2:], f"{', '.join(stable)} are stable: ask for a later version than {VERSION}"
