"""Handle the settings that admins of the farm change while it runs."""

from __future__ import annotations

from typing import Any

from orchestrator.api.route import Call, KeyScope, route
from orchestrator.errors import Forbidden
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.usecases.settings.change import change_settings
from orchestrator.usecases.settings.look import look_at_settings
from orchestrator.wire.farm.settings import Setting, SettingList, SettingsChange

ADMIN = KeyScope("admin")
TAGS = ("settings",)
PATH = "/v1/settings"


@route(
    "GET",
    PATH,
    summary="List the settings that can be changed",
    auth=ADMIN,
    answer=SettingList,
    tags=TAGS,
)
async def list_settings(call: Call[None]) -> SettingList:
    """List the settings as this server has them."""
    _must_be_of_the_farm(call)
    return await _list(call)


@route(
    "PATCH",
    PATH,
    summary="Change settings of the farm",
    auth=ADMIN,
    body=SettingsChange,
    answer=SettingList,
    tags=TAGS,
    fresh=True,
)
async def edit_settings(call: Call[None], body: SettingsChange) -> SettingList:
    """Change settings, and answer all of them as they are in force then."""
    _must_be_of_the_farm(call)
    await change_settings(call.deps, body.values, body.expected)
    return await _list(call)


def _must_be_of_the_farm(call: Call[Any]) -> None:
    """Refuse keys of other tenants: their admins are not the farm's. Who signs in is."""
    if call.key.user_id is None and call.tenant_id != DEFAULT_TENANT:
        raise Forbidden(
            "The farm's settings are for keys of the farm's own tenant.", "not_the_farms_key"
        )


async def _list(call: Call[Any]) -> SettingList:
    found = await look_at_settings(call.deps)
    return SettingList(
        data=tuple(
            Setting(
                name=one.name,
                value=one.value,
                default=one.default,
                source=one.source,
                changed_at=one.changed_at,
                changed_by=one.changed_by,
            )
            for one in found
        )
    )


ROUTES = (list_settings, edit_settings)
