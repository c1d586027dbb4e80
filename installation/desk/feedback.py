"""Decides what the desk sends to which consoles, and when. It has no sockets: it hands packets to `send`.

It sends events at once; position, remaining and moving faders ten times a second; a heartbeat once a second; everything
on /sync. It sends no fader back to the console that is moving it, or a motor fader would fight the hand on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from installation.desk.addresses import PREFIX
from installation.desk.network.osc_server import Peer
from installation.desk.network.osc_wire import encode_message

Values = Mapping[str, tuple[float | int | str, ...]]
"""The shown state: values by address."""

TICKS_PER_SECOND = 10

LISTENING_SECONDS = 60.0
"""How long a UDP sender gets feedback after its last message."""

MOVING_SECONDS = 0.5
"""How long after its last message a sender counts as moving a fader."""

MAX_LISTENERS, MAX_LISTENERS_PER_HOST = 32, 8
"""The most UDP senders that get feedback; TCP and WebSocket clients have a place while they are connected."""


@dataclass(slots=True)
class _Recipient:
    """A receiver of feedback; `known` are the values that it has received or sent."""

    until: float
    known: dict[str, tuple[float | int | str, ...]]
    moving: dict[str, float] = field(default_factory=dict)


class Feedback:
    """Sends feedback, on the desk's thread. Times are seconds of any steady clock; `values` is the present state.

    `timed` are addresses that change all the time: each tick sends them. `faders` are addresses whose changes wait for
    the next tick. A change at any other address is an event.
    """

    def __init__(
        self,
        send: Callable[[bytes, Peer], bool],
        timed: frozenset[str],
        faders: frozenset[str],
    ) -> None:
        self.sent = 0
        self._send = send
        self.timed = timed
        self.faders = faders
        self._listeners: dict[Peer, _Recipient] = {}
        self._ticks = 0
        self._beaten_frame = -1

    def welcome(self, target: Peer) -> None:
        """Adds a receiver that gets feedback for as long as the show plays."""
        self._listeners[target] = _Recipient(float("inf"), {})

    def hear(self, peer: Peer, said: Values, values: Callable[[], Values], now: float) -> None:
        """Notes that a sender set `said`: from now on it gets changes of `values`, except what it sent itself."""
        listener = self._listeners.get(peer)
        if listener is None:
            self._forget_silent(now)
            if peer.transport == "udp" and not self._has_room_for(peer):
                return
            listener = self._listeners[peer] = _Recipient(0.0, dict(values()))
        listener.until = max(listener.until, now + LISTENING_SECONDS if peer.transport == "udp" else float("inf"))
        listener.known |= said
        for address in said:
            listener.moving[address] = now + MOVING_SECONDS

    def leave(self, peer: Peer) -> None:
        """Removes a receiver whose connection has ended."""
        self._listeners.pop(peer, None)

    def change(self, values: Values, now: float) -> None:
        """Sends events at once, after a change of the show."""
        for peer, listener in self._listening(now):
            self._tell(peer, listener, values, now, self.timed | self.faders)

    def tick(self, values: Values, frame_number: int, now: float) -> None:
        """Sends changes, ten times a second. The heartbeat is the frame number, so it stops when the picture stops."""
        beat = self._ticks % TICKS_PER_SECOND == 0 and frame_number != self._beaten_frame
        self._ticks += 1
        for peer, listener in self._listening(now):
            self._tell(peer, listener, values, now, self.timed)
            for address in sorted(self.timed & values.keys()):
                self._say(peer, address, values[address])
            if beat:
                self._say(peer, "/heartbeat", (frame_number & 0x7FFFFFFF,))
        if beat:
            self._beaten_frame = frame_number

    def dump(self, peer: Peer, values: Values) -> None:
        """Sends the full state at once; values that cannot be sent now follow with the next ticks."""
        told = {address: arguments for address, arguments in values.items() if self._say(peer, address, arguments)}
        if listener := self._listeners.get(peer):
            listener.known = told

    def announce(self, address: str, arguments: tuple[float | int | str, ...], now: float) -> None:
        """Sends everybody something that has no state, such as an error."""
        for peer, _ in self._listening(now):
            self._say(peer, address, arguments)

    def _tell(self, peer: Peer, listener: _Recipient, values: Values, now: float, without: frozenset[str]) -> None:
        for address, arguments in values.items():
            if address in without or listener.known.get(address) == arguments:
                continue
            if listener.moving.get(address, now) > now:
                continue
            if not self._say(peer, address, arguments):
                return
            listener.known[address] = arguments

    def _say(self, peer: Peer, address: str, arguments: tuple[float | int | str, ...]) -> bool:
        """Sends one value; returns whether that worked."""
        sent = self._send(encode_message(PREFIX + address, *arguments), peer)
        self.sent += sent
        return sent

    def _has_room_for(self, peer: Peer) -> bool:
        hosts = [one.host for one, listener in self._listeners.items() if listener.until < float("inf")]
        return len(hosts) < MAX_LISTENERS and hosts.count(peer.host) < MAX_LISTENERS_PER_HOST

    def _listening(self, now: float) -> list[tuple[Peer, _Recipient]]:
        return [(peer, listener) for peer, listener in self._listeners.items() if listener.until > now]

    def _forget_silent(self, now: float) -> None:
        self._listeners = dict(self._listening(now))
