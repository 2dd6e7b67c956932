"""The weights, learnt from the store itself by expectation maximisation.

Three sessions, each over the pairs that agree on something else, so that every trait is learnt where it was
not what brought the pairs together. Everything is drawn with fixed seeds and computed on one thread: the
same accounts give the same weights.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.internals.exceptions import EMTrainingException

from regulars_agent._suggest_comparisons import (
    OTHER_GIVEN_NAME,
    TRAITS,
    Finding,
    Trait,
    column_name,
    splink_comparison,
)
from regulars_agent._suggest_fields import FEWEST_ACCOUNTS

_U_PAIRS = 800_000
_FLOOR_M, _FLOOR_U = 1e-3, 1e-6
_LEAST_DIFFERENT, _MOST_DIFFERENT = 0.02, 0.6
# Blocks of training: bounded like those of comparing, by columns that are null where too many agree.
_SESSIONS = {
    "birth": "l.birth_block = r.birth_block AND l.birth = r.birth",
    "whole": "l.whole_block = r.whole_block AND l.whole = r.whole AND l.given = r.given "
    "AND l.family = r.family",
    "place": "l.place_block = r.place_block AND l.postcode = r.postcode AND l.number = r.number",
}
_CERTAIN = """
    SELECT count(*) FROM pairs JOIN record AS l ON l.unique_id = join_key_l
    JOIN record AS r ON r.unique_id = join_key_r
    WHERE l.person <> r.person AND (
        (l.whole = r.whole AND (l.birth = r.birth OR l.postcode = r.postcode OR l.phone = r.phone))
        OR (l.birth = r.birth AND l.postcode = r.postcode))"""
_CERTAIN_SHARE = 0.85

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Model:
    """Weights in Splink's own form, and in words where they come from."""

    settings: dict[str, Any]
    learnt: tuple[str, ...]
    """Traits whose weights the store gave; the others have the standard ones."""


def train(connection: DuckDBPyConnection, *, pause: Callable[[], None]) -> Model:
    """The model for the table ``record`` with its ``pairs``."""
    ((accounts,),) = connection.execute("SELECT count(*) FROM record").fetchall()
    settings = _standard(_prior(connection, accounts))
    if accounts < FEWEST_ACCOUNTS:
        return Model(_without_frequencies(settings), ())
    trained = _trained(connection, settings, pause)
    return _judged(settings, trained)


def _standard(prior: float) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "sql_dialect": "duckdb",
        "linker_uid": "regulars",
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "additional_columns_to_retain": ["person"],
        "max_iterations": 25,
        "em_convergence": 0.001,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [splink_comparison(trait) for trait in TRAITS],
    }


def _without_frequencies(settings: dict[str, Any]) -> dict[str, Any]:
    """Without the weight of rare values: among few accounts every value is common."""
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            level.pop("tf_adjustment_column", None)
            level.pop("disable_tf_exact_match_detection", None)
    return settings


def _prior(connection: DuckDBPyConnection, accounts: int) -> float:
    """How likely two accounts taken at random are one person's, by the pairs that are so almost surely."""
    ((certain,),) = connection.execute(_CERTAIN).fetchall()
    pairs = accounts * (accounts - 1) / 2
    # Nobody certain says little about who is uncertain: one account in twenty is taken for a second one.
    return float(min(max(certain / _CERTAIN_SHARE, accounts / 20) / max(pairs, 1), 0.1))


def linker(connection: DuckDBPyConnection, settings: dict[str, Any]) -> tuple[Linker, DuckDBAPI]:
    """Splink over the table ``record``."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    creator = SettingsCreator.from_path_or_dict(settings)
    return Linker(api.register("record"), creator, log_level=None, validate_settings=False), api


def _trained(
    connection: DuckDBPyConnection, settings: dict[str, Any], pause: Callable[[], None]
) -> dict[str, Any]:
    # What is not learnt takes no part: with its weights given, it would tell what the others learn.
    comparisons = [splink_comparison(trait) for trait in TRAITS if trait.learnt]
    model, _ = linker(connection, {**settings, "comparisons": comparisons})
    model.training.estimate_u_using_random_sampling(
        max_pairs=_U_PAIRS, seed=1, min_count_per_level=None, num_chunks=1
    )
    for name, rule in _SESSIONS.items():
        pause()
        if _has_pairs(connection, f"{name}_block"):
            try:
                model.training.estimate_parameters_using_expectation_maximisation(rule)
            except EMTrainingException as error:
                _log.info("nothing was learnt from accounts with one %s: %s", name, type(error).__name__)
    return model.misc.save_model_to_json()


def _has_pairs(connection: DuckDBPyConnection, column: str) -> bool:
    # A name of our own.
    query = f"SELECT count(*) FROM (SELECT 1 FROM record GROUP BY {column} HAVING count({column}) > 1)"  # noqa: S608
    ((blocks,),) = connection.execute(query).fetchall()
    return bool(blocks)


def _judged(standard: dict[str, Any], trained: dict[str, Any]) -> Model:
    """The trained weights, bounded; a trait that was led astray keeps its standard ones."""
    after = {one["output_column_name"]: one for one in trained["comparisons"]}
    found = {trait.name: _bounded(trait, after[column_name(trait)]) for trait in TRAITS if trait.learnt}
    comparisons = [
        found.get(trait.name) or before for trait, before in zip(TRAITS, standard["comparisons"], strict=True)
    ]
    return Model({**standard, "comparisons": comparisons}, tuple(name for name, one in found.items() if one))


def _bounded(trait: Trait, after: dict[str, Any]) -> dict[str, Any] | None:
    null, *levels = after["comparison_levels"]
    settled = [_settled(level, finding) for level, finding in zip(levels, trait.findings, strict=True)]
    if _led_astray(settled) or _as_it_was(settled, trait):
        return None
    return {**after, "comparison_levels": [null, *settled]}


def _settled(level: dict[str, Any], finding: Finding) -> dict[str, Any]:
    """The finding's two shares; those that no pair showed are the standard ones."""
    m, u = level.get("m_probability"), level.get("u_probability")
    if not isinstance(m, float) or not isinstance(u, float) or m == finding.m:
        return {**level, "m_probability": finding.m, "u_probability": finding.u}
    # People move and marry, also where those who were learnt from did not: no single finding decides alone.
    least = _LEAST_DIFFERENT if finding.sql == "ELSE" else _FLOOR_M
    return {**level, "m_probability": max(m, least), "u_probability": max(u, _FLOOR_U)}


def _as_it_was(levels: list[dict[str, Any]], trait: Trait) -> bool:
    """Whether no session had a pair of which the trait was known."""
    return all(
        level["m_probability"] == finding.m for level, finding in zip(levels, trait.findings, strict=True)
    )


def _led_astray(levels: list[dict[str, Any]]) -> bool:
    """Whether namesakes or a household were taken for one person, so that most pairs learnt from differ."""
    first, last = levels[0], levels[-1]
    if first["m_probability"] <= first["u_probability"] or last["m_probability"] > _MOST_DIFFERENT:
        return True
    named = {level["label_for_charts"]: level["m_probability"] for level in levels}
    return bool(named.get(OTHER_GIVEN_NAME, 0.0) > first["m_probability"])
