"""The sequencer inside a serving process, for installations with one process and no worker."""

import atexit
import threading

from privacy.log import sequencer

INTERVAL_SECONDS = 1.0
# A round in hand is finished first; a process that is ended meanwhile leaves nothing half done either.
_STOP_SECONDS = 10.0


class Background:
    """A thread of its own, which has its own database connection."""

    def __init__(self, interval: float = INTERVAL_SECONDS) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=sequencer.run, args=(interval, self._stop), name="sequencer", daemon=True
        )

    def start(self) -> None:
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(_STOP_SECONDS)

    @property
    def is_at_work(self) -> bool:
        return self._thread.is_alive()
