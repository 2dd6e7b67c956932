"""The only composition root: pull, land, map, resolve, compute, plan and apply, over one store."""

from regulars_agent._agenda import Due, Duty, due
from regulars_agent._apply import Applied, apply_plan
from regulars_agent._balance import Balance
from regulars_agent._clock import Clock, SystemClock
from regulars_agent._derive import Derived, derive
from regulars_agent._doctor import doctor
from regulars_agent._file_keyring import FileKeyring
from regulars_agent._huey import make_huey
from regulars_agent._person_card import PersonCard, find_persons, person_card
from regulars_agent._plan import PlanSummary, make_plan
from regulars_agent._programmes import disable_programme, enable_programme, programmes
from regulars_agent._pull import Pulled, Step
from regulars_agent._risk import confirming
from regulars_agent._run_agent import run_agent
from regulars_agent._secrets import Secrets, environment_variable
from regulars_agent._settings import Settings, load_settings, write_default_settings
from regulars_agent._settle import Unanswered, unanswered
from regulars_agent._shops import (
    check_name,
    check_new_shop,
    check_options,
    check_shop,
    connect_shop,
    credential_names,
    credential_sets,
    credentials_kept,
    disconnect_shop,
    rotate_credentials,
)
from regulars_agent._storefront import (
    STOREFRONT_KEY,
    ShownOffer,
    Storefront,
    StorefrontShop,
    anonymous_offer,
    checked_key,
    storefront_key,
)
from regulars_agent._sync import SyncReport, backfill, retry_dead_letters, sync, verify
from regulars_agent._tasks import Tasks, bind
from regulars_agent._tick import Outcome, Performed, perform, tick
from regulars_agent._workspace import Workspace, open_workspace

__all__ = [
    "STOREFRONT_KEY",
    "Applied",
    "Balance",
    "Clock",
    "Derived",
    "Due",
    "Duty",
    "FileKeyring",
    "Outcome",
    "Performed",
    "PersonCard",
    "PlanSummary",
    "Pulled",
    "Secrets",
    "Settings",
    "ShownOffer",
    "Step",
    "Storefront",
    "StorefrontShop",
    "SyncReport",
    "SystemClock",
    "Tasks",
    "Unanswered",
    "Workspace",
    "anonymous_offer",
    "apply_plan",
    "backfill",
    "bind",
    "check_name",
    "check_new_shop",
    "check_options",
    "check_shop",
    "checked_key",
    "confirming",
    "connect_shop",
    "credential_names",
    "credential_sets",
    "credentials_kept",
    "derive",
    "disable_programme",
    "disconnect_shop",
    "doctor",
    "due",
    "enable_programme",
    "environment_variable",
    "find_persons",
    "load_settings",
    "make_huey",
    "make_plan",
    "open_workspace",
    "perform",
    "person_card",
    "programmes",
    "retry_dead_letters",
    "rotate_credentials",
    "run_agent",
    "storefront_key",
    "sync",
    "tick",
    "unanswered",
    "verify",
    "write_default_settings",
]
