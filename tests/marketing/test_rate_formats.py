"""Files of rates as the banks and people write them; whatever is no rate is refused with its place."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import MisconfiguredError
from regulars_marketing import parse_rates, rate_by_hand
from regulars_store._rates import CurrencyRate

TODAY = date(2026, 3, 4)
MONDAY = date(2026, 3, 2)
_ECB = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
 <gesmes:subject>Reference rates</gesmes:subject>
 <Cube>
  <Cube time="{day}">
   <Cube currency="USD" rate="{rate}"/><Cube currency="{currency}" rate="163.2"/>
  </Cube>
  <Cube time="2026-02-27"><Cube currency="USD" rate="1.0841"/></Cube>
 </Cube>
</gesmes:Envelope>
"""
_NBU = """[
  {{"r030": 840, "txt": "Долар США", "rate": {rate}, "cc": "{currency}", "exchangedate": "{day}"}},
  {{"exchangedate": "01.01.2002", "cc": "USD", "rate": 529.85, "units": 100, "rate_per_unit": 5.2985}}
]"""
_CSV = "day,currency,quote,rate\n2026-02-27,EUR,USD,1.0841\n{day},{currency},USD,{rate}\n"


def ecb(*, day: str = "2026-03-02", rate: str = "1.0867", currency: str = "JPY") -> bytes:
    return _ECB.format(day=day, rate=rate, currency=currency).encode()


def nbu(*, day: str = "02.03.2026", rate: str = "41.2873", currency: str = "EUR") -> bytes:
    return _NBU.format(day=day, rate=rate, currency=currency).encode()


def csv(*, day: str = "2026-03-02", rate: str = "1.0867", currency: str = "GBP") -> bytes:
    return _CSV.format(day=day, rate=rate, currency=currency).encode()


def refused(content: bytes) -> str:
    with pytest.raises(MisconfiguredError) as caught:
        parse_rates(content, today=TODAY)
    return str(caught.value)


def test_the_european_central_banks_days_are_read_with_one_euro_in_each_currency() -> None:
    read = parse_rates(ecb(), today=TODAY)
    assert (read.format, read.unknown) == ("ecb", ())
    assert read.rates == (
        CurrencyRate("EUR", "USD", MONDAY, Fraction("1.0867"), "ecb"),
        CurrencyRate("EUR", "JPY", MONDAY, Fraction("163.2"), "ecb"),
        CurrencyRate("EUR", "USD", date(2026, 2, 27), Fraction("1.0841"), "ecb"),
    )


def test_the_national_banks_rates_are_read_in_hryvnias_and_by_their_units() -> None:
    assert parse_rates(nbu(), today=TODAY).rates == (
        CurrencyRate("EUR", "UAH", MONDAY, Fraction("41.2873"), "nbu"),
        CurrencyRate("USD", "UAH", date(2002, 1, 1), Fraction("5.2985"), "nbu"),
    )
    # On a Friday it tells Monday's.
    assert parse_rates(nbu(day="08.03.2026"), today=TODAY).rates[0].day == date(2026, 3, 8)
    assert "2026-03-09 has not come yet" in refused(nbu(day="09.03.2026"))


@pytest.mark.parametrize(
    "text",
    [
        "day,currency,quote,rate\r\n2026-03-02,EUR,USD,1.0867\r\n\r\n",
        "\ufeffrate;quote;currency;day\n1,0867;usd;eur;2026-03-02\n2026;UAH;EUR;2026-03-01\n",
        'day\tcurrency\tquote\trate\n2026-03-02\t"EUR"\t USD \t1.0867',
    ],
)
def test_a_csv_may_be_as_spreadsheets_write_it(text: str) -> None:
    first = parse_rates(text.encode(), today=TODAY).rates[0]
    assert first == CurrencyRate("EUR", "USD", MONDAY, Fraction("1.0867"), "csv")


def test_a_currency_of_a_banks_list_that_is_unknown_is_told_and_stops_no_other() -> None:
    read = parse_rates(ecb(currency="XXQ"), today=TODAY)
    assert (len(read.rates), read.unknown) == (2, ("XXQ",))
    wrong = "Line 3: XXQ is not an ISO 4217 currency; write a code such as UAH, EUR or USD. Nothing was kept."
    assert refused(csv(currency="XXQ")) == wrong


def test_a_currency_that_is_gone_has_rates_of_its_own_days_only() -> None:
    of_then = "day,currency,quote,rate\n2022-12-30,HRK,EUR,0.1327\n"
    assert len(parse_rates(of_then.encode(), today=TODAY).rates) == 1
    said = refused(of_then.replace("2022-12-30", "2024-12-30").encode())
    assert "Line 2: HRK has not been in use since 2023-01-14; did you mean EUR?" in said
    metals = parse_rates(ecb(currency="XAU"), today=TODAY)
    assert (len(metals.rates), metals.unknown) == (2, ("XAU",))


