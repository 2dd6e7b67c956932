"""The only composition root: pull, land, map, resolve, compute, plan and apply, over one store."""

from regulars_agent import _connect_shopify as connect_shopify
from regulars_agent import _demands_shown as demands
from regulars_agent import _proofs as proofs
from regulars_agent import _rates as rates
from regulars_agent import _topic_bounds as topic_bounds
from regulars_agent._agenda import Due, Duty, due
from regulars_agent._apply import Applied, apply_plan
from regulars_agent._audience import AudienceMade, make_audience
from regulars_agent._balance import Balance
from regulars_agent._barred import Barred, barred_kinds
from regulars_agent._birthdays import BirthdayRun, make_birthday_reminders
from regulars_agent._budgets import budget_meant, budget_told, budgets
from regulars_agent._by_hand import ByHand
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
from regulars_agent._consent_changes import ConsentChanges, consent_changes
from regulars_agent._consent_import import ConsentsImported, import_consents
from regulars_agent._consents import (
    ConsentAddress,
    ConsentCard,
    ConsentChange,
    ConsentSaid,
    consents,
    grant_consent,
    withdraw_consent,
)
from regulars_agent._cost_file import LARGEST_FILE as LARGEST_COST_FILE
from regulars_agent._costs import CostsKept, KnownCost, import_costs, product_costs
from regulars_agent._csv_file import safe_cell, write_csv
from regulars_agent._decision_journal import JournalAct, JournalLine, identity_journal
from regulars_agent._decision_results import BriefPerson, Decided, OfferChange, Total
from regulars_agent._decisions import (
    MOST_MERGED,
    MOST_PAIRS,
    accept_suggestion,
    keep_apart,
    merge_persons,
    split_person,
    undo_decision,
)
from regulars_agent._demands import carry_out_demands
from regulars_agent._derive import Derived, derive, derive_anew
from regulars_agent._doctor import doctor
from regulars_agent._erasure import Erased, erase_person, finish_erasures
from regulars_agent._evidence import EVIDENCE_FORMAT, EVIDENCE_VERSION, Evidence, export_evidence
from regulars_agent._explain import (
    ExplainedAccount,
    ExplainedKey,
    ExplainedLink,
    ExplainedPayload,
    ExplainedSide,
    Explanation,
    explain_persons,
)
from regulars_agent._field_history import FieldHistory, FieldVersion, field_history
from regulars_agent._file_keyring import FileKeyring
from regulars_agent._grants import (
    LONGEST_CODE,
    CardHolder,
    FoundCode,
    GrantUse,
    HeldGrant,
    find_code,
    grants_of,
)
from regulars_agent._grants_by_hand import Attached, attach_code, withdraw_grant
from regulars_agent._history import Hole
from regulars_agent._hook_secrets import LONGEST_OVERLAP, RotatedHook
from regulars_agent._huey import make_huey
from regulars_agent._identity_sides import LONGEST_SEARCH
from regulars_agent._interactions import (
    Interaction,
    InteractionKind,
    add_interaction,
    interactions,
    take_back_interaction,
)
from regulars_agent._money import money_rules
from regulars_agent._ownership_link import (
    LINK_LIFETIME,
    OwnershipAsked,
    OwnershipLink,
    OwnershipLinks,
    ownership_link,
    withdraw_ownership,
)
from regulars_agent._ownership_token import LONGEST_LINK
from regulars_agent._person_addresses import PersonAddress
from regulars_agent._person_card import PersonCard, card_of, find_persons, is_erased, person_card
from regulars_agent._plan import PlanSummary, make_plan
from regulars_agent._programmes import (
    check_programme,
    disable_programme,
    enable_programme,
    not_given,
    programmes,
)
from regulars_agent._progress import Step
from regulars_agent._proof_chore import offer_troubles
from regulars_agent._properties import (
    RuleChange,
    add_property,
    complete_rule,
    end_property,
    persons_with_status,
    properties,
    set_complete_rule,
)
from regulars_agent._pull import Pulled
from regulars_agent._ratings import RatingCard, RatingList, explain_rating, list_ratings
from regulars_agent._readmission import Readmitted, readmit
from regulars_agent._record import FieldSet, set_field
from regulars_agent._reminders import (
    Reminder,
    ReminderKind,
    add_reminder,
    finish_reminder,
    reminders,
    reminders_calendar,
)
from regulars_agent._risk import confirming
from regulars_agent._run_agent import run_agent
from regulars_agent._secrets import Secrets, environment_variable
from regulars_agent._segment_changes import (
    SegmentSaved,
    add_ready_segment,
    add_segment,
    change_segment,
    disable_segment,
    refresh_segments,
)
from regulars_agent._segments import (
    InShopify,
    Member,
    SegmentDetails,
    SegmentExplained,
    SegmentSummary,
    SegmentTrial,
    count_segment,
    explain_membership,
    ready_segments,
    segment_details,
    segment_members,
    segments,
    try_segment,
)
from regulars_agent._settings import Settings, load_settings, write_default_settings
from regulars_agent._settle import Unanswered, unanswered
from regulars_agent._shop_options import OptionsChange, change_shop_options, check_options, emails_hint
from regulars_agent._shops import (
    ShopCheck,
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
from regulars_agent._status_delivery import (
    Told,
    deliver_status_changes,
    forget_told_changes,
    status_changes_due,
    take_status_changes,
)
from regulars_agent._status_hooks import (
    AddedHook,
    ShownHook,
    add_status_hook,
    end_status_hook,
    list_status_hooks,
    retry_status_hook,
    rotate_status_hook,
    try_status_hook,
)
from regulars_agent._status_sending import Answered
from regulars_agent._stop_list import (
    StopChange,
    StopEntry,
    add_stop,
    confirm_stop,
    lift_stop,
    refuse_stop,
    stop_list,
)
from regulars_agent._stop_suggesting import SuggestedStop, suggest_stops
from regulars_agent._storefront import (
    STOREFRONT_KEY,
    ShownOffer,
    Storefront,
    StorefrontShop,
    anonymous_offer,
    checked_key,
    storefront_key,
)
from regulars_agent._suggestions import (
    Reason,
    Suggestion,
    SuggestionRun,
    make_suggestions,
    refuse_suggestion,
    suggestion,
    suggestions,
)
from regulars_agent._sync import SyncReport, backfill, retry_dead_letters, sync, verify
from regulars_agent._tasks import Tasks, bind
from regulars_agent._tick import Outcome, Performed, perform, tick
from regulars_agent._topic_settings import TopicSettings
from regulars_agent._topics import Topic, TopicReport, topic_report, topics
from regulars_agent._waiting import CHANGES_WAIT, changes_wait
from regulars_agent._webhook_intake import LARGEST_DELIVERY, ReceivedNotice, WebhookIntake
from regulars_agent._webhooks import WebhooksChange, keep_webhooks, remove_webhooks
from regulars_agent._webhooks_state import ShownWebhook, WebhooksState
from regulars_agent._workspace import Workspace, open_workspace
from regulars_agent._written import Written
from regulars_marketing import Channel, PlatformChange, Standing
from regulars_store import ConsentState, StopState

__all__ = [
    "CHANGES_WAIT",
    "EVIDENCE_FORMAT",
    "EVIDENCE_VERSION",
    "LARGEST_BODY",
    "LARGEST_COST_FILE",
    "LARGEST_DELIVERY",
    "LINK_LIFETIME",
    "LONGEST_CODE",
    "LONGEST_LINK",
    "LONGEST_OVERLAP",
    "LONGEST_SEARCH",
    "MOST_MERGED",
    "MOST_PAIRS",
    "STOREFRONT_KEY",
    "AddedHook",
    "Answered",
    "Applied",
    "Approval",
    "Attached",
    "AudienceMade",
    "Balance",
    "Barred",
    "BirthdayRun",
    "BriefPerson",
    "ByHand",
    "CardHolder",
    "Channel",
    "Clock",
    "Connecting",
    "ConsentAddress",
    "ConsentCard",
    "ConsentChange",
    "ConsentChanges",
    "ConsentSaid",
    "ConsentState",
    "ConsentsImported",
    "CostsKept",
    "Decided",
    "Derived",
    "Due",
    "Duty",
    "Erased",
    "Evidence",
    "ExplainedAccount",
    "ExplainedKey",
    "ExplainedLink",
    "ExplainedPayload",
    "ExplainedSide",
    "Explanation",
    "FieldHistory",
    "FieldSet",
    "FieldVersion",
    "FileKeyring",
    "FoundCode",
    "GrantUse",
    "HeldGrant",
    "Hole",
    "InShopify",
    "Interaction",
    "InteractionKind",
    "JournalAct",
    "JournalLine",
    "KnownCost",
    "Member",
    "OfferChange",
    "OptionsChange",
    "Outcome",
    "OwnershipAsked",
    "OwnershipLink",
    "OwnershipLinks",
    "Performed",
    "PersonAddress",
    "PersonCard",
    "PlanSummary",
    "PlatformChange",
    "Pulled",
    "RatingCard",
    "RatingList",
    "Readmitted",
    "Reason",
    "ReceivedNotice",
    "Reminder",
    "ReminderKind",
    "RotatedHook",
    "RuleChange",
    "Secrets",
    "SegmentDetails",
    "SegmentExplained",
    "SegmentSaved",
    "SegmentSummary",
    "SegmentTrial",
    "Settings",
    "ShopCheck",
    "ShownHook",
    "ShownOffer",
    "ShownWebhook",
    "Standing",
    "Step",
    "StopChange",
    "StopEntry",
    "StopState",
    "Storefront",
    "StorefrontShop",
    "SuggestedStop",
    "Suggestion",
    "SuggestionRun",
    "SyncReport",
    "SystemClock",
    "Tasks",
    "Told",
    "Topic",
    "TopicReport",
    "TopicSettings",
    "Total",
    "Unanswered",
    "WebhookIntake",
    "WebhooksChange",
    "WebhooksState",
    "Workspace",
    "Written",
    "accept_suggestion",
    "add_interaction",
    "add_property",
    "add_ready_segment",
    "add_reminder",
    "add_segment",
    "add_status_hook",
    "add_stop",
    "anonymous_offer",
    "apply_plan",
    "ask_for_key",
    "attach_code",
    "backfill",
    "barred_kinds",
    "bind",
    "budget_meant",
    "budget_told",
    "budgets",
    "card_of",
    "carry_out_demands",
    "change_segment",
    "change_shop_options",
    "changes_wait",
    "check_name",
    "check_new_shop",
    "check_options",
    "check_programme",
    "check_shop",
    "checked_key",
    "complete_rule",
    "confirm_stop",
    "confirming",
    "connect_shop",
    "connect_shopify",
    "consent_changes",
    "consents",
    "count_segment",
    "credential_names",
    "credential_sets",
    "credentials_kept",
    "deliver_status_changes",
    "demands",
    "derive",
    "derive_anew",
    "disable_programme",
    "disable_segment",
    "disconnect_shop",
    "doctor",
    "due",
    "emails_hint",
    "enable_programme",
    "end_property",
    "end_status_hook",
    "environment_variable",
    "erase_person",
    "explain_membership",
    "explain_persons",
    "explain_rating",
    "export_evidence",
    "field_history",
    "find_code",
    "find_persons",
    "finish_connecting",
    "finish_erasures",
    "finish_reminder",
    "forget_old_requests",
    "forget_told_changes",
    "grant_consent",
    "grants_of",
    "identity_journal",
    "import_consents",
    "import_costs",
    "interactions",
    "is_erased",
    "keep_apart",
    "keep_webhooks",
    "lift_stop",
    "list_ratings",
    "list_status_hooks",
    "load_settings",
    "make_audience",
    "make_birthday_reminders",
    "make_huey",
    "make_plan",
    "make_suggestions",
    "merge_persons",
    "money_rules",
    "not_given",
    "offer_troubles",
    "open_workspace",
    "ownership_link",
    "perform",
    "person_card",
    "persons_with_status",
    "product_costs",
    "programmes",
    "proofs",
    "properties",
    "rates",
    "readmit",
    "ready_segments",
    "refresh_segments",
    "refuse_stop",
    "refuse_suggestion",
    "reminders",
    "reminders_calendar",
    "remove_webhooks",
    "retry_dead_letters",
    "retry_status_hook",
    "rotate_credentials",
    "rotate_status_hook",
    "run_agent",
    "safe_cell",
    "segment_details",
    "segment_members",
    "segments",
    "set_complete_rule",
    "set_field",
    "split_person",
    "status_changes_due",
    "stop_list",
    "storefront_key",
    "suggest_stops",
    "suggestion",
    "suggestions",
    "sync",
    "take_back_interaction",
    "take_key",
    "take_status_changes",
    "tick",
    "topic_bounds",
    "topic_report",
    "topics",
    "try_segment",
    "try_status_hook",
    "unanswered",
    "undo_decision",
    "verify",
    "withdraw_consent",
    "withdraw_grant",
    "withdraw_ownership",
    "write_csv",
    "write_default_settings",
]
