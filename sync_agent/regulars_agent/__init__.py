"""The only composition root: pull, land, map, resolve, compute, plan and apply, over one store."""

from regulars_agent._apply import Applied, apply_plan
from regulars_agent._balance import Balance
from regulars_agent._clock import Clock, SystemClock
from regulars_agent._derive import Derived, derive
from regulars_agent._doctor import doctor
from regulars_agent._file_keyring import FileKeyring
from regulars_agent._person_card import PersonCard, find_persons, person_card
from regulars_agent._plan import PlanSummary, make_plan
from regulars_agent._programmes import disable_programme, enable_programme, programmes
from regulars_agent._pull import Pulled, Step
from regulars_agent._secrets import Secrets, environment_variable
from regulars_agent._settings import Settings, load_settings, write_default_settings
from regulars_agent._shops import (
    check_name,
    check_shop,
    connect_shop,
    credential_names,
    disconnect_shop,
    rotate_credentials,
)
from regulars_agent._sync import SyncReport, backfill, retry_dead_letters, sync, verify
from regulars_agent._workspace import Workspace, open_workspace

__all__ = [
    "Applied",
    "Balance",
    "Clock",
    "Derived",
    "FileKeyring",
    "PersonCard",
    "PlanSummary",
    "Pulled",
    "Secrets",
    "Settings",
    "Step",
    "SyncReport",
    "SystemClock",
    "Workspace",
    "apply_plan",
    "backfill",
    "check_name",
    "check_shop",
    "connect_shop",
    "credential_names",
    "derive",
    "disable_programme",
    "disconnect_shop",
    "doctor",
    "enable_programme",
    "environment_variable",
    "find_persons",
    "load_settings",
    "make_plan",
    "open_workspace",
    "person_card",
    "programmes",
    "retry_dead_letters",
    "rotate_credentials",
    "sync",
    "verify",
    "write_default_settings",
]
