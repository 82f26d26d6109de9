"""The only reader of the server's environment and TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

Positive = Annotated[float, Field(gt=0, le=1_000_000)]


class Settings(BaseSettings):
    """Hold every setting of the server; each is `FLATRENDER_<NAME>` or a line of flatrender.toml.

    Frozen. Construction raises pydantic's ValidationError, which lists every problem at once.
    """

    model_config = SettingsConfigDict(
        env_prefix="FLATRENDER_", frozen=True, extra="ignore", toml_file="flatrender.toml"
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("flatrender", appauthor=False))
    """Where the embedded database, the objects and the server's key live."""
    objects_dir: Path | None = None
    """Folder of the objects, shared by orchestrators of one database (each with a data folder of
    its own and the same server_key); without it, `objects` in the data folder."""
    database_url: SecretStr | None = None
    """PostgreSQL to use; without it the embedded one in the data folder."""
    pg_bin: Path | None = None
    """Folder of PostgreSQL programs for the embedded server; without it the wheel's."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8420
    server_key: SecretStr | None = None
    """Master key (64 hex digits) for node secrets and signed URLs; else made in the data folder."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    pool_size: Annotated[int, Field(ge=2, le=200)] = 10
    statement_timeout_s: Positive = 15
    lease_ttl_s: Positive = 30
    heartbeat_s: Positive = Field(10, validate_default=True)
    claim_wait_s: Positive = 22
    reaper_every_s: Positive = Field(2, validate_default=True)
    poll_every_s: Positive = 5
    """How often held claims look again although no wake-up came."""
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    retention_tasks_days: Annotated[int, Field(ge=1, le=3650)] = 90
    retention_logs_days: Annotated[int, Field(ge=2, le=3650)] = 90
    """Days that roll-ups of node health, crashes and logs of API requests are kept."""
    max_bundle_bytes: Annotated[int, Field(ge=1024)] = 4 * 2**30
    max_file_bytes: Annotated[int, Field(ge=1024)] = 512 * 2**20
    max_body_bytes: Annotated[int, Field(ge=1024)] = 4 * 2**20
    url_ttl_s: Positive = 3600
    quota_active_jobs: Annotated[int, Field(ge=1)] = 10_000
    max_frames: Annotated[int, Field(ge=1)] = 100_000
    ffmpeg: Path | None = None
    """ffmpeg for media that clients send; without it the wheel's."""

    @field_validator("heartbeat_s", "reaper_every_s")
    @classmethod
    def _fits_the_lease(cls, value: float, info: ValidationInfo) -> float:
        """Refuse heartbeats that come too late, and sweeps so rare that each looks like an outage.

        One lost heartbeat must not cost a lease; sweeps vary by a fifth, and a gap above half a
        lease's time is taken for our own outage, after which nothing expires.
        """
        share = 2 if info.field_name == "heartbeat_s" else 2.5
        ttl_s = info.data.get("lease_ttl_s")
        if ttl_s is not None and value * share > ttl_s:
            raise ValueError(f"give at most {ttl_s / share:g}, lease_ttl_s ({ttl_s:g}) / {share:g}")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then flatrender.toml."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


class ClientSettings(BaseSettings):
    """Hold what the command line needs to reach a running orchestrator."""

    model_config = SettingsConfigDict(env_prefix="FLATRENDER_", frozen=True, extra="ignore")

    server: str = "http://127.0.0.1:8420"
    api_key: SecretStr | None = None
    api_key_file: Path | None = None


def load(data_dir: Path | None = None, **given: object) -> Settings:
    """Read the settings of one data folder: arguments, environment, `DIR/flatrender.toml`.

    Raises ValueError with every problem, one a line.
    """
    folder = data_dir or Settings.model_fields["data_dir"].get_default(call_default_factory=True)

    class Found(Settings):
        model_config = SettingsConfigDict(toml_file=Path(folder) / "flatrender.toml")

    named = {name: value for name, value in given.items() if value is not None}
    if data_dir is not None:
        named["data_dir"] = data_dir
    return Found(**named)  # type: ignore[arg-type]
