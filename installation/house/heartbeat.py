"""The player's side of supervision: systemd's notification protocol, which the house speaks as well.

Datagrams of `NAME=value` lines to the Unix socket in NOTIFY_SOCKET: READY=1 with the first picture, WATCHDOG=1 about
once a second, STOPPING=1. X_FRAME is ours: the frame that was shown last, for the incident file; so are X_DARK, the
outputs whose monitors are away, X_ASKED=1 and X_LOADED=1, of an understudy.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping, Sequence

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.owner import Owner

log = logging.getLogger(__name__)

HOUSE = "telling the house that the show is alive"
ALONE = "the house has ended, so nothing restarts this player after a crash; start the house again"

MAX_SECONDS_BETWEEN_BEATS = 1.0


class Heartbeat(Owner):
    """Says that the show is alive, to the process that started it; silent if nobody listens, and never in the way.

    A beat must come from the loop that draws: one from a thread of its own would go on while the picture stands still.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        watchdog_seconds = int(environment.get("WATCHDOG_USEC", "0")) / 1e6
        self._interval_seconds = min(watchdog_seconds / 2 or MAX_SECONDS_BETWEEN_BEATS, MAX_SECONDS_BETWEEN_BEATS)
        self._next_beat = float("-inf")
        self._dark: tuple[str, ...] = ()
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)
        self.lost = 0
        self._failures = FailureLog(log)

    def ready(self, frame_number: int) -> None:
        """The first picture is to be seen."""
        self._send(f"READY=1\nWATCHDOG=1\nX_FRAME={frame_number}")

    def beat(self, frame_number: int, now: float, dark: Callable[[], Sequence[str]] = tuple) -> None:
        """A picture was shown; `now` in seconds of any steady clock. Call it once per frame: most calls do nothing.

        `dark` tells the outputs that nobody sees.
        """
        if now >= self._next_beat:
            self._next_beat = now + self._interval_seconds
            away = tuple(dark())
            told = "" if away == self._dark else f"\nX_DARK={','.join(away)}"
            self._dark = away
            self._send(f"WATCHDOG=1\nX_FRAME={frame_number}{told}")

    def status(self, sentence: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={sentence}")

    def asked(self) -> None:
        """A signal asks for the end, whoever sent it; without this word the show is over."""
        self._send("X_ASKED=1")

    def loaded(self) -> None:
        """An understudy has loaded all that takes long."""
        self._send("X_LOADED=1")

    def close(self) -> None:
        """The end is meant."""
        self._send("STOPPING=1")
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, lines: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(lines.encode(), self._address)
        except OSError as error:  # not a reason to stop drawing
            self.lost += 1
            if isinstance(error, ConnectionRefusedError | FileNotFoundError):
                self._failures.failed(HOUSE, DeviceError(ALONE))
        else:
            self._failures.succeeded(HOUSE)
