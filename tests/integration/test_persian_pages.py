"""On Persian pages no English sentence of ours is left, whatever the farm has to tell."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.usecases.nodes.moves import move_node
from orchestrator.usecases.tasks import result
from orchestrator.web.catalogues import texts
from orchestrator.web.page import Page as Route
from orchestrator.web.table import PAGES
from orchestrator.wire.agent import Capabilities
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.tasks import Grant, ResultReport
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.farm import ABLE, TENANT, Agent, Farm
from tests.support.people import Person, signed_in
from tests.support.reading import Page
from tests.support.server import Api

GLOW = LayerSpec("frd_glow", effects=(rifx.color_control("glow", (1, 2, 3)),))
TEMPLATE = rifx.comps(
    CompSpec("frfinal", (LayerSpec("frl_c1t1", text="a"), LayerSpec("frl_c1t1", text="b"), GLOW)),
    CompSpec("frshare", (LayerSpec("accent", text="255,0,0,255"),)),
    CompSpec("spare", (LayerSpec("x", text="y"),)),
)
NOT_WALKED = ("/admin/live", "/admin/words", "/admin/sign-in/code", "/admin/link")
FILES = ("/admin/static/", "/frames/", ".json", "/pictures/", "/svg", "/screen", "/rows/")
"""What is no page of words."""
_KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+")
FAMILIES = {key.partition(".")[0] for key in texts("fa")}
OF_ONE_ROUTE = 6
ENGINES_OWN = "INFO: the engine minds something of its own"
OUTBOX = "INSERT INTO render.outbox (tenant_id, type, dedupe_key, payload, dispatched_at)"
DELIVERY = "INSERT INTO render.webhook_deliveries (tenant_id, webhook_id, outbox_id, state, tries,"


@pytest.fixture(scope="module")
async def sara(api: Api) -> Person:
    """Give an admin who reads Persian."""
    who = await signed_in(api, "admin", "sara@example.com")
    await who.post("/admin/account/language", {"locale": "fa"})
    return who


@asynccontextmanager
async def farm_in_trouble(api: Api) -> AsyncIterator[Farm]:
    """Lend a farm with something of everything that can go wrong."""
    look = await asyncpg.connect(api.dsn)
    bundle = await look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (md5('k'), repeat('b', 64), 'zip', 1, 'k', 'a.aep') RETURNING bundle_id"
    )
    made = Farm(api.deps, look, bundle)
    await troubled_nodes(made)
    await renders(made)
    await templates(api, made)
    await webhook(api, made)
    yield made
    await look.close()


@pytest.fixture(scope="module")
async def farm(api: Api) -> AsyncIterator[Farm]:
    async with farm_in_trouble(api) as made:
        yield made


async def troubled_nodes(farm: Farm) -> None:
    """Make nodes with every kind of trouble that a page tells of."""
    problems = (
        (
            "preview 1.0 runs no scripts: Scripts may not write files on this node. Turn on"
            " Preferences > Scripting & Expressions > Allow Scripts to Write Files and Access"
            " Network in After Effects."
        ),
        (
            "This node has no ffmpeg. Install the extra [encode], or name one with"
            " FLATRENDER_AGENT_FFMPEG."
        ),
    )
    able = Capabilities(**{**ABLE.model_dump(), "problems": problems})
    ill = await farm.node("ill", able=able)
    await farm.look.execute(
        "UPDATE render.nodes SET conditions = $2 WHERE id = $1",
        ill.node_id,
        ["disk_pressure", "disk_unwritable", "memory_pressure", "engine_missing", "recovering"],
    )
    await farm.look.execute(
        "INSERT INTO render.node_crashes (node_id, kind, crash_class, signature, message, recovery)"
        " VALUES ($1, 'engine', 'engine_crashed', 's', 'engine_crashed, exit code 3', 'requeue'),"
        " ($1, 'agent', NULL, 's', 'The agent died while it held 2 leases, and began anew.', NULL)",
        ill.node_id,
    )
    await farm.look.execute(
        "INSERT INTO render.node_fonts (node_id, postscript_name, source, state, message)"
        " VALUES ($1, 'Vazir', 'tenant', 'failed', 'Windows does not load it at all')",
        ill.node_id,
    )
    for reason in (
        "3 failed attempts in a row; see its attempts and crashes.",
        "5 crashes of 3 tasks within minutes; see them.",
        "5 crashes of 3 tasks within minutes, after 2 quarantines today. Mend and resume it.",
        "By sara@example.com",
    ):
        node = await farm.node()
        await move_node(farm.deps.db, node.node_id, "quarantine", reason)
    tired = await farm.node("tired")
    await move_node(farm.deps.db, tired.node_id, "drain")
    told = "A person quarantined it."
    await move_node(farm.deps.db, ill.node_id, "quarantine", told)


async def renders(farm: Farm) -> None:
    """Make renders that are done, failed, rest and wait."""
    node = await farm.node("able")
    await farm.job()
    (grant,) = await node.claim()
    await node.render(grant)
    await farm.job()
    (grant,) = await node.claim()
    await fail(node, grant, "comp_missing", FailureClass.TEMPLATE)
    await farm.job(plan="split")
    (grant,) = await node.claim()
    await fail(node, grant, "engine_crashed", FailureClass.TRANSIENT)
    await farm.look.execute(
        "UPDATE render.tasks SET not_before = now() + interval '1 h' WHERE not_before > now()"
    )
    for _ in range(3):
        await farm.job()
    await node.claim()


async def fail(node: Agent, grant: Grant, code: str, kind: FailureClass) -> None:
    """Report a failure with warnings of ours and of the engine."""
    failure = Failure(
        failure_class=kind,
        code=code,
        message="The engine ended with exit code 3 after 24 frames.",
        line="after effects error: something",
    )
    report = ResultReport(
        token=grant.token,
        outcome="failed",
        failure=failure,
        warnings=("The mix is silent, so its loudness was left alone.", ENGINES_OWN),
        timings_s={"bind": 1.0, "frames": 2.0},
    )
    await result.result(node.farm.deps, node.claimed(grant), report)


async def templates(api: Api, farm: Farm) -> None:
    """Make a template with problems, a scan that waits, one that failed, and a lost picture."""
    project = str((await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"])
    assert (await api.upload(f"/v1/projects/{project}/bundle", "x.aep", TEMPLATE)).code == 201
    shown = (await api.call("POST", f"/v1/projects/{project}/scan/preview", json={})).json
    body = {"version": shown["version"]}
    await api.call("POST", f"/v1/projects/{project}/scan/apply", json=body)
    told = {
        "code": "footage_missing",
        "place": "logo.png",
        "message": "the footage 'logo.png' (C:\\x\\logo.png) is not in the bundle; upload a zip"
        " that holds it (in After Effects: File > Dependencies > Collect Files, zip the folder)",
    }
    await farm.look.execute("UPDATE render.bundles SET problems = $1", json.dumps([told]))
    for _ in range(2):
        wanted = {"project_id": project, "engine": "aftereffects"}
        assert (await api.call("POST", "/v1/template-scans", json=wanted)).code == 201
    await farm.look.execute(
        "UPDATE render.render_scan_jobs SET state = 'failed', failure_code = 'facts_missing',"
        " failure_message = 'The scan brought no facts. Scan again.', finished_at = now()"
        " WHERE id = (SELECT id FROM render.render_scan_jobs LIMIT 1)"
    )
    await api.call("POST", f"/v1/scene-snapshots/{project}", json={"engine": "aftereffects"})
    await farm.look.execute(
        "UPDATE render.snapshots SET state = 'failed', failure_code = 'picture_lost',"
        " failure_message = 'The picture is not in the storage any more. Ask for it again.',"
        " finished_at = now() WHERE id = (SELECT id FROM render.snapshots LIMIT 1)"
    )


async def webhook(api: Api, farm: Farm) -> None:
    """Make a webhook that could not be reached in every way."""
    body = {"url": "https://example.com/x", "events": ["*"], "state": "paused"}
    made = await api.call("POST", "/v1/webhooks", json={"url": body["url"], "events": ["*"]})
    assert made.code == 201, made.json
    hook = UUID(made.json["webhook"]["id"])
    await api.call("PATCH", f"/v1/webhooks/{hook}", json={"state": "paused"})
    for error in (
        "The receiver answered 500; only 200 to 299 means that it took the event.",
        "No answer within 10 s.",
        "The certificate or the encryption is not valid.",
        "The connection failed or broke off.",
        "The address lies in a network that is not public.",
        "The name example.com has no address.",
        "The webhook was disabled: its receiver took nothing for a day, or says that it is gone.",
    ):
        event = await farm.look.fetchval(
            OUTBOX + " VALUES ($1, 'job.done', $2, '{}', now()) RETURNING id", TENANT, str(uuid4())
        )
        await farm.look.execute(
            DELIVERY + " error, finished_at) VALUES ($1, $2, $3, 'failed', 3, $4, now())",
            TENANT,
            hook,
            event,
            error,
        )


def route_of(path: str) -> Route | None:
    """Give the page that an address leads to."""
    asked = path.split("/")
    for one in PAGES:
        parts = one.path.split("/")
        fits = len(parts) == len(asked) and all(
            a == b or (a.startswith("{") and b) for a, b in zip(parts, asked, strict=True)
        )
        if one.method == "GET" and fits:
            return one
    return None


def is_key(word: str) -> bool:
    """Tell a text's key that no catalogue has, which then stands for itself."""
    family, _, rest = word.partition(".")
    return bool(rest) and _KEY.fullmatch(word) is not None and family in FAMILIES


