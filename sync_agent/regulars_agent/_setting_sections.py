"""The sections of the settings, one a table of ``regulars.toml``."""

from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from regulars_connectors import HttpOptions
from regulars_mapping import PAID_ON_DELIVERY, SAID_REFUSED, UNDERWAY_DAYS, currency_fault
from regulars_marketing import RatingSettings as RatingRules


class Section(BaseModel):
    """A part of the settings: frozen, nothing unknown accepted."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False, validate_default=True
    )


class HttpSettings(Section):
    """How patiently to speak to shops."""

    connect_timeout: float = Field(10.0, gt=0, le=300, description="Seconds to wait for a connection.")
    read_timeout: float = Field(90.0, gt=0, le=900, description="Seconds to wait for an answer.")
    tries: int = Field(5, ge=1, le=20, description="Tries of a request that is safe to repeat.")
    max_wait: float = Field(60.0, gt=0, le=3600, description="Longest pause between two tries, in seconds.")
    max_bytes: int = Field(
        64 * 1024 * 1024, ge=1024 * 1024, le=1024**3, description="Largest answer read from a shop, in bytes."
    )

    def options(self, *, verify: bool | str = True) -> HttpOptions:
        """These settings for one shop; ``verify`` as in HttpOptions."""
        return HttpOptions(**self.model_dump(), verify=verify)


class BatchSettings(Section):
    """How much goes into one transaction, so that the site never waits long for its turn."""

    landing: int = Field(500, ge=1, le=5000, description="Objects landed in one transaction.")
    persons: int = Field(200, ge=1, le=1000, description="Persons resolved or computed in one transaction.")
    pause: float = Field(0.002, ge=0, le=1, description="Seconds left to others between two transactions.")


def _number_of(given: object) -> object:
    return int(given) if isinstance(given, str) and given in {"1", "2"} else given


class PullSettings(Section):
    """How a shop is read."""

    processes: int = Field(
        1,
        ge=1,
        le=2,
        description="Processes that read a long history of a quick shop: with 2 one fetches and translates\n"
        "while the other writes. That pays where a second core is idle, and takes about 120 MB more.",
    )
    readers: Annotated[Literal["auto", 1, 2], BeforeValidator(_number_of)] = Field(
        "auto",
        description="Requests for a long history underway at once, where the platform gains by a second:\n"
        '1, 2, or "auto", which begins with one, adds the second where the shop is what is waited for,\n'
        "and keeps it where that brings at least 15 % more.",
    )


class LeaseSettings(Section):
    """How long work stays reserved for a worker that says nothing."""

    seconds: float = Field(
        600.0,
        ge=30,
        le=86400,
        description="Seconds until a silent worker's shop may be taken over. Longer than any shop's server\n"
        "works on a request whose sender is gone.",
    )

    @property
    def ttl(self) -> timedelta:
        """The same as a duration."""
        return timedelta(seconds=self.seconds)


class RiskSettings(Section):
    """What the agent may apply by itself; a plan beyond these limits waits for a human."""

    max_share_changed: float = Field(
        0.2, ge=0, le=1, description="Largest share of a shop's accounts that one plan may change."
    )
    max_deletions: int = Field(100, ge=0, description="Most things that one plan may delete in a shop.")


class MoneySettings(Section):
    """How money is counted."""

    currency: str = Field(
        "",
        pattern=r"^([A-Z]{3})?$",
        description="Currency that sums are told in, such as EUR; empty: that of the shop connected first.",
    )
    zone: str = Field(
        "",
        max_length=100,
        description="Time zone whose days and years are meant, such as Europe/Kyiv; empty: that of the shop\n"
        "connected first.",
    )
    tax: Literal["without", "with"] = Field(
        "without", description="Whether what was bought counts without or with its tax."
    )
    shipping: Literal["without", "with"] = Field(
        "without", description="Whether what was bought counts without or with what sending it cost."
    )

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, given: str) -> str:
        if given and (fault := currency_fault(given)):
            raise ValueError(f"{given} {fault}")
        return given

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, given: str) -> str:
        if given:
            try:
                ZoneInfo(given)
            except (KeyError, ValueError, OSError):
                raise ValueError("there is no such time zone; write one such as Europe/Kyiv") from None
        return given


class RatingSettings(RatingRules, Section):
    """How customers are rated."""


class AgentSettings(Section):
    """How `regulars agent` goes about its work."""

    interval: float = Field(
        300.0, ge=1, le=86400, description="Seconds from one visit to a shop to the next."
    )
    sweep_hour: int = Field(
        3,
        ge=0,
        le=23,
        description="Hour of the shop's own day after which everything in it is compared, once a day.",
    )
    workers: int = Field(1, ge=1, le=16, description="Shops worked on at the same time.")
    offers_checked: int = Field(
        200,
        ge=0,
        le=100_000,
        description="Persons, drawn by chance, whose offers are held once a day against what the shops\n"
        "sent; 0 for none.",
    )

    @property
    def every(self) -> timedelta:
        """The interval as a duration."""
        return timedelta(seconds=self.interval)


class IdentitySettings(Section):
    """Suggestions of who may be one person, which a human decides about."""

    suggestions: int = Field(1_000, ge=1, le=100_000, description="Most pairs that wait for a human.")
    share: float = Field(
        0.05, gt=0, le=1, description="The same as a share of the accounts; whichever is less counts."
    )
    least: float = Field(
        0.5, gt=0, lt=1, description="Least probability, as the store's own data give it, to suggest a pair."
    )
    memory: int = Field(
        512, ge=128, le=65_536, description="Megabytes of memory for comparing; the rest goes to the disk."
    )
    daily: bool = Field(
        default=True, description="Whether the agent suggests once a day, where the extra is installed."
    )


class ReminderSettings(Section):
    """Reminders of whom to call or congratulate."""

    birthdays: bool = Field(default=True, description="Whether birthdays make reminders by themselves.")
    days_ahead: int = Field(
        7, ge=0, le=90, description="Days before a birthday at which its reminder is made."
    )
    hour: int = Field(
        9,
        ge=0,
        le=23,
        description="Hour of the shop's own day at which a reminder is due, where no other is set.",
    )


class HookSettings(Section):
    """How patiently to tell others of order status changes."""

    tries: int = Field(
        12,
        ge=1,
        le=30,
        description="Tries of a message before it is given up: 5 seconds after the first, then six times as\n"
        "long each, at most 6 hours. 12 take a day and a half.",
    )
    timeout: float = Field(
        10.0, gt=0, le=60, description="Seconds to wait for a connection, and for an answer."
    )


class StopListSettings(Section):
    """Whom to suggest for the stop-list: those who refuse what was sent cash on delivery."""

    refusals: int = Field(2, ge=1, le=100, description="Refused orders of one person that make a suggestion.")
    days: int = Field(365, ge=1, le=3660, description="Days within which these orders were placed.")
    underway: float = Field(
        UNDERWAY_DAYS,
        ge=0,
        le=60,
        description="Days from placing an order to its cancelling after which it had been sent, unless the\n"
        "shop says that it was; one that is cancelled sooner was hardly on its way.",
    )
    methods: tuple[str, ...] = Field(
        PAID_ON_DELIVERY, max_length=100, description="Ways of payment, as the shops name them, on delivery."
    )
    statuses: tuple[str, ...] = Field(
        SAID_REFUSED,
        max_length=100,
        description="Shops' own order statuses that say it was refused, as plug-ins name them.",
    )
