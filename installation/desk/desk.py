"""The desk: whatever controls the show from outside, and what it is told about the show.

The player opens one desk, drains it once per frame on its own thread, and tells it what the frame shows:

    with Journal(path, Header.of(score, epoch)) as journal, Desk(score, DeskOptions(7000), journal) as desk:
        ...
        for message in desk.drain(frame_number, control):
            control = control.apply(message)
        desk.tell(frame_number, control)

Everything else happens on the desk's own thread, which only ever leaves messages in the inbox. Nothing that is received
raises in the player. A drained message is stamped, resolved and journaled already. Keyboard and console page put their
messages in with `put`; web pages live on the desk's loop: `serve`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from installation.desk.addresses import AddressSpace
from installation.desk.answers import Answers
from installation.desk.desk_file import DeskFile, read_desk_file
from installation.desk.event_loop import EventLoop
from installation.desk.guard import Guard
from installation.desk.inbox import Inbox
from installation.desk.intake import Intake
from installation.desk.journal import Journal
from installation.desk.mapping import Mapping
from installation.desk.osc_server import OscServer, Peer
from installation.desk.sacn_socket import SacnSocket
from installation.desk.state import Snapshot
from installation.desk.tally import Statistics, Tally
from installation.desk.targets import resolve_host, targets_of
from installation.errors import RefusedError
from installation.show.control import Control, Message
from installation.show.score import Score
from installation.show.transport import position_at, resolve

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """What the operator chose. A port None is not opened; port 0 takes any free one.

    `host` is the address to listen on. `allow` are addresses or networks of consoles, `feedback` consoles that are told
    about the show whether they speak or not, as HOST:PORT. `map_file` is a desk file, see docs/desk.md.
    """

    osc_port: int | None = None
    host: str = LOOPBACK
    allow: tuple[str, ...] = ()
    passcode: str | None = None
    feedback: tuple[str, ...] = ()
    map_file: Path | None = None


class Desk:
    """Owns the desk's sockets and threads; opens them on creation, all or none. `close` twice is fine.

    `steady` and `wall` are clocks in seconds. Raises ScoreError for options and desk files that are wrong, DeviceError
    for ports that cannot be had.
    """

    def __init__(
        self,
        score: Score,
        options: DeskOptions,
        journal: Journal | None = None,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._score = score
        self._journal = journal
        self._wall = wall
        self._tally = Tally()
        self._inbox = Inbox()
        self._stamped_frame, self._sequence = -1, 0
        self._told: object = None
        self._host = options.host
        self.space = AddressSpace(score)
        self.guard = Guard(resolve_host(options.host), options.allow, options.passcode)
        self.osc: OscServer | None = None
        file = read_desk_file(options.map_file) if options.map_file else DeskFile()
        targets = targets_of((*file.feedback, *options.feedback))
        self.answers = Answers(self.space, targets, self._send, steady)
        self.intake = Intake(
            self.space, Mapping(file.rules), self.guard, self._inbox, self._tally, self.answers, steady, wall
        )
        with ExitStack() as opened:
            self.loop = opened.enter_context(EventLoop())
            if options.osc_port is not None or targets:
                # Feedback needs a socket even where nobody is to be heard.
                self.osc = OscServer(options.host, options.osc_port or 0, self.intake)
                opened.callback(self._run, self.osc.close)
                self._run(self.osc.open)
            if file.sacn is not None:
                sacn = SacnSocket(options.host, file.sacn, self.intake, steady)
                opened.callback(self._run, sacn.close)
                self._run(sacn.open)
            self._run(self.answers.open)
            self._opened = opened.pop_all()

    def drain(self, frame_number: int, control: Control) -> list[Message]:
        """Everything that came since the last frame: stamped with this one, in order, journaled.

        `control` is the state before them.
        """
        waiting = self._inbox.take(self._wall())
        if frame_number != self._stamped_frame:
            self._stamped_frame, self._sequence = frame_number, 0
        messages = []
        for unstamped in waiting:
            stamped = replace(unstamped, frame=frame_number, sequence=self._sequence)
            try:
                message = resolve(self._score, control, stamped)
            except RefusedError as refused:
                self._tally.refuse(refused, unstamped.source)
                self.loop.call(self.answers.refused, f"/{unstamped.kind}", refused.reason, str(refused))
                continue
            self._sequence += 1
            control = control.apply(message)
            messages.append(message)
        if messages and self._journal is not None:
            self._journal.record(messages)
        self._tally.count(applied=len(messages))
        return messages

    def tell(self, frame_number: int, control: Control) -> None:
        """What this frame shows, for feedback and OSCQuery. Costs the player some 30 microseconds and never waits."""
        position = position_at(self._score, frame_number, control)
        self.answers.snapshot = Snapshot(frame_number, control, position)
        told = (control.latest, position.cue, position.standby)
        if told != self._told:
            self._told = told
            self.loop.call(self.answers.change)

    def put(self, message: Message) -> None:
        """Leaves a checked, unstamped message for the next frame, from any thread: for keyboard and console page."""
        self.intake.put(message)

    def serve(self, port: int, routes: Sequence[BaseRoute]) -> int:
        """Opens the web server with these routes until the desk closes; returns its port. Raises DeviceError."""
        from installation.desk.web import WebServer

        server = WebServer(self._host, port, routes, self.intake.admit)
        self._opened.callback(self._run, server.close)
        self._run(server.open)
        return server.port

    def statistics(self) -> Statistics:
        return Statistics(
            received=self._tally.received,
            queued=self._tally.queued,
            applied=self._tally.applied,
            coalesced=self._inbox.coalesced,
            waiting=len(self._inbox),
            refused=dict(self._tally.refused),
            feedback_sent=self.answers.feedback.sent,
            feedback_dropped=self.osc.feedback_dropped if self.osc else 0,
            failures=dict(self.loop.failures),
        )

    def close(self) -> None:
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Opens or closes something on the loop, and waits for it."""
        self.loop.run(step())

    def _send(self, packet: bytes, peer: Peer) -> None:
        if self.osc is not None:
            self.osc.send(packet, peer)
