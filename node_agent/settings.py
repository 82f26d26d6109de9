"""The only reader of the agent's environment and TOML file."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from orchestrator.wire.base import Name

Limit = Annotated[float, Field(gt=0, le=1_000_000)]


class Settings(BaseSettings):
    """Hold every setting; each is `FLATRENDER_AGENT_<NAME>` or a line of flatrender-agent.toml.

    Frozen. Construction raises pydantic's ValidationError, which lists every problem at once.
    """

    model_config = SettingsConfigDict(
        env_prefix="FLATRENDER_AGENT_",
        frozen=True,
        extra="ignore",
        toml_file="flatrender-agent.toml",
    )

    server_url: str = "http://127.0.0.1:8420"
    name: Name = Field(default_factory=lambda: platform.node()[:200] or "node")
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("flatrender-agent", appauthor=False)
    )
    """Where credentials, the bundle cache, the outbox and the attempts' folders live."""
    enrolment_token: SecretStr | None = None
    enrolment_token_file: Path | None = None

    discover: bool = True
    """Look for After Effects where Adobe installs it."""
    aerender: Path | None = None
    """aerender to use; with it, nothing is looked for."""
    afterfx: Path | None = None
    """AfterFX to use; without it, the one that lies beside aerender."""
    preview: bool | None = None
    """Offer the preview engine; unset: only where there is no After Effects."""
    preview_config: Path | None = None
    """JSON file that tells the preview engine how to behave (its own FLATRENDER_PREVIEW_CONFIG)."""
    ffmpeg: Path | None = None
    """ffmpeg for the export; without it the wheel's."""
    fonts_dir: Path | None = None
    """Folder for fonts that tasks bring; without it this user's own."""
    tags: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    slots: Annotated[int, Field(ge=1, le=64)] = 1

    cache_max_bytes: Annotated[int, Field(ge=0)] = 20 * 2**30
    cache_full_hash: bool = True
    """Hash every cached file before each use: a disk that rots changes neither size nor time.

    Off, only sizes and times are compared; that saves a read of the bundle per task.
    """
    disk_cache_max_bytes: Annotated[int, Field(ge=0)] = 40 * 2**30
    """Cut After Effects' own disk cache back to this between tasks."""
    free_disk_bytes: Annotated[int, Field(ge=0)] = 512 * 2**20
    """Take no work with less free space than this."""
    free_memory_bytes: Annotated[int, Field(ge=0)] = 128 * 2**20
    """Take no work with less memory available than this."""
    orphan_ttls: Annotated[int, Field(ge=1, le=1000)] = 10
    """Out of touch with the server, end the work after this many lease times."""
    cool_off_s: Limit = 30
    """Take no work for so long after a failure that this machine caused."""
    preview_every_s: Limit = 3

    launch_s: Limit = 300
    open_s: Limit = 3600
    first_frame_s: Limit = 1800
    frame_s: Limit = 600
    finish_s: Limit = 60
    total_s: Limit = 86_400
    """The longest that one run of an engine may take, whatever it still does."""
    probe_s: Limit = 180
    """How long After Effects may take to start, run a tiny script and quit."""
    engine_memory_bytes: Annotated[int, Field(ge=2**20)] | None = None
    """End an engine whose processes hold more; unset: all the memory of this machine."""
    bind_s: Limit = 1800
    scan_s: Limit = 3600
    export_s: Limit = 7200
    media_s: Limit = 1800
    """How long one video of a client's may take to be made fit for the engine."""
    media_max_bytes: Annotated[int, Field(ge=0)] = 10 * 2**30
    """Keep videos that were made fit up to this, for the other tasks of their jobs."""

    log_format: Literal["json", "console"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("server_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError(
                "write an address such as https://farm.example or http://10.0.0.5:8420"
            )
        if parts.username or parts.password:
            raise ValueError("the address must hold no password; the agent enrols with a token")
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then flatrender-agent.toml."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load(data: Path | None = None, **given: Any) -> Settings:
    """Read the settings of one data folder: arguments, environment, `DIR/flatrender-agent.toml`.

    The agent's own part is `DIR/agent`. Raises ValueError with every problem, one a line.
    """
    if data is None:
        return Settings(**given)
    file = data / "flatrender-agent.toml"

    class Found(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    return Found(data_dir=data / "agent", **given)
