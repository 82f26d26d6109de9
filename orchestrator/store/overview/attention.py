"""Read what a person of the farm should look at now."""

from __future__ import annotations

from orchestrator.store.pool import Record, Session


async def nodes(session: Session, limit: int) -> list[Record]:
    """Give nodes out of work or short of something: id, name, state, state_reason, conditions,
    last_seen_at, problem (the first that the agent names).
    """
    return await session.fetch("attention_nodes", limit)


async def failed(session: Session, limit: int) -> list[Record]:
    """Give the last day's failed jobs: id, failure_code, failure_message, finished_at, project,
    tenant.
    """
    return await session.fetch("attention_jobs", limit)


async def webhooks(session: Session, limit: int) -> list[Record]:
    """Give webhooks that take nothing: id, state, failing_since, tenant_id, tenant."""
    return await session.fetch("attention_webhooks", limit)


async def tenants(session: Session, limit: int, most: int) -> list[Record]:
    """Give tenants with as many unfinished jobs as they may have: id, name, active."""
    return await session.fetch("attention_tenants", limit, most)
