"""What the stitching service reads from its environment."""

from __future__ import annotations

from ab_shared.runtime.settings import DatabaseSettings, StorageSettings, setting


class StitchingSettings(DatabaseSettings, StorageSettings):
    """A database, the broker, three buckets and how much of the machine to use."""

    aws_s3_bucket_name: str = setting(
        about="Bucket of what listeners hear: tracks and stems", example="ab-media", min_length=3
    )
    aws_s3_speech_bucket_name: str = setting(
        about="Bucket of raw speech, read only here", example="ab-speech", min_length=3
    )
    aws_s3_reads_bucket_name: str = setting(
        about="Bucket of prepared reads, private to this service", example="ab-reads", min_length=3
    )
    stitching_threads: int = setting(
        1, about="Sounds worked on at once in one process", example="1", ge=1, le=64
    )
    stitching_cached_reads: int = setting(
        256, about="Prepared reads kept in memory, about 40 KB each", example="256", ge=0, le=10000
    )
