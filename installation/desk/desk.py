"""The desk: whatever controls the show from outside, and what it is told about the show.

The player opens one desk, drains it once per frame on its own thread, and tells it what the frame shows:

    with Journal(path, Header.of(score, anchor)) as journal, Desk(score, DeskOptions(7000), journal) as desk:
        ...
        for message in desk.drain(frame_number, control):
            control = control.apply(message)
        desk.tell(frame_number, control)

Everything else happens on the desk's own thread, which only ever leaves messages in the inbox. Nothing that is received
raises in the player. A drained message is stamped, resolved and journaled already. Keyboard and console page put their
messages in with `put`; web pages live on the desk's loop: `serve`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installation.desk.address_map import AddressMap
from installation.desk.addresses import AddressSpace
from installation.desk.counters import DeskCounters, DeskStatistics
from installation.desk.desk_file import DeskFile, read_desk_file
from installation.desk.guard import AccessGuard
from installation.desk.inbox import Inbox
from installation.desk.intake import Intake
from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import Succession
from installation.desk.network.event_loop import EventLoop
from installation.desk.network.osc_server import OscServer, Peer
from installation.desk.network.peers import LOOPBACK, parse_peers, resolve_host
from installation.desk.network.sacn_socket import SacnSocket
from installation.desk.publisher import Publisher
from installation.desk.rig_gateway import RigGateway
from installation.desk.show_values import ShowSnapshot
from installation.errors import RefusedError
from installation.failures import FailureLog
from installation.owner import Owner
from installation.show.control import Control, Message
from installation.show.score import Score
from installation.show.transport import position_at, resolve

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from installation.desk.network.oscquery import OscQuery
    from installation.desk.network.query_tree import QueryTree

logger = logging.getLogger(__name__)


MAX_REFUSALS_SENT = 8
"""To everybody, of one frame; all are counted."""


MAX_SENTENCE_CHARACTERS = 500
"""Of a sentence, so that it fits one packet."""


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """What the operator chose. A port None is not opened; port 0 takes any free one.

    `host` is the address to listen on. `allow` are addresses or networks of consoles, `feedback` consoles that are told
    about the show whether they speak or not, as HOST:PORT. `map_file` is a desk file, see docs/desk.md. OSCQuery is
    served at `oscquery_port`, and wherever the desk serves pages.
    """

    osc_port: int | None = None
    host: str = LOOPBACK
    allow: tuple[str, ...] = ()
    passcode: str | None = None
    feedback: tuple[str, ...] = ()
    map_file: Path | None = None
    oscquery_port: int | None = None


class Desk(Owner):
    """Owns the desk's sockets and threads; opens them on creation, all or none. `close` twice is fine.

    `steady` and `wall` are clocks in seconds; `rig` takes what is for the rig. Raises ScoreError for options and desk
    files that are wrong, DeviceError for ports that cannot be had.
    """

    def __init__(
        self,
        score: Score,
        options: DeskOptions,
        journal: Journal | None = None,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        rig: RigGateway | None = None,
    ) -> None:
        self._score = score
        self._rig = rig
        self._journal = journal
        self._steady, self._wall = steady, wall
        self._counters = DeskCounters()
        self._inbox = Inbox()
        self._last_told: object = None
        self._drained_frame: int | None = None
        self._failures = FailureLog(logger)
        self._host = resolve_host(options.host)
        self._queries: list[OscQuery] = []
        self.space = AddressSpace(score)
        self.guard = AccessGuard(self._host, options.allow, options.passcode)
        self.osc: OscServer | None = None
        self.oscquery_port: int | None = None
        file = read_desk_file(options.map_file) if options.map_file else DeskFile()
        targets = parse_peers((*file.feedback, *options.feedback))
        self.publisher = Publisher(self.space, targets, self._send, self._call, steady, rig)
        self.intake = Intake(
            self.space,
            AddressMap(file.rules),
            self.guard,
            self._inbox,
            self._counters,
            self.publisher,
            steady,
            wall,
            rig,
        )
        with ExitStack() as opened:
            self.loop = opened.enter_context(EventLoop())
            if options.osc_port is not None or targets:
                # Feedback needs a socket even where nobody is to be heard.
                self.osc = OscServer(self._host, options.osc_port or 0, self.intake)
                opened.callback(self._run, self.osc.close)
                self._run(self.osc.open)
            if file.sacn is not None:
                sacn = SacnSocket(self._host, file.sacn, self.intake, steady)
                opened.callback(self._run, sacn.close)
                self._run(sacn.open)
            self._run(self.publisher.open)
            self._opened = opened
            if options.oscquery_port is not None:
                self.oscquery_port = self.serve(options.oscquery_port)
            self._opened = opened.pop_all()

    def drain(self, frame_number: int, control: Control) -> list[Message]:
        """Everything that came since the last frame: stamped with this one, in order, journaled.

        `control` is the state before them.
        """
        if self.osc is not None:
            self.osc.read()
        self.intake.flush_faders()
        messages: list[Message] = []
        moved: list[tuple[Peer, Message]] = []
        refusals: list[tuple[str, str, str]] = []
        for unstamped, peer in self._inbox.take(self._wall()):
            if peer is not None:
                moved.append((peer, unstamped))
            try:
                message = resolve(self._score, control, _stamped(unstamped, frame_number, control.latest))
                control = control.apply(message)
            except RefusedError as refused:
                self._counters.refuse(refused, unstamped.source)
                refusals.append((f"/{unstamped.kind}", refused.reason, str(refused)))
                continue
            except Exception as error:  # a mistake of ours: it costs this message, not the show, and not its journal
                self._failures.failed(f"/{unstamped.kind} {unstamped.target}", error)
                continue
            messages.append(message)
        if moved:
            self.loop.call(self.publisher.heard, moved)
        for refusal in refusals[:MAX_REFUSALS_SENT]:
            self.loop.call(self.publisher.refused, *refusal)
        if messages and self._journal is not None:
            self._write(self._journal, messages, frame_number, control)
        waited_frames = 1 if self._drained_frame is None else frame_number - self._drained_frame
        self._drained_frame = frame_number
        if messages:
            self._counters.apply(len(messages), waited_frames)
        return messages

    def send_notices(self, reason: str, sentences: Sequence[str]) -> None:
        """Tell every console what a person should see to, as `/atlas/error /show reason sentence`; page and log have
        what is more than a few."""
        for sentence in sentences[:MAX_REFUSALS_SENT]:
            self.loop.call(self.publisher.refused, "/show", reason, sentence[:MAX_SENTENCE_CHARACTERS])

    def _write(self, journal: Journal, messages: Sequence[Message], frame_number: int, control: Control) -> None:
        """Into the journal; one that has become long begins anew with `control`, the state after the messages."""
        journal.record(messages)
        if journal.needs_compaction:
            state = Succession(frame_number, self._score.digest, self._score.title, control)
            journal.compact(state, self._wall())

    def tell(self, frame_number: int, control: Control) -> None:
        """What this frame shows, for feedback and OSCQuery. Costs the player some 30 microseconds and never waits."""
        position = position_at(self._score, frame_number, control)
        self.publisher.snapshot = ShowSnapshot(frame_number, control, position, self.space.controls)
        told = (control.latest, position.cue, position.standby)
        if told != self._last_told:
            self._last_told = told
            self.loop.call(self.publisher.change)

    def play(self, score: Score, space: AddressSpace) -> None:
        """From now on messages are about this score, an edited one, and `space` has been made of it."""
        self._score = score
        self.space.become(space)
        self.intake.play()
        self.loop.call(self._played)

    def _played(self) -> None:
        self.publisher.play()
        for query in self._queries:
            query.play(self._query_tree(), self._score.title)

    def _query_tree(self) -> QueryTree:
        from installation.desk.network.query_tree import QueryTree

        return QueryTree(self.space, self._score.title, self._rig.state.controls.values() if self._rig else ())

    def put(self, message: Message) -> None:
        """Leaves a checked, unstamped message for the next frame, from any thread: for keyboard and console page."""
        self.intake.put(message)

    def serve(self, port: int, routes: Sequence[BaseRoute] = (), announce: bool = True) -> int:
        """Opens a web server with these routes, and OSCQuery behind them, until the desk closes; returns its port.

        `announce` tells the network by mDNS. Raises DeviceError for a port that cannot be had.
        """
        from installation.desk.network.announcement import Announcement
        from installation.desk.network.oscquery import OscQuery
        from installation.desk.network.web import WebServer

        title, osc_port = self._score.title, self.osc.port if self.osc else None
        query = OscQuery(
            self._query_tree(), title, osc_port, self.guard, self.intake, self.publisher.values, self._steady
        )
        server = WebServer(self._host, port, [*routes, *query.routes], self.intake.admit)
        self._opened.callback(self._run, server.close)
        self._run(server.open)
        self.publisher.watchers.append(query.watch)
        self._queries.append(query)
        if announce:
            announcement = Announcement(title, self._host, server.port, osc_port)
            self._opened.callback(self._run, announcement.close)
            self._run(announcement.open)
        return server.port

    def statistics(self) -> DeskStatistics:
        return DeskStatistics(
            received=self._counters.received,
            queued=self._counters.queued,
            applied=self._counters.applied,
            coalesced=self._inbox.coalesced,
            waiting=len(self._inbox),
            refused=dict(self._counters.refused),
            latency_frames=self._counters.latency_frames(),
            feedback_sent=self.publisher.feedback.sent,
            feedback_dropped=self.osc.feedback_dropped if self.osc else 0,
            failures={**self.loop.failures, **self._failures.counts},
            journal_refused=self._journal.failed_writes if self._journal else 0,
        )

    def close(self) -> None:
        self._opened.close()

    def _run(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Opens or closes something on the loop, and waits for it."""
        self.loop.run(step())

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        self.loop.call(function, *arguments)

    def _send(self, packet: bytes, peer: Peer) -> None:
        if peer.transport == "websocket":
            for query in self._queries:
                query.send(packet, peer)
        elif self.osc is not None:
            self.osc.send(packet, peer)


def _stamped(message: Message, frame_number: int, latest: Message | None) -> Message:
    """The message behind all others: of this frame, or of a later one where a clock was set back over a restart."""
    if latest is None or latest.frame < frame_number:
        return replace(message, frame=frame_number, sequence=0)
    return replace(message, frame=latest.frame, sequence=latest.sequence + 1)
