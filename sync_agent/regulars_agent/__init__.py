"""The only composition root: pull, land, map, resolve, compute, plan and apply, over one store."""

from regulars_agent._agenda import Due, Duty, due
from regulars_agent._apply import Applied, apply_plan
from regulars_agent._balance import Balance
from regulars_agent._clock import Clock, SystemClock
from regulars_agent._connect_woocommerce import (
    LARGEST_BODY,
    Approval,
    Connecting,
    ask_for_key,
    finish_connecting,
    forget_old_requests,
    take_key,
)
from regulars_agent._derive import Derived, derive
from regulars_agent._doctor import doctor
from regulars_agent._file_keyring import FileKeyring
from regulars_agent._history import Hole
from regulars_agent._huey import make_huey
from regulars_agent._person_card import LONGEST_SEARCH, PersonCard, find_persons, person_card
from regulars_agent._plan import PlanSummary, make_plan
from regulars_agent._programmes import disable_programme, enable_programme, programmes
from regulars_agent._progress import Step
from regulars_agent._pull import Pulled
from regulars_agent._risk import confirming
from regulars_agent._run_agent import run_agent
from regulars_agent._secrets import Secrets, environment_variable
from regulars_agent._settings import Settings, load_settings, write_default_settings
from regulars_agent._settle import Unanswered, unanswered
from regulars_agent._shop_options import OptionsChange, change_shop_options, check_options, emails_hint
from regulars_agent._shops import (
    check_name,
    check_new_shop,
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
from regulars_agent._webhook_intake import LARGEST_DELIVERY, ReceivedNotice, WebhookIntake
from regulars_agent._webhooks import WebhooksChange, keep_webhooks, remove_webhooks
from regulars_agent._workspace import Workspace, open_workspace

__all__ = [
    "LARGEST_BODY",
    "LARGEST_DELIVERY",
    "LONGEST_SEARCH",
    "STOREFRONT_KEY",
    "Applied",
    "Approval",
    "Balance",
    "Clock",
    "Connecting",
    "Derived",
    "Due",
    "Duty",
    "FileKeyring",
    "Hole",
    "OptionsChange",
    "Outcome",
    "Performed",
    "PersonCard",
    "PlanSummary",
    "Pulled",
    "ReceivedNotice",
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
    "WebhookIntake",
    "WebhooksChange",
    "Workspace",
    "anonymous_offer",
    "apply_plan",
    "ask_for_key",
    "backfill",
    "bind",
    "change_shop_options",
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
    "emails_hint",
    "enable_programme",
    "environment_variable",
    "find_persons",
    "finish_connecting",
    "forget_old_requests",
    "keep_webhooks",
    "load_settings",
    "make_huey",
    "make_plan",
    "open_workspace",
    "perform",
    "person_card",
    "programmes",
    "remove_webhooks",
    "retry_dead_letters",
    "rotate_credentials",
    "run_agent",
    "storefront_key",
    "sync",
    "take_key",
    "tick",
    "unanswered",
    "verify",
    "write_default_settings",
]
