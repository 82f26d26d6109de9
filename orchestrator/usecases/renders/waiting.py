"""Say why a render waits, task by task and node by node."""

from __future__ import annotations

from uuid import UUID

from orchestrator.core.scheduling.waiting import Lookout, explain_all
from orchestrator.deps import Deps
from orchestrator.store.render import waiting
from orchestrator.usecases.renders.look import get_render
from orchestrator.wire.waiting import WaitReport

TASKS_SHOWN = 100


async def why(
    deps: Deps,
    tenant_id: UUID,
    job_id: UUID,
    *,
    with_nodes: bool,
    nodes: Lookout | None = None,
) -> WaitReport:
    """Explain the tasks that nobody works on; raises NotFound.

    Nodes are named to operators only; everybody learns the reason. Who asks often gives the nodes
    as somebody read them a moment ago.
    """
    render = await get_render(deps, tenant_id, job_id)
    session = deps.db.session()
    tasks = await waiting.tasks(session, tenant_id, job_id, TASKS_SHOWN)
    if not tasks:
        return WaitReport(message=f"Nothing of this render waits; it is {render.state}.")
    if nodes is None:
        nodes = Lookout(await waiting.nodes(session))
    at_work = await waiting.at_work(session, tenant_id, job_id)
    found = explain_all(tasks, nodes, with_nodes=with_nodes)
    first = next((one for one in found if one.state == "queued"), found[0])
    return WaitReport(message=first.message, tasks=found, at_work=at_work)
