"""The desk: everything that controls the show from outside, and its feedback.

The player opens one desk, drains it once per frame on its own thread, and tells it what the frame shows:

    with Journal(path, Header.of(score, anchor)) as journal, Desk(score, DeskOptions(7000), journal) as desk:
        ...
        for message in desk.drain(frame_number, control):
            control = control.apply(message)
        desk.tell(frame_number, control)

Everything else happens on the desk's own thread, which only leaves messages in the inbox. No received message raises
in the player. A drained message is already stamped, resolved and journaled. Keyboard and console page use `put` for
their messages; `serve` runs web pages on the desk's loop.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from installation.desk.address_map import AddressMap
from installation.desk.addresses import AddressSpace
from installation.desk.counters import DeskCounters, DeskStatistics
from installation.desk.desk_file import DeskFile, read_desk_file
from installation.desk.devices import (
    DeviceSystems,
    Gone,
    buttons_opener,
    camera_opener,
    midi_opener,
    mqtt_opener,
    timecode_opener,
)
from installation.desk.guard import AccessGuard
from installation.desk.inbox import Inbox, Outcome, QueuedMessage, untold
from installation.desk.intake import Intake
from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import Succession
from installation.desk.network.artnet_input import ArtNetInput
from installation.desk.network.certificate import Certificate
from installation.desk.network.dmx_socket import PACKETS_PER_FRAME, DmxInput, DmxSocket, Move, Release
from installation.desk.network.event_loop import EventLoop
from installation.desk.network.interfaces import EVERYWHERE, address_facing, addresses_of, ipv4_addresses, own_addresses
from installation.desk.network.osc_server import OscServer, Peer
from installation.desk.network.peers import THIS_MACHINE, is_known, other_loopback, parse_peers, resolve_host
from installation.desk.network.sacn_input import SacnInput
from installation.desk.publisher import Publisher
from installation.desk.rig_gateway import RigGateway
from installation.desk.roles import Role
from installation.desk.sequencer import Sequencer, SoloSequencer
from installation.desk.show_values import ShowSnapshot
from installation.desk.timecode.chase import Chase, ChaseStatus
from installation.desk.timecode.code import Timecode
from installation.desk.timecode.sources import hear_artnet, hear_osc
from installation.desk.timecode_words import TimecodeInput
from installation.errors import MAX_SENTENCE_CHARACTERS, DeviceError, RefusedError
from installation.failures import FailureLog
from installation.optional_service import OptionalService
from installation.owner import Owner
from installation.show.control import Control, Message
from installation.show.playing.transport import position_at
from installation.show.score import Score

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from installation.desk.network.oscquery import OscQuery
    from installation.desk.network.query_tree import QueryTree
    from installation.desk.network.web import WebServer

logger = logging.getLogger(__name__)


MAX_REFUSALS_SENT = 8
"""The most refusals of one frame that the desk sends to everybody; it counts all."""


DISENGAGED = "the show listens to page and keyboard only: engage the desk at the page, or send /engage 1"
"""The desk's answer to a sender that it ignores."""

PORT_SECONDS = 10.0
"""The longest wait for the first attempt to open a port; on a busy machine it takes some hundredths of a second."""

CLOSING_SECONDS = 5.0
"""The longest wait for a service that is still opening when the desk closes: its event loop closes next."""

NAME_SECONDS = 0.5
"""The longest wait if a name must be looked up first."""


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """The operator's options. The desk does not open a port None; port 0 means any free port.

    `host` is the address to listen on. `allow` are addresses or networks of consoles; `feedback` are consoles, as
    HOST:PORT, that get feedback even if they send nothing. `map_file` is a desk file, see docs/desk.md. The desk serves
    OSCQuery at `oscquery_port`, and wherever it serves pages. Clients with the `read_token` may read health and
    metrics. `names` are further names of this machine for browsers. `passcode` lets other machines edit,
    `lesser_passcodes` let them look or run: see `roles.py`. `certificate` puts the page and its API on TLS.
    """

    osc_port: int | None = None
    host: str = THIS_MACHINE
    allow: tuple[str, ...] = ()
    passcode: str | None = None
    feedback: tuple[str, ...] = ()
    map_file: Path | None = None
    oscquery_port: int | None = None
    read_token: str | None = None
    names: tuple[str, ...] = ()
    lesser_passcodes: tuple[tuple[Role, str], ...] = ()
    certificate: Certificate | None = None


