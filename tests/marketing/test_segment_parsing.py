"""What expressions may say, and what is said of those that cannot be used."""

import pickle
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import Catalogue
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_text import segment_text
from regulars_marketing._segment_tree import And, Comparison, Not, Offset, Operator, Or, Unit, leaves
from segment_world import CATALOGUE


def refused(text: str) -> SegmentError:
    with pytest.raises(SegmentError) as caught:
        parse_segment(text, CATALOGUE)
    return caught.value


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  amount_spent>500.50 ", "amount_spent > 500.5"),
        ("AMOUNT_SPENT <> -0.0", "amount_spent != 0"),
        ("discount_share >= 12.50%", "discount_share >= 12.5%"),
        ('grade in ("A", \'b\',"a")', "grade IN ('a', 'b')"),
        ("number_of_orders not in (1,2)", "number_of_orders NOT IN (1, 2)"),
        ("customer_tags contains 'It\\'s \\\\ \"new\"'", "customer_tags CONTAINS 'It\\'s \\\\ \"new\"'"),
        ("delivery_method starts with 'Нова'", "delivery_method STARTS WITH 'Нова'"),
        ("last_order_date = '2026-05-17'", "last_order_date = 2026-05-17"),
        ("last_order_date > 12_months_ago", "last_order_date > -12m"),
        ("last_order_date <= yesterday", "last_order_date <= -1d"),
        ("last_order_date < +0w", "last_order_date < today"),
        ("anniversary(birth_date) = TODAY", "anniversary(birth_date) = today"),
        (
            "anniversary(date: 'metafields.facts.birth_date') BETWEEN today AND +30d",
            "anniversary(birth_date) BETWEEN today AND +30d",
        ),
        ("birth_date is not null", "birth_date IS NOT NULL"),
        ("stopped = True and property.VISION < -2.5", "stopped = true AND property.vision < -2.5"),
        ("not rating < 5 or grade = 'a'", "NOT (rating < 5) OR grade = 'a'"),
        (
            "((rating = 1 or rating = 2)) and not (rating=3)",
            "(rating = 1 OR rating = 2) AND NOT (rating = 3)",
        ),
        ("rating=1 and rating=2 or rating=3", "(rating = 1 AND rating = 2) OR rating = 3"),
        ("rating=1 or (rating=2 or rating=3)", "rating = 1 OR rating = 2 OR rating = 3"),
    ],
)
def test_an_expression_has_one_canonical_text(text: str, canonical: str) -> None:
    tree = parse_segment(text, CATALOGUE)
    assert segment_text(tree) == canonical
    assert parse_segment(canonical, CATALOGUE) == tree


def test_the_tree_is_typed() -> None:
    tree = parse_segment("amount_spent > 500 AND (last_order_date < -90d OR NOT stopped = true)", CATALOGUE)
    field = CATALOGUE.field
    spent = Comparison(field("amount_spent"), Operator.MORE, Decimal(500))
    late = Comparison(field("last_order_date"), Operator.LESS, Offset(-90, Unit.DAY))
    stopped = Comparison(field("stopped"), Operator.EQUAL, True)
    assert tree == And((spent, Or((late, Not(stopped)))))
    assert list(leaves(tree)) == [spent, late, stopped]