async def walk(who: Person, most: int = 300) -> dict[str, Page]:
    """Load all pages that links lead to, a few of each kind, and their parts."""
    waiting = ["/admin", "/admin/account/factor", "/admin/account/confirm"]
    seen, counts = dict[str, Page](), Counter[object]()
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        parts = urlsplit(address)
        route = route_of(parts.path)
        kind = (route and route.path, tuple(sorted(name for name, _ in parse_qsl(parts.query))))
        is_file = any(word in parts.path for word in FILES) or parts.path in NOT_WALKED
        if address in seen or is_file or counts[kind] >= OF_ONE_ROUTE:
            continue
        counts[kind] += 1
        answer = await who.get(address)
        assert answer.code < 500, address
        seen[address] = page = Page(answer.body.decode())
        waiting += [unescape(link).partition("#")[0] for link in page.links]
        for part in page.parts if "part=" not in parts.query else ():
            waiting.append(f"{parts.path}?{parts.query}&part={part}".replace("?&", "?"))
    return seen


async def test_no_sentence_of_ours_is_english_on_a_persian_page(farm: Farm, sara: Person) -> None:
    seen = await walk(sara)
    left = {address: page.english for address, page in seen.items() if page.english}
    assert not left, json.dumps(left, indent=1)
    unknown = {
        address: quotes
        for address, page in seen.items()
        if (quotes := set(page.quotes) - {ENGINES_OWN})
    }
    assert not unknown, unknown
    assert any(ENGINES_OWN in page.quotes for page in seen.values())
    missing = {word for page in seen.values() for word in page.words if is_key(word)}
    assert not missing, missing
    walked = {route.path for address in seen if (route := route_of(urlsplit(address).path))}
    asked = {one.path for one in PAGES if one.method == "GET" and one.needs != "nobody"}
    asked = {path for path in asked if not any(word in path for word in FILES)}
    assert asked - walked - set(NOT_WALKED) == set()


