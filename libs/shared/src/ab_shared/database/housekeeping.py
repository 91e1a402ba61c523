"""What has to be forgotten from time to time, so that tables stay as small as they are useful."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from ab_shared.database import inbox
from ab_shared.database.failures import connected

EVERY_SECONDS = 3600.0
# Longer than the retry ladder and a dead letter's week on somebody's desk.
REMEMBERED = timedelta(days=14)
logger = logging.getLogger("ab.database")


async def forget_old_marks(engine: AsyncEngine, every_seconds: float = EVERY_SECONDS) -> None:
    """Purges the inbox, now and every hour, until cancelled; a failure only skips a turn."""
    while True:
        try:
            async with connected(engine) as connection, connection.begin():
                gone = await inbox.purge(connection, REMEMBERED)
            if gone:
                logger.info("Old inbox marks are gone", extra={"marks": gone})
        except Exception as error:  # the next turn may fare better, and nobody else would begin it
            logger.warning("The inbox stays as it is", extra={"error": type(error).__name__})
        await asyncio.sleep(every_seconds)
