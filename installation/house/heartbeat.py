"""The player's side of supervision: systemd's notification protocol, which the house speaks as well.

The player sends datagrams of `NAME=value` lines to the Unix socket in NOTIFY_SOCKET: READY=1 with the first picture,
WATCHDOG=1 about once a second, STOPPING=1. Four names are our own: X_FRAME is the last frame that was shown, for the
incident file; X_DARK, the outputs whose monitors are disconnected; X_ASKED=1, a signal asked for the end; X_LOADED=1,
an understudy has loaded.
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
    """Tells the process that started the player that the show is alive. Never blocks, and is silent without a listener.

    The drawing loop must send each beat: a separate thread would go on while the picture stands still.
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
        """Report that the first picture is visible."""
        self._send(f"READY=1\nWATCHDOG=1\nX_FRAME={frame_number}")

    def beat(self, frame_number: int, now: float, dark: Callable[[], Sequence[str]] = tuple) -> None:
        """Report a shown picture; `now` is seconds of any monotonic clock. Call it every frame: most calls do nothing.

        `dark` returns the outputs whose monitors are disconnected.
        """
        if now >= self._next_beat:
            self._next_beat = now + self._interval_seconds
            away = tuple(dark())
            told = "" if away == self._dark else f"\nX_DARK={','.join(away)}"
            self._dark = away
            self._send(f"WATCHDOG=1\nX_FRAME={frame_number}{told}")

    def status(self, sentence: str) -> None:
        """Send one line for `systemctl status`."""
        self._send(f"STATUS={sentence}")

    def asked(self) -> None:
        """Report that a signal asks for the end; an end without this report means that the show is over."""
        self._send("X_ASKED=1")

    def loaded(self) -> None:
        """Report that the understudy has loaded everything that takes long."""
        self._send("X_LOADED=1")

    def close(self) -> None:
        """Report an intended end."""
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
