"""How the threads that work on the log wait a fault out."""

import logging

from django.db import connection

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 60.0


def pause_after(failures: int, interval: float) -> float:
    """Seconds to wait after so many failures one after the other: ``interval``, and twice as long each time."""
    return min(LONGEST_PAUSE_SECONDS, interval * 2.0 ** min(failures, 16))


def drop_connection() -> None:
    """A connection that broke in the middle of something is not worth asking again."""
    try:
        connection.close()
    except Exception:
        logger.warning("The broken connection could not be closed in order", exc_info=True)
