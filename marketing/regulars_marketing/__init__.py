"""Marketing: what persons bought, the programmes that give discounts for it, and offers with their proof."""

from regulars_marketing._arithmetic import arithmetic
from regulars_marketing._birthday_programme import BirthdayProgramme
from regulars_marketing._budget import BudgetState
from regulars_marketing._compute import Computed, compute
from regulars_marketing._compute_all import compute_all
from regulars_marketing._consent import Channel, Said, Standing, consent_standing, newest_word, subscription
from regulars_marketing._consent_changes import PlatformChange, consent_changes, word_to_tell
from regulars_marketing._consent_gate import Audience, Recipient, Wanted, gate
from regulars_marketing._consent_sql import subscriptions_query
from regulars_marketing._converted_facts import ConvertedFacts, converted_facts
from regulars_marketing._decide import Decision, decide
from regulars_marketing._described import described, members_now
from regulars_marketing._facts import Fact, Facts, read_facts
from regulars_marketing._frequency import (
    Beyond,
    Outside,
    heard_enough,
    outside_bounds,
    sent_to,
    sent_to_persons,
)
from regulars_marketing._frequency_own import due_of, next_of, own_rhythm, quiet_among, rhythms_of
from regulars_marketing._goods_words import GoodsWords
from regulars_marketing._known import Known
from regulars_marketing._money import GOODS_ONLY, MoneyRules
from regulars_marketing._personal_programme import PersonalProgramme
from regulars_marketing._profile import write_profiles
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._programme import Programme, parse_programme
from regulars_marketing._programme_audience import check_audience
from regulars_marketing._programmes import (
    StoredProgramme,
    disable_programme,
    enable_programme,
    programmes,
    save_programme,
)
from regulars_marketing._proof import RULE_VERSION, Proof, Scope, read_proof, unreadable
from regulars_marketing._property_uses import PropertyUse, property_uses
from regulars_marketing._rate_formats import RATE_FORMATS, RateFormat, ReadRates, parse_rates, rate_by_hand
from regulars_marketing._rates import (
    RATE_HOLDS,
    Converting,
    MissingRate,
    RateBook,
    conversion,
    converting,
)
from regulars_marketing._rating_run import Rated, rate, rate_all
from regulars_marketing._rating_scale import rating_due
from regulars_marketing._rating_settings import RatingSettings
from regulars_marketing._rating_words import ExplainedFactor, ExplainedRating, RatingChange, explain_rating
from regulars_marketing._reason import reason
from regulars_marketing._rhythm import Rhythm, next_sending, sending_due
from regulars_marketing._seasonal_programme import SeasonalProgramme
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_explain import Explanation, explain_segment
from regulars_marketing._segment_members import (
    asks_status,
    count_segment,
    member_condition,
    member_predicate,
    refresh_members,
    some_of_segment,
)
from regulars_marketing._segment_ready import (
    ReadySegment,
    ready_expression,
    ready_segment,
    ready_segments,
)
from regulars_marketing._segment_shopify import ShopifySegment, shopify_segment
from regulars_marketing._segment_text import segment_text
from regulars_marketing._segments import (
    StandingSegments,
    StoredSegment,
    add_segment,
    change_segment,
    disable_segment,
    evaluation_at,
    is_segment_key,
    read_segment,
    segment_named,
    segment_versions,
    segments,
    standing_segments,
    unanswerable,
)
from regulars_marketing._sentence import (
    LANGUAGES,
    amount,
    confirmation,
    invitation,
    language_of,
    next_step,
    preparation,
    sentence,
)
from regulars_marketing._subscription import Subscription, subscriptions
from regulars_marketing._terms import terms, terms_of
from regulars_marketing._tier_programme import Tier, TierProgramme
from regulars_marketing._verify import verify_proof
from regulars_marketing._welcome_programme import WelcomeProgramme
from regulars_marketing._wholesale_programme import WholesaleProgramme
from regulars_marketing._winback_programme import WinbackProgramme
from regulars_marketing._zone import zone_named

__all__ = [
    "GOODS_ONLY",
    "LANGUAGES",
    "RATE_FORMATS",
    "RATE_HOLDS",
    "RULE_VERSION",
    "Audience",
    "Beyond",
    "BirthdayProgramme",
    "BudgetState",
    "Channel",
    "Computed",
    "ConvertedFacts",
    "Converting",
    "Decision",
    "Evaluation",
    "ExplainedFactor",
    "ExplainedRating",
    "Explanation",
    "Fact",
    "Facts",
    "GoodsWords",
    "Known",
    "MissingRate",
    "MoneyRules",
    "Outside",
    "PersonalProgramme",
    "PlatformChange",
    "ProfileRules",
    "Programme",
    "Proof",
    "PropertyUse",
    "RateBook",
    "RateFormat",
    "Rated",
    "RatingChange",
    "RatingSettings",
    "ReadRates",
    "ReadySegment",
    "Recipient",
    "Rhythm",
    "Said",
    "Scope",
    "SeasonalProgramme",
    "SegmentError",
    "ShopifySegment",
    "Standing",
    "StandingSegments",
    "StoredProgramme",
    "StoredSegment",
    "Subscription",
    "Tier",
    "TierProgramme",
    "Wanted",
    "WelcomeProgramme",
    "WholesaleProgramme",
    "WinbackProgramme",
    "add_segment",
    "amount",
    "arithmetic",
    "asks_status",
    "change_segment",
    "check_audience",
    "compute",
    "compute_all",
    "confirmation",
    "consent_changes",
    "consent_standing",
    "conversion",
    "converted_facts",
    "converting",
    "count_segment",
    "decide",
    "described",
    "disable_programme",
    "disable_segment",
    "due_of",
    "enable_programme",
    "evaluation_at",
    "explain_rating",
    "explain_segment",
    "gate",
    "heard_enough",
    "invitation",
    "is_segment_key",
    "language_of",
    "member_condition",
    "member_predicate",
    "members_now",
    "newest_word",
    "next_of",
    "next_sending",
    "next_step",
    "outside_bounds",
    "own_rhythm",
    "parse_programme",
    "parse_rates",
    "preparation",
    "programmes",
    "property_uses",
    "quiet_among",
    "rate",
    "rate_all",
    "rate_by_hand",
    "rating_due",
    "read_facts",
    "read_proof",
    "read_segment",
    "ready_expression",
    "ready_segment",
    "ready_segments",
    "reason",
    "refresh_members",
    "rhythms_of",
    "save_programme",
    "segment_named",
    "segment_text",
    "segment_versions",
    "segments",
    "sending_due",
    "sent_to",
    "sent_to_persons",
    "sentence",
    "shopify_segment",
    "some_of_segment",
    "standing_segments",
    "subscription",
    "subscriptions",
    "subscriptions_query",
    "terms",
    "terms_of",
    "unanswerable",
    "unreadable",
    "verify_proof",
    "word_to_tell",
    "write_profiles",
    "zone_named",
]
