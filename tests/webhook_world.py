"""A shop that tells of its changes: its webhooks are made, and what it delivers goes to the intake."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from agent_world import World
from regulars_agent import Performed, WebhookIntake, keep_webhooks, tick
from regulars_agent._settings import HttpSettings, RiskSettings
from regulars_agent._webhooks import WEBHOOK_SECRET
from regulars_mapping import PermanentError, RegularsError
from regulars_sandbox import Message
from regulars_store import tables

URL = "https://crm.example.com/regulars/webhooks/tea"
INTERVAL = 3_600


@dataclass
class ToldWorld:
    """A small shop with webhooks, and an agent that may change everything and asks once an hour."""

    world: World
    intake: WebhookIntake
    answers: list[int] = field(default_factory=list)

    def receive(self, message: Message) -> int:
        """What the site would answer."""
        try:
            self.intake.receive("tea", message.headers, message.body)
        except PermanentError:
            return 401
        except RegularsError:
            return 503
        return 200

    def deliver(self, send: Callable[[Message], int] | None = None) -> list[str]:
        """The shop delivers what waits; the topics, each with its object."""
        done = self.world.double.deliver_webhooks(send or self.receive)
        return [f"{each.topic} {each.resource_id}" for each in done]

    def tick(self, **forward: float) -> list[Performed]:
        """What the agent does then."""
        self.world.clock.forward(**forward)
        return tick(self.world.workspace, self.world.clock())

    def waiting(self) -> list[tuple[str, str]]:
        """Kind and id of every notice."""
        return [(kind, number) for kind, number in self.world.rows("notice", "kind", "external_id")]

    def signed(self, topic: str, payload: Any, secret: str = "") -> Message:
        """A delivery as this shop would make it, or somebody with another secret."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        key = secret or self.world.workspace.secrets.get("tea", WEBHOOK_SECRET).get_secret_value()
        signature = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature}
        return Message(URL, {**headers, "X-WC-Webhook-Delivery-ID": "always the same"}, body)

    def given_name(self, customer: int) -> str | None:
        """How a customer is called here; None where gone or unknown."""
        account = tables.account
        query = select(account.c.given_name).where(
            account.c.id == f"{self.world.shop.id}:{customer}", account.c.gone.is_(False)
        )
        with self.world.store.read() as connection:
            return connection.scalar(query)


def told_world(world: World) -> ToldWorld:
    """Webhooks are made at the owner's word; the agent was there once, and everything is quiet."""
    world.workspace.settings = world.workspace.settings.model_copy(
        update={
            "agent": world.workspace.settings.agent.model_copy(update={"interval": INTERVAL}),
            "risk": RiskSettings(max_share_changed=1),
            "http": HttpSettings(tries=1, max_wait=0.01, read_timeout=10),
        }
    )
    keep_webhooks(world.workspace, "tea", url=URL, who="the owner")
    made = ToldWorld(world, WebhookIntake(world.workspace))
    tick(world.workspace, world.clock())
    return made