@pytest.mark.parametrize(
    ("rate", "reason"),
    [
        ("0", "must be more than 0"),
        ("-1.5", "must be more than 0"),
        ("NaN", "is no number"),
        ("Infinity", "is no number"),
        ("1_000", "is no number"),
        ("", "is no number"),
        ("1000000000.5", "beyond what can be"),
        ("1e-30", "beyond what can be"),
        ("1.0000000000000000000000001", "too many digits"),
        ("9" * 5_000, "is no number"),
    ],
)
def test_what_is_no_rate_is_refused_with_its_place(rate: str, reason: str) -> None:
    for content, place in ((ecb(rate=rate), "Line 7: "), (csv(rate=rate), "Line 3: ")):
        said = refused(content)
        assert said.startswith(place) and reason in said and len(said) < 200
    written = rate if rate in {"0", "-1.5", "NaN", "Infinity", "1e-30"} else f'"{rate}"'
    assert refused(nbu(rate=written)).startswith("Entry 1: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ecb(day="2026-03-05"), "Line 7: 2026-03-05 has not come yet. Nothing was kept."),
        (ecb(day="yesterday"), "Line 6: 'yesterday' is no day; one looks like 2026-05-31. Nothing was kept."),
        (ecb(currency="Yen"), "Line 7: 'Yen' is no currency; write its three letters, such as EUR."),
        (nbu(day="31.02.2026"), "Entry 1: '31.02.2026' is no day; one looks like 31.05.2026."),
        (nbu(currency="UAH"), "Entry 1: a rate from UAH to UAH is 1 and is not kept."),
        (b"[1]", "Entry 1: it is no rate."),
        (b'[{"cc": "USD", "rate": 1}]', "Entry 1: exchangedate is missing."),
        (b'[{"cc": "USD"', "Line 1: this is no JSON."),
        (b"[" * 100_000, "The file: it is nested too deeply."),
        (b"<a><b></a>", "Line 1: this is no XML (mismatched tag)."),
        (b"<a>" * 100, "Line 1: the elements are nested too deeply."),
        (b"<Cube/>", "The file holds no rate. Is it of the format ecb?"),
        (b"<Cube currency='USD' rate='1'/>", "Line 1: the rate stands in no day."),
        (csv() + b"2026-02-27,EUR,USD,1.09\n", "Line 4: another rate from EUR to USD stands above"),
        (csv() + b"2026-02-27,EUR\n", "Line 4: it has 2 columns instead of 4."),
        (csv() + b'"2026', "Line 4: this is no CSV"),
        (b"date,from,to,rate\n", "Line 1: its names must be these four: day,currency,quote,rate."),
        (b"", "Line 1: its names must be these four"),
        (b"day,currency,quote,rate\n", "The file holds no rate. Is it of the format csv?"),
        (b"day,currency,quote,rate\n\xff", "Byte 25 of the file is no UTF-8."),
    ],
)
def test_a_bad_place_is_named(content: bytes, said: str) -> None:
    assert refused(content).startswith(said.removesuffix(" Nothing was kept."))


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "&#49;"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "http://example.com/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_a_document_type_is_refused_before_any_entity_is_looked_at(declared: str) -> None:
    content = (
        f'<?xml version="1.0"?>\n{declared}\n<Cube time="2026-03-02"><Cube currency="USD" rate="&b;"/></Cube>'
    )
    assert refused(content.encode()) == (
        "Line 2: a document type is declared, which no list of rates has. Nothing was kept."
    )


def test_all_bad_places_are_named_up_to_a_bound() -> None:
    lines = [
        "2026-03-32,EUR,USD,1.08",
        "2026-03-02,EUR,USD",
        "2026-03-02,EUR,GBP,0",
        "2026-03-02,EUR,CHF,1.1",
    ]
    assert refused("\n".join(["day,currency,quote,rate", *lines]).encode()) == (
        "Line 2: '2026-03-32' is no day; one looks like 2026-05-31; Line 3: it has 3 columns instead of 4; "
        "Line 4: the rate is 0; it must be more than 0. Nothing was kept."
    )
    said = refused("\n".join(["day,currency,quote,rate", *["2026-03-02,EUR,USD,0"] * 1_000]).encode())
    assert (said.count("must be more"), "Line 21: " in said, "Line 22: " in said) == (20, True, False)
    assert said.endswith(" and 980 more lines. Nothing was kept.")
    assert refused(b'[{"cc": "USD"}, 1]') == (
        "Entry 1: rate is missing; Entry 2: it is no rate. Nothing was kept."
    )
    assert refused(csv(rate="0") + b'"2026').startswith(
        "Line 3: the rate is 0; it must be more than 0; Line 4: "
    )


@pytest.mark.parametrize(
    ("inverse", "fits"), [("0.0244", True), ("0.0268", True), ("0.0269", False), ("0.5", False)]
)
def test_a_rate_that_contradicts_the_other_way_round_of_its_day_is_refused(inverse: str, fits: bool) -> None:
    content = f"day,currency,quote,rate\n2026-03-02,USD,UAH,41\n2026-03-02,UAH,USD,{inverse}\n".encode()
    if fits:
        assert len(parse_rates(content, today=TODAY).rates) == 2
    else:
        assert refused(content) == (
            f"Line 3: 1 UAH = {inverse} USD contradicts 1 USD = 41 UAH above for 2026-03-02. "
            "Nothing was kept."
        )
    other_day = content.replace(b"2026-03-02,UAH", b"2026-03-01,UAH")
    assert len(parse_rates(other_day, today=TODAY).rates) == 2


@given(st.one_of(st.binary(), st.text().map(str.encode), st.text().map(lambda text: f"[{text}".encode())))
def test_any_other_bytes_are_refused_in_words(content: bytes) -> None:
    assert len(refused(content)) < 300


def test_a_rate_by_hand_is_checked_alike() -> None:
    by_hand = rate_by_hand("USD", "UAH", " 41.5 ", day=MONDAY, today=TODAY)
    assert by_hand == CurrencyRate("USD", "UAH", MONDAY, Fraction("41.5"), "manual")
    with pytest.raises(MisconfiguredError, match="What was entered: the rate is 0; it must be more than 0"):
        rate_by_hand("USD", "UAH", "0", day=MONDAY, today=TODAY)
