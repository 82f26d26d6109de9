"""Webhooks as clients make and see them, and the log of what was sent."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from orchestrator.wire.base import Count, Message, Page, Text, Time

WebhookState = Literal["active", "paused", "disabled"]
DeliveryState = Literal["pending", "delivered", "failed"]
WebhookUrl = Annotated[str, Field(min_length=9, max_length=500, pattern=r"^https?://[!-~]+$")]
EventName = Annotated[str, Field(min_length=1, max_length=100)]
EventNames = Annotated[tuple[EventName, ...], Field(min_length=1, max_length=50)]


class WebhookCreate(Message):
    """POST /v1/webhooks: hear of a tenant's events at an address; `*` is every event."""

    url: WebhookUrl
    events: EventNames = ("*",)


class WebhookChange(Message):
    """PATCH /v1/webhooks/{id}: change what is given; `active` resumes, disabled ones too."""

    url: WebhookUrl | None = None
    events: EventNames | None = None
    state: Literal["active", "paused"] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.url is None and self.events is None and self.state is None:
            raise ValueError("give url, events or state")
        return self


class Webhook(Message):
    """Describe a webhook; its secret is never shown again.

    `failures` counts tries that failed in a row, since `failing_since`.
    """

    id: UUID
    url: Text
    events: tuple[Text, ...]
    state: WebhookState
    failures: Count
    failing_since: Time | None = None
    disabled_at: Time | None = None
    secret_version: Count
    secret_rotated_at: Time | None = None
    created_at: Time
    updated_at: Time


class WebhookSecret(Message):
    """Show a webhook and the secret that signs what it is sent, once."""

    webhook: Webhook
    secret: Text


class WebhookPage(Message):
    """Be one page of the tenant's webhooks, newest first."""

    data: tuple[Webhook, ...]
    meta: Page


class WebhookDelivery(Message):
    """Describe one event to one webhook: how often it was tried and how the last try ended.

    `error` is a sentence; `http_status` the answer's code, where there was one.
    """

    id: UUID
    type: Text
    job_id: UUID | None = None
    state: DeliveryState
    tries: Count
    http_status: Count | None = None
    error: Text | None = None
    duration_ms: Count | None = None
    event_at: Time
    created_at: Time
    tried_at: Time | None = None
    next_at: Time | None = None
    finished_at: Time | None = None


class WebhookDeliveryPage(Message):
    """Be one page of a webhook's deliveries, newest first."""

    data: tuple[WebhookDelivery, ...]
    meta: Page