@pytest.mark.parametrize(
    ("text", "position", "problem", "expected", "suggestion"),
    [
        ("amount_spnt > 5", 0, "there is no field 'amount_spnt'", "", "amount_spent"),
        ("rating = 1 AND gendr = 'f'", 15, "there is no field 'gendr'", "", "gender"),
        ("rating = 1 AMD rating = 2", 11, "'AMD' does not fit", "the end, AND or OR", "AND"),
        ("customer_tags contians 'x'", 14, "'contians' does not fit", "CONTAINS", "CONTAINS"),
        ("number_of_orders == 3", 17, "'==' is no operator", "an operator", "="),
        ("number_of_orders=>3", 16, "'=>' is no operator", "an operator", ">="),
        ("number_of_orders =< 3", 17, "'=<' is no operator", "an operator", "<="),
        ("rating ≥ 3", 7, "'≥' is no operator", "an operator", ">="),
        ("rating = 1 && rating = 2", 11, "'&&' is no operator", "", "AND"),
        ("rating = 1 || rating = 2", 11, "'||' is no operator", "", "OR"),
        ("grade = a", 8, "'a' does not fit", "a value", "'a', in quotation marks"),
        ("grade = ‘a’", 8, "‘ is no quotation mark", "'", ""),
        ("grade = 'a", 8, "has no end", "a closing '", ""),
        ("grade = 'excellent'", 8, "is no value of grade", "one of 'a', 'b'", ""),
        ("frequency = 'one off'", 12, "is no value of frequency", "'one_off'", "'one_off'"),
        ("amount_spent > 1,000", 15, "'1,000' is no number", "nothing between thousands", ""),
        ("amount_spent > 1 000", 15, "'1 000' is no number", "nothing between thousands", ""),
        ("amount_spent > 5 UAH", 17, "'UAH' does not fit", "the end, AND or OR", ""),
        ("amount_spent > 5%", 15, "5% is no value", "a number", ""),
        ("amount_spent > 'much'", 15, "is no value of amount_spent", "a number", ""),
        ("discount_share > 0.4", 17, "is a percentage", "a number with %", "40%"),
        ("amount_spent BETWEEN 500 AND 5", 21, "the wrong way round", "the lower", ""),
        ("last_order_date BETWEEN -30d AND -3m", 24, "the wrong way round", "earlier one first", ""),
        ("last_order_date > 2026-02-30", 18, "there is no day 2026-02-30", "year, month, day", ""),
        ("last_order_date > 0026-02-03", 18, "out of range", "1900", ""),
        ("last_order_date > -9999y", 18, "too far away", "100y", ""),
        ("last_order_date > 30", 18, "30 is no value", "-90d", ""),
        ("last_order_date > 30 days ago", 21, "'days' does not fit", "the end, AND or OR", ""),
        ("birth_date = today", 0, "by its anniversary", "anniversary(birth_date)", ""),
        ("anniversary(gender) = today", 12, "has no anniversary", "", "anniversary(birth_date)"),
        ("anniversary(date: 'wedding') = today", 18, "no anniversary of 'wedding'", "", "(birth_date)"),
        ("anniversary(birth_date) > today", 24, "cannot be compared by >", "=, BETWEEN", ""),
        ("customer_tags = 'vip'", 14, "cannot be compared by =", "CONTAINS", "CONTAINS"),
        ("stopped = 1", 10, "1 is no value of stopped", "true or false", ""),
        ("gender = ' \u200b'", 9, "the text is empty", "gender IS NULL", ""),
        ("property.illness = 'x'", 0, "sensitive", "", ""),
        ("property.visoin = 1", 0, "no field", "", "property.vision"),
        ("(rating = 1", 11, "ends too early", ")", ""),
        ("rating = 1)", 10, "')' does not fit", "the end", ""),
        ("rating = 1 AND", 14, "ends too early", "a field", ""),
        ("rating", 6, "ends too early", "an operator", ""),
        ("", 0, "is empty", "amount_spent > 500", ""),
        ("rating = 1; DROP TABLE person", 10, "';' has no meaning", "", ""),
        ("rating = 1\x00", 10, "has no meaning", "", ""),
        ("rating in (" + ",".join(map(str, range(600))) + ")", 0, "500 values", "", ""),
        ("NOT " * 4_000 + "rating = 1", None, "nested deeper than 30", "", ""),
        (" OR ".join(["rating = 1"] * 300), 0, "more than 500 parts", "", ""),
        ("rating = 1" + " " * 20_000, None, "more than 20000 characters", "", ""),
        ("gender = '" + "f" * 251 + "'", 9, "more than 250 characters", "", ""),
        ("rating = " + "1" * 50, 9, "cannot be read", "a number", ""),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place_and_a_remedy(
    text: str, position: int | None, problem: str, expected: str, suggestion: str
) -> None:
    error = refused(text)
    assert problem in error.problem
    assert expected in error.expected
    assert suggestion in error.suggestion
    assert bool(suggestion) == bool(error.suggestion)
    if position is not None:
        assert error.position == position
        assert str(error).startswith(f"At character {position + 1}: ")


def test_brackets_without_end_are_read_without_recursion() -> None:
    deep = "(" * 9_000 + "rating = 1" + ")" * 9_000
    assert segment_text(parse_segment(deep, CATALOGUE)) == "rating = 1"


@given(
    st.text(st.characters(exclude_categories=()), max_size=40)
    | st.text("'\\\"()=<>!,.-+%0d anot", max_size=40)
)
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    for expression in (text, f"gender = '{text}'", f"amount_spent > {text}", f"last_order_date = {text}"):
        try:
            tree = parse_segment(expression, CATALOGUE)
        except SegmentError as error:
            assert error.position is None or 0 <= error.position <= len(expression)
        else:
            assert parse_segment(segment_text(tree), CATALOGUE) == tree


def test_an_error_travels_between_processes() -> None:
    error = refused("amount_spnt > 5")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.position, again.suggestion) == (str(error), 0, "amount_spent")


def test_without_the_owners_fields_there_are_the_standard_ones() -> None:
    names = [field.name for field in Catalogue().fields]
    assert len(set(names)) == len(names)
    assert names == [field.name for field in CATALOGUE.fields if not field.key]


def test_the_reference_names_every_field_and_its_examples_can_be_used() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/segments.md").read_text()
    table = page.split("## Fields")[1].split("## Comparisons")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall("`([^`]+)`", row)}
    assert named == {field.name for field in Catalogue().fields} | {"property.KEY"}
    examples = re.findall("```segment\n(.+?)```", page, re.DOTALL)[0].splitlines()
    assert len(examples) == 4
    for example in examples:
        assert segment_text(parse_segment(example, CATALOGUE)) == example
