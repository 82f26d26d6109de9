"""The settings in force: what the server was given, else what admins changed, else the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from orchestrator.settings import Settings

Group = Literal["retention", "timers", "limits"]
Value = int | float
Source = Literal["given", "changed", "default"]
"""Where a value comes from: arguments, environment or flatrender.toml; an admin; the code."""

CHANGEABLE: Final[Mapping[str, Group]] = MappingProxyType(
    {
        "retention_tasks_days": "retention",
        "retention_logs_days": "retention",
        "retention_events_days": "retention",
        "retention_audit_days": "retention",
        "upload_ttl_s": "retention",
        "url_ttl_s": "retention",
        "lease_ttl_s": "timers",
        "heartbeat_s": "timers",
        "reaper_every_s": "timers",
        "claim_wait_s": "timers",
        "poll_every_s": "timers",
        "session_idle_s": "timers",
        "session_max_s": "timers",
        "max_bundle_bytes": "limits",
        "max_file_bytes": "limits",
        "max_body_bytes": "limits",
        "max_frames": "limits",
        "max_attempts": "limits",
        "quota_active_jobs": "limits",
        "rate_key_per_s": "limits",
        "rate_address_per_s": "limits",
        "cost_aftereffects": "limits",
        "cost_preview": "limits",
    }
)
"""What admins change while the farm runs. Whoever uses one asks `deps.settings` each time, so all
of them count at once; the others are read once, when the server starts."""


class _Whole(Settings):
    """Be settings that were put together: nothing is read from outside."""

    model_config = SettingsConfigDict(toml_file=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def is_given(given: Settings, name: str) -> bool:
    """Tell whether arguments, environment or flatrender.toml set it: then nothing else counts."""
    return name in given.model_fields_set


def default_of(name: str) -> Value:
    """Give the default of a setting that can be changed."""
    default: Value = Settings.model_fields[name].default
    return default


def put_together(given: Settings, changed: Mapping[str, Value]) -> Settings:
    """Give the settings in force; raises pydantic's ValidationError where they do not fit together.

    Changes of what was given, and of what no admin may change, count for nothing.
    """
    values: dict[str, Any] = {
        name: getattr(given, name)
        for name in Settings.model_fields
        if name not in CHANGEABLE or is_given(given, name)
    }
    for name in CHANGEABLE:
        if name in changed and name not in values:
            values[name] = changed[name]
    return _Whole(**values)


def what_fits(given: Settings, changed: Mapping[str, Value]) -> tuple[Settings, frozenset[str]]:
    """Give the settings in force without the changes that do not fit, and which these are.

    Changes were made to fit, but the environment may be another one since, or a newer program
    stricter: a server must come up all the same.
    """
    free = {name: value for name, value in changed.items() if not is_given(given, name)}
    left = dict(free)
    while left:
        try:
            return put_together(given, left), frozenset(free) - frozenset(left)
        except ValidationError as error:
            named = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
            for name in named.intersection(left) or _in_the_way(given, left):
                del left[name]
    return given, frozenset(free)


def _in_the_way(given: Settings, changed: Mapping[str, Value]) -> set[str]:
    """Give the change without which the others fit what was given; all where there is none."""
    for name in changed:
        try:
            put_together(given, {k: v for k, v in changed.items() if k != name})
        except ValidationError:
            continue
        return {name}
    return set(changed)


class InForce:
    """Hold the settings in force on this server; `left_out` are changes that do not fit it."""

    def __init__(self, given: Settings) -> None:
        self.given = given
        self.settings = given
        self.changed: Mapping[str, Value] = {}
        self.left_out: frozenset[str] = frozenset()

    def take(self, changed: Mapping[str, Value]) -> bool:
        """Let what admins changed count from now on; tell whether that is anything new."""
        if changed == self.changed:
            return False
        self.settings, self.left_out = what_fits(self.given, changed)
        self.changed = dict(changed)
        return True

    def source(self, name: str) -> Source:
        """Say where the value of a setting comes from."""
        if is_given(self.given, name):
            return "given"
        return "changed" if name in self.changed and name not in self.left_out else "default"
