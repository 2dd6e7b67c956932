"""``rate import``, ``set`` and ``list``."""

from fractions import Fraction

import pytest

from command_line import CommandLine
from regulars_store import rates

_ECB = """<?xml version="1.0"?><Cube><Cube time="2026-03-02">
<Cube currency="USD" rate="1.0867"/><Cube currency="XXQ" rate="3"/></Cube></Cube>"""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction("41.2500"), "41.25"),
        (Fraction(1, 10**9), "0.000000001"),
        (Fraction(1, 3), "1/3"),
        (40, "40"),
    ],
)
def test_a_rate_is_shown_in_decimals_where_these_end(value: Fraction, text: str) -> None:
    assert rates.rate_text(Fraction(value)) == text


def test_rates_are_brought_in_entered_and_shown(regulars: CommandLine) -> None:
    regulars.begin()
    assert "None. Bring some in" in regulars.done("rate", "list").out
    file = regulars.directory / "rates.xml"
    file.write_text(_ECB)
    rehearsed = regulars.done("rate", "import", str(file), "--dry-run", "--json").json
    assert (rehearsed["rehearsed"], rehearsed["kept"]["changed"]) == (True, 1)
    said = regulars.done("rate", "import", str(file), "--format", "ecb").out
    assert "1 rates of 1 pairs, 2026-03-02 to 2026-03-02." in said
    assert "1 are new or changed." in said
    assert "Left out, as no known currencies: XXQ." in said
    by_hand = regulars.done("rate", "set", "usd", "uah", "41.250", "--day", "2026-03-01", "--json").json
    assert by_hand["kept"]["pairs"] == ["USD/UAH"]
    assert regulars.done("rate", "list").out.splitlines() == [
        "2026-03-02  1 EUR = 1.0867 USD  (ecb)",
        "2026-03-01  1 USD = 41.25 UAH  (manual)",
    ]
    (shown,) = regulars.done("rate", "list", "--currency", "EUR", "--json").json
    assert shown == {
        "currency": "EUR",
        "quote": "USD",
        "day": "2026-03-02",
        "rate": "1.0867",
        "source": "ecb",
    }

    file.write_text(_ECB.replace("1.0867", "1.1"))
    said = regulars.done("rate", "import", str(file), "--dry-run").out
    assert "1 would be changed: EUR/USD of 2026-03-02 1.0867 → 1.1." in said
    file.write_text(_ECB.replace("1.0867", "0"))
    refused = regulars("rate", "import", str(file))
    assert refused.code == 1
    assert f"{file}: Line 2: the rate is 0; it must be more than 0. Nothing was kept." in refused.err
    assert regulars("rate", "set", "USD", "UAH", "nan").code == 1
    lacking = regulars("rate", "list", "--missing")
    assert (lacking.code, "Set money.currency" in lacking.err) == (1, True)


def test_a_rate_is_removed_after_a_look(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.directory / "rates.xml"
    file.write_text(_ECB)
    regulars.done("rate", "import", str(file))
    this = ("EUR", "usd", "--day", "2026-03-02")
    looked = regulars.done("rate", "remove", *this, "--dry-run").out
    assert "2026-03-02  1 EUR = 1.0867 USD  (ecb) would be removed." in looked
    assert regulars.done("rate", "remove", *this, "--dry-run", "--json").json["rehearsed"] is True
    assert len(regulars.done("rate", "list", "--json").json) == 1
    assert "A file that has it brings it back." in regulars.done("rate", "remove", *this).out
    assert regulars.done("rate", "list", "--json").json == []
    again = regulars("rate", "remove", *this)
    assert (again.code, "There is no rate from EUR to USD of 2026-03-02." in again.err) == (1, True)
    assert regulars("rate", "remove", "EUR", "USD").code == 2
