"""The only reader of the server's environment and TOML file."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

Url = Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$", max_length=500)]
Positive = Annotated[float, Field(gt=0, le=1_000_000)]
Bytes = Annotated[int, Field(ge=1024, le=2**50)]
Many = Annotated[int, Field(ge=1, le=10**9)]
S3_SIGNS_S = 604_800


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
    storage: Literal["local", "s3"] = "local"
    """Where objects are kept: a folder of this machine, or a bucket of S3 (extra [s3])."""
    s3_endpoint: Url | None = None
    """Address of what speaks as S3 does, as this server reaches it; without it Amazon's."""
    s3_public_endpoint: Url | None = None
    """The same storage as clients and nodes reach it: signed addresses are made for it. Without
    it, s3_endpoint."""
    s3_bucket: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    s3_region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_prefix: str = Field(default="", pattern=r"^([A-Za-z0-9_-]+/)*$", max_length=200)
    """Put before every key, so that several farms may share a bucket; ends with a slash."""
    s3_path_style: bool = True
    """Write the bucket into the path (https://host/bucket/key), not into the host's name."""
    s3_part_bytes: Annotated[int, Field(ge=5 * 2**20, le=2**30)] = 64 * 2**20
    """Larger objects go in parts of this size."""
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
    cost_aftereffects: Annotated[float, Field(ge=0, le=1_000_000)] = 1.0
    """Cost units of one node-second of After Effects, for jobs ordered from now on."""
    cost_preview: Annotated[float, Field(ge=0, le=1_000_000)] = 0.1
    """The same of the preview engine."""
    retention_tasks_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days that tasks, attempts and events of finished jobs are kept; the jobs' rows stay."""
    retention_logs_days: Annotated[int, Field(ge=2, le=3650)] = 90
    """Days that roll-ups of node health, crashes and logs of API requests are kept."""
    retention_events_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days that events for webhooks are kept."""
    retention_audit_days: Annotated[int, Field(ge=1, le=36500)] = 730
    """Days that the audit log is kept."""
    max_bundle_bytes: Bytes = 4 * 2**30
    max_file_bytes: Bytes = 512 * 2**20
    max_body_bytes: Annotated[int, Field(ge=1024, le=2**30)] = 4 * 2**20
    url_ttl_s: Positive = 3600
    upload_ttl_s: Annotated[float, Field(ge=60, le=30 * 86_400)] = 86_400
    """How long an upload in parts waits for its next part."""
    quota_active_jobs: Many = 10_000
    rate_key_per_s: Annotated[float, Field(ge=0, le=1_000_000)] = 100
    """Calls a second that one API key may make, half a minute's at once; 0 limits nobody."""
    rate_address_per_s: Annotated[float, Field(ge=0, le=1_000_000)] = 20
    """The same for one address whose calls carry no valid key, and for enrolments."""
    public_url: Url | None = None
    """The address at which people open the pages; https makes the cookies secure."""
    session_idle_s: Annotated[float, Field(ge=60, le=90 * 86_400)] = 12 * 3600
    """After so long without a call a signed-in browser must sign in again."""
    session_max_s: Annotated[float, Field(ge=60, le=365 * 86_400)] = 14 * 86_400
    """The same from the sign-in on, however busy it is."""
    max_frames: Many = 100_000
    outbound_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks that are not public and that webhooks may lead into all the same (also by http and
    on any port): `192.168.7.0/24,fd00::/8`. Tenants choose the addresses: name what they may."""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks of our own proxies: only what they say in X-Forwarded-For and X-Forwarded-Proto of
    who calls, and how, is believed. Nobody is trusted without it."""
    ffmpeg: Path | None = None
    """ffmpeg for media that clients send; without it the wheel's."""

    @field_validator("outbound_networks", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Take networks from one line, as the environment gives them."""
        if isinstance(value, str):
            return tuple(one.strip() for one in value.split(",") if one.strip())
        return value

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
            raise PydanticCustomError(
                "late_for_the_lease",
                "give at most {told}, lease_ttl_s ({ttl_s}) / {share}",
                {
                    "most": ttl_s / share,
                    "told": f"{ttl_s / share:g}",
                    "ttl_s": f"{ttl_s:g}",
                    "share": share,
                },
            )
        return value

    @field_validator("url_ttl_s")
    @classmethod
    def _can_be_signed(cls, value: float, info: ValidationInfo) -> float:
        """Refuse addresses that S3 would not sign for so long."""
        if info.data.get("storage") == "s3" and value > S3_SIGNS_S:
            raise PydanticCustomError(
                "signed_too_long", "S3 signs addresses for at most {most} s", {"most": S3_SIGNS_S}
            )
        return value

    @model_validator(mode="after")
    def _s3_is_whole(self) -> Self:
        """Refuse S3 without what it needs."""
        if self.storage != "s3":
            return self
        needed = ("s3_bucket", "s3_access_key", "s3_secret_key")
        missing = [f"FLATRENDER_{name.upper()}" for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"FLATRENDER_STORAGE=s3 needs {', '.join(missing)}")
        return self

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