class Desk(Owner):
    """Owns the desk's sockets and threads. `close` twice is fine.

    `steady` and `wall` are clocks in seconds; `rig` takes messages for the rig; `sequencer` stamps messages, None for
    a machine that plays alone. Raises ScoreError for wrong options and desk files. If the network refuses a port or a
    name, the desk tries again later: `missing` lists what is missing now.
    """

    machine: ClassVar[DeviceSystems] = DeviceSystems()

    def __init__(
        self,
        score: Score,
        options: DeskOptions,
        journal: Journal | None = None,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        rig: RigGateway | None = None,
        sequencer: Sequencer | None = None,
    ) -> None:
        self._score = score
        self._rig = rig
        self._journal = journal
        self._steady, self._wall = steady, wall
        self._counters = DeskCounters()
        self._inbox = Inbox()
        self._sequencer = sequencer or SoloSequencer()
        self._last_told: object = None
        self._chase: Chase | None = None
        self._dmx: list[DmxSocket] = []
        self._drained_frame: int | None = None
        self._failures = FailureLog(logger)
        self._host = options.host
        self._queries: list[OscQuery] = []
        self.services: list[OptionalService] = []
        self.on_missing: Callable[[tuple[str, ...]], object] = lambda _missing: None
        """The desk calls it, on any thread, whenever `missing` changes."""
        self._missing_guard = threading.Lock()
        self._names = options.names
        self.space = AddressSpace(score)
        self.guard = AccessGuard(
            self._host,
            options.allow,
            options.passcode,
            read_token=options.read_token,
            lesser_passcodes=dict(options.lesser_passcodes),
        )
        self.certificate = options.certificate
        self.osc: OscServer | None = None
        self._osc_port = options.osc_port
        self.oscquery_port: int | None = None
        file = read_desk_file(options.map_file) if options.map_file else DeskFile()
        for warning in file.warnings:
            logger.warning("%s", warning)
        targets = parse_peers((*file.feedback, *options.feedback))
        self.peaks: Callable[[], Mapping[str, float]] = dict
        """The present peak of every bus; the player sets it if it plays the sound."""
        self.publisher = Publisher(self.space, self._send, self._call, steady, rig)
        mapping = AddressMap(file.rules)
        mapping.play(score)
        self.intake = Intake(
            self.space,
            mapping,
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
            self._opened = opened
            if options.osc_port is not None or targets:
                # Feedback needs a socket even if the desk listens to nobody.
                self._later(opened, "OSC", lambda stack: self._open_osc(stack, options.osc_port or 0))
            if file.sacn:
                self._open_dmx(opened, "sACN", lambda move, release: SacnInput(file.sacn, move, release))
            if file.timecode is not None:
                self._open_chase(opened, file.timecode)
            hears_artnet = file.timecode is not None and file.timecode.source == "artnet"
            if file.artnet or hears_artnet:
                chased = {"timecode": self._hear_artnet} if hears_artnet else {}
                self._open_dmx(
                    opened,
                    "Art-Net",
                    lambda move, release: ArtNetInput(file.artnet, move, release, address_facing, **chased),
                )
            self._open_devices(opened, file)
            for target in targets:
                self._tell(opened, target)
            self._run(self.publisher.open)
            if options.oscquery_port is not None:
                self.oscquery_port = self.serve(options.oscquery_port)
            self._opened = opened.pop_all()

    def drain(self, frame_number: int, control: Control) -> list[Message]:
        """All messages since the last frame, in order: stamped with this frame and journaled.

        `control` is the state before these messages.
        """
        if (osc := self.osc) is not None:
            osc.read()
        for dmx in tuple(self._dmx):
            dmx.read(PACKETS_PER_FRAME)
        self.intake.flush_faders()
        for message in self._chase.due(self._score, frame_number, control, self._steady()) if self._chase else ():
            self.intake.put(message)
        self._sequencer.begin(self._score, frame_number, control)
        self._accept(self._inbox.take(self._wall()))
        messages = self._sequencer.finish()
        if messages and self._journal is not None:
            self._write(self._journal, messages, frame_number)
        waited_frames = 1 if self._drained_frame is None else frame_number - self._drained_frame
        self._drained_frame = frame_number
        if messages:
            self._counters.apply(len(messages), waited_frames)
        return messages

    def _accept(self, waiting: Sequence[QueuedMessage]) -> None:
        """Has the sequencer stamp the messages, and reports each outcome."""
        moved: list[tuple[Peer, Message]] = []
        refusals: list[tuple[str, str, str]] = []
        for unstamped, peer, outcome in waiting:
            moved += self._senders_of(unstamped, peer, self._sequencer.control)
            is_heard = self._sequencer.control.hears(unstamped)
            try:
                outcome(self._sequencer.accept(unstamped), is_heard)
            except RefusedError as refused:
                self._counters.refuse(refused, unstamped.source)
                refusals.append((f"/{unstamped.kind}", refused.reason, str(refused)))
                outcome(refused, is_heard)
            except Exception as error:  # a bug of ours: only this message is lost; show and journal go on
                self._failures.failed(f"/{unstamped.kind} {unstamped.target}", error)
        if moved:
            self.loop.call(self.publisher.heard, moved)
        for refusal in refusals[:MAX_REFUSALS_SENT]:
            self.loop.call(self.publisher.refused, *refusal)

    def send_notices(self, reason: str, sentences: Sequence[str]) -> None:
        """Tells every console what needs a person's attention, as `/atlas/error /show reason sentence`. It sends the
        first few; page and log have all.
        """
        for sentence in sentences[:MAX_REFUSALS_SENT]:
            self.loop.call(self.publisher.refused, "/show", reason, sentence[:MAX_SENTENCE_CHARACTERS])

    def _senders_of(self, message: Message, peer: Peer | None, control: Control) -> list[tuple[Peer, Message]]:
        """The sender of a message, which needs no feedback about it; the desk answers a sender that it ignores."""
        if peer is None:
            return []
        if not control.hears(message):
            self.intake.answer(peer, f"/{message.kind}", "disengaged", DISENGAGED)
        return [(peer, message)]

    def _write(self, journal: Journal, messages: Sequence[Message], frame_number: int) -> None:
        """Writes messages to the journal, and compacts a long journal to the state after them."""
        journal.record(messages)
        if journal.needs_compaction and self._sequencer.is_settled:
            state = Succession(frame_number, self._score.digest, self._score.title, self._sequencer.control)
            journal.compact(state, self._wall())

    def tell(self, frame_number: int, control: Control) -> None:
        """Tells feedback and OSCQuery what this frame shows. It takes some 30 microseconds and never waits."""
        position = position_at(self._score, frame_number, control)
        code = self.timecode.code if self.timecode is not None else ""
        self.publisher.snapshot = ShowSnapshot(frame_number, control, position, self.space.controls, code, self.peaks())
        told = (control.latest, position.cue, position.standby)
        if told != self._last_told:
            self._last_told = told
            self.loop.call(self.publisher.change)

    def play(self, score: Score, space: AddressSpace) -> None:
        """Switches to this edited score; `space` is the AddressSpace made from it."""
        self._score = score
        self.space.become(space)
        self.intake.play(score)
        self.loop.call(self._played)

    def _played(self) -> None:
        self.publisher.play()
        for query in self._queries:
            query.play(self._query_tree(), self._score.title)

    def _query_tree(self) -> QueryTree:
        from installation.desk.network.query_tree import QueryTree

        return QueryTree(self.space, self._score.title, self._rig.state.controls.values() if self._rig else ())

    def admit_reader(self, host: str, token: str) -> None:
        """Raises RefusedError if a host may not read the show's state: see AccessGuard.require_reader."""
        self.guard.require_reader(host, token, self._steady())

    def put(self, message: Message, outcome: Outcome = untold) -> None:
        """Leaves a checked, unstamped message for the next frame, from any thread: for keyboard, page and HTTP."""
        self.intake.put(message, outcome)

    def serve(
        self,
        port: int,
        routes: Sequence[BaseRoute] = (),
        announce: bool = True,
        *,
        or_any: bool = False,
        certificate: Certificate | None = None,
    ) -> int:
        """Opens a web server with these routes, and OSCQuery behind them, until the desk closes; returns its port.

        `announce` announces it by mDNS. If the port is not free, the desk tries again later, or with `or_any` takes
        another. With a `certificate` the server speaks TLS, with the present content of its files. OSCQuery clients
        cannot speak TLS, so there is no announcement then.
        """
        from installation.desk.network.oscquery import OscQuery

        osc_port = self.osc.port if self.osc else self._osc_port
        query = OscQuery(
            self._query_tree(),
            self._score.title,
            osc_port,
            self.guard,
            self.intake,
            self.publisher.values,
            self._steady,
        )
        self.publisher.watchers.append(query.watch)
        self._queries.append(query)
        served = port

        def opens(stack: ExitStack) -> None:
            nonlocal served
            host = resolve_host(self._host)
            try:
                server = self._web_server(host, served, [*routes, *query.routes], certificate)
            except DeviceError as error:
                if not or_any:
                    raise
                server = self._web_server(host, 0, [*routes, *query.routes], certificate)
                logger.warning("%s; taking port %d", error, server.port)
            served = server.port
            stack.callback(self._run, server.close)
            self._run(server.open)
            if (other := other_loopback(self._host, host)) is not None:
                with suppress(DeviceError):  # a machine without IPv6 needs no second server
                    beside = self._web_server(other, server.port, [*routes, *query.routes], certificate)
                    stack.callback(self._run, beside.close)
                    self._run(beside.open)
            if announce and certificate is None:
                self._announce(stack, host, server.port, osc_port)
            self._missing_changed()

        self._later(
            self._opened, f"web server on port {port}", opens, certificate.state if certificate is not None else tuple
        )
        return served

    def _web_server(
        self, host: str, port: int, routes: Sequence[BaseRoute], certificate: Certificate | None
    ) -> WebServer:
        from installation.desk.network.web import WebServer

        return WebServer(host, port, routes, self.intake.admit, self.intake.is_open, self._names, certificate)

    @property
    def missing(self) -> tuple[str, ...]:
        """Sentences about services that do not run yet, and about a certificate that browsers refuse."""
        doubt = self.certificate.doubt if self.certificate else ""
        return (*(one.missing for one in list(self.services) if one.missing), *([doubt] if doubt else ()))

    def _missing_changed(self) -> None:
        with self._missing_guard:  # of two changes at once, the later one reports both
            self.on_missing(self.missing)

    def _later(
        self,
        stack: ExitStack,
        what: str,
        opens: Callable[[ExitStack], object],
        circumstances: Callable[[], object] = tuple,
        patience_seconds: float | None = None,
    ) -> None:
        """Opens a service now, or later when that becomes possible; it closes with `stack`."""
        if patience_seconds is None:
            patience_seconds = PORT_SECONDS if is_known(self._host) else NAME_SECONDS
        changed = self._missing_changed
        service = OptionalService(
            what,
            opens,
            circumstances,
            patience_seconds=patience_seconds,
            closing_seconds=CLOSING_SECONDS,
            changed=changed,
        )
        self.services.append(service)
        changed()
        stack.callback(self.services.remove, service)
        stack.enter_context(service)

    def _open_osc(self, stack: ExitStack, port: int) -> None:
        host = resolve_host(self._host)
        server = OscServer(
            host, port, self.intake, self.publisher.is_target, self._steady, other_loopback(self._host, host)
        )
        stack.callback(self._run, server.close)
        self._run(server.open)
        stack.callback(setattr, self, "osc", None)
        self.osc = server

    def _open_devices(self, opened: ExitStack, file: DeskFile) -> None:
        """Opens the desk file's devices and its MQTT brokers, now or when they appear."""
        machine, intake = self.machine, self.intake
        for controller in file.midi:
            opens = midi_opener(controller, machine.midi, intake, self.publisher, self._steady)
            self._later(opened, f"MIDI {controller.mapped.port}", opens, machine.midi.names)
        for sensors in file.mqtt:
            self._later(opened, f"MQTT {sensors.broker.host}", mqtt_opener(sensors, machine, intake), own_addresses)
        for keys in file.buttons:
            gone = Gone()
            self._later(
                opened, f"buttons {keys.device}", buttons_opener(keys, machine, intake, gone), gone.circumstances
            )
        if (camera := file.camera) is not None:
            gone = Gone()
            self._later(
                opened, f"camera {camera.device}", camera_opener(camera, machine, intake, gone), gone.circumstances
            )

    def _open_chase(self, opened: ExitStack, known: TimecodeInput) -> None:
        """Makes the show follow timecode, and opens the timecode's source."""
        chase = self._chase = Chase(known.rules, self._counters.refuse)
        if unknown := sorted(known.rules.cues - {cue.id for cue in self._score.cues}):
            logger.warning(
                "timecode: the score has no cue %s, though the desk file lists it under timecode", ", ".join(unknown)
            )
        if known.source == "osc":
            self.intake.timecode = lambda said, host, now: hear_osc(said, host, known.rate, chase.hear, now)
        elif known.source != "artnet":
            opens = timecode_opener(known, chase, self.machine.midi, self.machine.sound, self._steady)
            names = self.machine.midi.names if known.source == "mtc" else self.machine.sound.names
            self._later(opened, f"timecode from {known.name}", opens, names)

    def _hear_artnet(self, code: Timecode, host: str, now: float) -> None:
        if self._chase is not None:
            hear_artnet(code, host, self._chase.hear, now)

    @property
    def timecode(self) -> ChaseStatus | None:
        """The received timecode, and how the show follows it; None if it follows none."""
        return None if self._chase is None else self._chase.status(self._steady())

    def _open_dmx(self, opened: ExitStack, protocol: str, makes: Callable[[Move, Release], DmxInput]) -> None:
        def opens(stack: ExitStack) -> None:
            host = resolve_host(self._host)
            source = protocol.replace("-", "").casefold()
            dmx = DmxSocket(host, source, makes, self.intake, self._steady)
            stack.callback(self._run, dmx.close)
            self._run(dmx.open)
            stack.callback(self._dmx.remove, dmx)
            self._dmx.append(dmx)
            if dmx.is_on_network and dmx.is_multicast:

                def joins(joined: ExitStack) -> None:
                    joined.callback(dmx.leave)
                    dmx.join(ipv4_addresses() if host in EVERYWHERE else (host,))

                self._later(stack, f"{protocol} by multicast", joins, own_addresses, 0.0)

        self._later(opened, protocol, opens)

    def _tell(self, stack: ExitStack, target: Peer) -> None:
        """Sends feedback to a console once its name is resolved; resolves it again whenever the network changes."""
        if is_known(target.host):
            self.publisher.welcome(target._replace(host=resolve_host(target.host)))
            return

        def finds(found: ExitStack) -> None:
            peer = target._replace(host=resolve_host(target.host))
            self.loop.call(self.publisher.welcome, peer)
            found.callback(self.loop.call, self.publisher.dismiss, peer)

        self._later(stack, f"feedback to {target.host}:{target.port}", finds, own_addresses, NAME_SECONDS)

    def _announce(self, stack: ExitStack, host: str, port: int, osc_port: int | None) -> None:
        """Announces the server by mDNS, and again whenever the network or the title changes."""
        from installation.desk.network.announcement import Announcement

        def announces(announced: ExitStack) -> None:
            announcement = Announcement(self._score.title, host, addresses_of(host), port, osc_port)
            announced.callback(self._run, announcement.close)
            self._run(announcement.open)

        self._later(stack, "mDNS", announces, lambda: (self._score.title, addresses_of(host)), 0.0)

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
            failures={**self.loop.failures, **self._failures.counts, **self.intake.failures.counts},
            journal_refused=self._journal.failed_writes if self._journal else 0,
        )

    def close(self) -> None:
        self._opened.close()

    def _run(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs an opening or closing step on the loop, and waits for it."""
        self.loop.run(step())

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        self.loop.call(function, *arguments)

    def _send(self, packet: bytes, peer: Peer) -> bool:
        """Sends a packet; returns whether that worked."""
        if peer.transport == "websocket":
            return any(query.send(packet, peer) for query in self._queries)
        return self.osc is not None and self.osc.send(packet, peer)
