"""Be people who sign in to the pages of a server under test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from multidict import MultiDict

from orchestrator.core.accounts import Role
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.accounts.people import make_person
from orchestrator.usecases.accounts.sessions import COOKIE, Browser, csrf_of, open_session
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.web.cookies import NOTICE
from tests.support.server import Answer, Api

PASSWORD = "a horse, a staple"
_CSRF = re.compile(rb'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Person:
    """Be one browser: it keeps its cookies and sends forms as ours do."""

    api: Api
    token: str = ""
    notice: str = ""

    @property
    def csrf(self) -> str:
        """Give the value that this session's forms carry."""
        return csrf_of(self.token)

    async def get(self, path: str, **given: Any) -> Answer:
        """Load a page."""
        return await self._call("GET", path, **given)

    async def post(self, path: str, form: Mapping[str, str] | None = None, **given: Any) -> Answer:
        """Send a form, with the session's own value unless the form has one.

        A MultiDict sends a name as often as it holds it.
        """
        data = MultiDict(form or {})
        data.setdefault("csrf", self.csrf if self.token else "")
        return await self._call("POST", path, data=data, **given)

    async def _call(self, method: str, path: str, **given: Any) -> Answer:
        headers = dict(given.pop("headers", {}))
        if self.token:
            headers["Cookie"] = f"{COOKIE}={self.token}; {NOTICE}={self.notice}"
        answer = await self.api.with_key(None).call(method, path, headers=headers, **given)
        for line in answer.headers.getall("Set-Cookie", []):
            name, _, rest = line.partition("=")
            if name == COOKIE:
                self.token = rest.partition(";")[0].strip('"')
            elif name == NOTICE:
                self.notice = rest.partition(";")[0].strip('"')
        return answer


async def person(api: Api, role: Role, email: str | None = None) -> UUID:
    """Make a person of the farm with the password of all tests."""
    address = email or f"{role}@example.com"
    shared = api.deps.shared(Passwords)
    return await make_person(api.deps.db, shared, address, PASSWORD, role)


async def signed_in(api: Api, role: Role, email: str | None = None) -> Person:
    """Make a person and a session of theirs, without the detour over the door."""
    user_id = await person(api, role, email)
    async with api.deps.db.transaction() as session:
        who = (user_id, DEFAULT_TENANT)
        token = await open_session(api.deps, session, who, Browser(), has_code=False)
    return Person(api, token)


def csrf_in(answer: Answer) -> str:
    """Give the value in a page's forms."""
    found = _CSRF.search(answer.body)
    assert found is not None, answer.body[:500]
    return found[1].decode()
