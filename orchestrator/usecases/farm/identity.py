"""See that server key, database and storage belong to one farm before it serves anybody."""

from __future__ import annotations

import structlog

from orchestrator.errors import FarmError
from orchestrator.secrets import KEY_FILE, Secrets, load_secrets
from orchestrator.settings import Settings
from orchestrator.storage.opening import open_store
from orchestrator.store import audit
from orchestrator.store.audit import Actor
from orchestrator.store.identity.credentials import nodes_trusting
from orchestrator.store.pool import Database
from orchestrator.store.render import farm
from orchestrator.usecases.farm.epoch import marker

log = structlog.get_logger("identity")


async def require_own_key(db: Database, settings: Settings) -> Secrets:
    """Give what the farm's server key derives; the key of a farm's first start becomes its own.

    Raises FarmError (`server_key`) when the key is lost, or is not the farm's: it would shut out
    every node, and each replica that has another one. No key is made for a farm that has one.
    """
    session = db.session()
    known, count = await farm.key_check(session), await nodes_trusting(session)
    path = settings.data_dir / KEY_FILE
    if settings.server_key is None and not path.exists() and (known is not None or count):
        raise _refused(
            f"The server key {path} is not there, and {count} enrolled nodes need it. Put it back "
            "from a backup, or copy the one of the orchestrator beside this one."
        )
    secrets = load_secrets(settings)
    if not await farm.settle_key(session, secrets.check):
        where = "FLATRENDER_SERVER_KEY" if settings.server_key is not None else str(path)
        raise _refused(
            f"The server key in {where} is not this farm's, and {count} enrolled nodes need the "
            "farm's own. Put that back from a backup, or see that FLATRENDER_DATABASE_URL and "
            "--data name one farm."
        )
    return secrets


async def require_known_database(db: Database, settings: Settings, secrets: Secrets) -> None:
    """See that the database is not new while its storage has served a farm before.

    A new one beside objects in use means that the database's folder was lost, or that two farms
    share a storage. Raises FarmError (`new_database`).
    """
    _, tick = await farm.look_epoch(db.session())
    if tick:
        return
    objects = await open_store(settings, secrets.url_key)
    try:
        used = await objects.stat(marker(1)) is not None
    except FarmError as error:
        log.warning("storage_not_asked", reason=error.message)
        return
    finally:
        await objects.close()
    if used:
        where = settings.objects_dir or settings.data_dir / "objects"
        place = f"the bucket {settings.s3_bucket}" if settings.storage == "s3" else str(where)
        raise FarmError(
            "new_database",
            500,
            f"The database is new and empty, but the storage ({place}) holds what a farm made. "
            "Restore the database from a backup, or give the address of the one before. To begin "
            "an empty farm on purpose, give it another storage, or move this one's objects away.",
        )


async def rekey(db: Database, settings: Settings) -> int:
    """Take the server key that is there, or a new one, as the farm's; it is written down.

    Gives how many nodes trusted the one before: they must be enrolled again.
    """
    secrets = load_secrets(settings)
    async with db.transaction() as session:
        count = await nodes_trusting(session)
        await farm.set_key(session, secrets.check)
        detail: dict[str, str | int | None] = {"nodes": count}
        await audit.note(session, Actor("cli"), "farm.rekey", target=("farm", "-"), detail=detail)
    return count


def _refused(message: str) -> FarmError:
    lost = " If it is lost, run `flatrender rekey` and enrol every node again."
    return FarmError("server_key", 500, message + lost)
