"""Objects in S3, or in what speaks as S3 does: needs the extra [s3]."""

from orchestrator.storage.s3.store import S3Store

__all__ = ["S3Store"]