async def test_what_is_refused_is_refused_in_persian(farm: Farm, sara: Person) -> None:
    done = await farm.look.fetchval("SELECT id FROM render.render_jobs WHERE state = 'done'")
    gone = await farm.look.fetchval("SELECT id FROM render.nodes WHERE name = 'tired'")
    project = await farm.look.fetchval("SELECT id FROM content.projects WHERE name = 'p'")
    hook = await farm.look.fetchval("SELECT id FROM identity.tenant_webhooks")
    hooks = f"/admin/tenants/{TENANT}/webhooks"
    for path, form in (
        ("/admin/jobs/change", {"wish": "cancel", "job": str(done)}),
        ("/admin/jobs/change", {"wish": "retry", "job": str(done)}),
        ("/admin/jobs/change", {"wish": "cancel"}),
        ("/admin/jobs/change", {"wish": "priority", "job": str(done), "priority": "x"}),
        (f"/admin/jobs/{done}/repair", {"frames": "900"}),
        (f"/admin/jobs/{done}/repair", {"frames": "x"}),
        ("/admin/nodes/move", {"wish": "retire", "node": str(uuid4())}),
        ("/admin/nodes/move", {"wish": "dance", "node": str(gone)}),
        ("/admin/people", {"email": "nobody", "password": "short", "role": "admin"}),
        ("/admin/people", {"email": "a@b.example", "password": "short", "role": "admin"}),
        ("/admin/tenants", {"slug": "Not So", "name": "x"}),
        (f"/admin/tenants/{TENANT}/keys", {"name": ""}),
        (hooks, {"url": "nowhere", "event": "*"}),
        (hooks, {"url": "http://10.0.0.1/", "event": "*"}),
        (f"{hooks}/{hook}/test", {}),
        (f"/admin/projects/{project}/add-scene", {"comp": ""}),
        (f"/admin/projects/{project}/review", {}),
        (f"/admin/projects/{project}/scan", {"engine": "x"}),
        ("/admin/projects", {"name": "", "tenant": str(TENANT)}),
    ):
        answer = await sara.post(path, form)
        if answer.code == 303:
            answer = await sara.get(answer.headers["Location"])
        page = Page(answer.body.decode())
        assert page.english == [], (path, form)
        assert set(page.quotes) <= {ENGINES_OWN}, (path, form)


