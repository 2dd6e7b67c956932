"""The switches of the command that serves a double, for what goes wrong there."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Final

from regulars_sandbox._faults import Faults, Noise

_EACH: Final = "N"
_SECONDS: Final = "SECONDS"
_HELP: Final = {
    "latency": (_SECONDS, "how much later each answer comes"),
    "throttle_every": (_EACH, "answer each Nth request with 429 (0: none)"),
    "retry_after": ("SECONDS|none", "what a 429 asks to wait (default: 1)"),
    "crash_every": (_EACH, "answer each Nth request with 500 (0: none)"),
    "truncate_every": (_EACH, "break off each Nth answer half-way (0: none)"),
    "noise": (
        "",
        "what stands around the JSON: PHP's notice, a byte order mark, blank lines, a comment after it",
    ),
    "noise_every": (_EACH, "put the noise around each Nth answer"),
    "challenge_every": (_EACH, "answer each Nth request with a page that looks at browsers (0: none)"),
    "drop_after_effect_every": (_EACH, "carry out each Nth write and close without an answer (0: none)"),
    "repeat_row_every": (_EACH, "give the first row twice in each Nth listing (0: none)"),
    "miss_row_every": (_EACH, "leave the last row out of each Nth listing (0: none)"),
    "maintenance": ("", "answer everything with 503, to come again in 600 seconds"),
    "strip_authorization": ("", "drop the Authorization header, as Apache does"),
    "hide_https": ("", "end the encryption before the shop, and do not tell it"),
    "redirect": ("URL", "send everybody on to the same path there"),
    "clock_skew": (_SECONDS, "how far ahead the Date of answers is"),
}


def add_fault_options(parser: argparse.ArgumentParser) -> None:
    """A switch for each fault of ``Faults``."""
    faults = parser.add_argument_group("what goes wrong")
    for name, default in _defaults():
        option, (unit, said) = f"--{name.replace('_', '-')}", _HELP[name]
        if isinstance(default, bool):
            faults.add_argument(option, action="store_true", help=said)
        elif isinstance(default, Noise):
            faults.add_argument(option, type=Noise, choices=list(Noise), default=default, help=said)
        else:
            kind = _seconds_or_none if name == "retry_after" else type(default)
            faults.add_argument(option, type=kind, default=default, metavar=unit, help=said)


def chosen_faults(options: argparse.Namespace) -> Faults:
    """What the switches say."""
    return Faults(**{name: getattr(options, name) for name, _ in _defaults()})


def _defaults() -> list[tuple[str, object]]:
    plain = Faults()
    return [(field.name, getattr(plain, field.name)) for field in fields(Faults)]


def _seconds_or_none(text: str) -> int | None:
    return None if text == "none" else int(text)
