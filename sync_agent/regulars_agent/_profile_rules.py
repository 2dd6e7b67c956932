"""By what rules facts and profiles are counted in a workspace: its settings."""

from datetime import timedelta

from sqlalchemy import Connection

from regulars_agent._money import money_rules
from regulars_agent._setting_sections import StopListSettings
from regulars_agent._topics import topics
from regulars_agent._workspace import Workspace
from regulars_mapping import RefusalRules
from regulars_marketing import ProfileRules, Rhythm


def profile_rules(workspace: Workspace, connection: Connection) -> ProfileRules:
    """The rules of the settings; what they leave open as the shop connected first says."""
    return ProfileRules(
        money_rules(workspace, connection),
        refusal_rules(workspace.settings.stoplist),
        {topic.key: Rhythm(topic.least, topic.most, topic.days) for topic in topics(workspace)},
    )


def refusal_rules(settings: StopListSettings) -> RefusalRules:
    """Which orders on cash on delivery count as refused."""
    return RefusalRules.of(settings.methods, settings.statuses, timedelta(days=settings.underway))