async def test_what_was_done_is_told_with_names_as_they_are(sara: Person) -> None:
    form = {
        "email": "r&d@example.com",
        "name": "x",
        "password": "a horse, a staple",
        "role": "viewer",
    }
    answer = await sara.post("/admin/people", form)
    shown = (await sara.get(answer.headers["Location"])).body.decode()
    notice = shown.partition('<div class="notice')[2].partition("</div>")[0]
    assert "r&amp;d@example.com" in notice


async def test_the_door_speaks_persian_to_a_persian_browser(api: Api) -> None:
    nobody, persian = Person(api), {"Accept-Language": "fa-IR,fa;q=0.9,en;q=0.5"}
    wrong = {"email": "sara@example.com", "password": "not this one"}
    for answer in (
        await nobody.get("/admin/sign-in", headers=persian),
        await nobody.post("/admin/sign-in", wrong, headers=persian),
        await nobody.get("/admin/link", headers=persian),
        await nobody.post("/admin/link", {"token": "x"}, headers=persian),
    ):
        page = Page(answer.body.decode())
        assert 'lang="fa"' in page.source
        assert (page.english, page.quotes) == ([], [])


async def test_a_script_is_told_in_persian_why_its_call_was_refused(api: Api, sara: Person) -> None:
    asked = [
        ("encrypted", "", "the entry 'a' is encrypted; zip without password"),
        ("encrypted", "a", "the entry 'a' is encrypted; zip without password"),
        ("encrypted", "b", "the entry 'b' is encrypted; zip without password"),
        ("odd", "", "<b>"),
    ]
    names = ("code", "place", "message")
    query = urlencode([(name, one[at]) for one in asked for at, name in enumerate(names)])
    found = await sara.get(f"/admin/words?{query}")
    assert found.headers["Content-Type"].startswith("text/plain")
    told = texts("fa")["fault.encrypted"]
    assert found.body.decode() == f"{told} (a, b) <b>"
    assert (await sara.get("/admin/words")).body == b""
