"""Settings of the farm as its admins see and change them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.wire.base import Message, Name, Page, Text, Time

SettingName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Number = Annotated[float, Field(ge=0, le=2**53, allow_inf_nan=False)]


class Setting(Message):
    """Describe a setting that can be changed; the unit stands at the end of its name.

    `source`: given where the server was started, and then only changed there; changed by an
    admin; the default.
    """

    name: Name
    value: int | float
    default: int | float
    source: Literal["given", "changed", "default"]
    changed_at: Time | None = None
    changed_by: Text | None = None


class SettingList(Message):
    """Be the one page of settings that can be changed."""

    data: tuple[Setting, ...]
    meta: Page = Page()


class SettingsChange(Message):
    """PATCH /v1/settings: all of it or nothing; null goes back to the default.

    `expected` are values that the caller saw in force: with other ones nothing is changed (409).
    """

    values: Annotated[dict[SettingName, Number | None], Field(min_length=1, max_length=50)]
    expected: Annotated[dict[SettingName, Number], Field(max_length=50)] = {}
