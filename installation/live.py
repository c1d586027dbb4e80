"""A live performance: the player with a real clock, a desk, screens, and pictures as fine as the machine can hold."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import moderngl

from installation.desk.desk import Desk, DeskOptions
from installation.desk.journal import Header, Journal, Recording, check_score, read_journal
from installation.desk.keyboard import message_of
from installation.errors import ScoreError
from installation.house.doorkeeper import Doorkeeper
from installation.house.heartbeat import Heartbeat
from installation.house.metrics import Snapshot, process_statistics
from installation.house.venue import Venue
from installation.outputs.headless import Headless
from installation.outputs.sink import NullSink, Sink
from installation.picture.choice import choose
from installation.picture.live import LiveSupply
from installation.picture.mixer import Mixer
from installation.player import Desk as PlayersDesk
from installation.player import Player
from installation.production import Production
from installation.report import Report, write_report
from installation.show.clock import MonotonicClock
from installation.show.control import Message
from installation.show.performance import Performance
from installation.signals import stopped_by_signals

if TYPE_CHECKING:
    from installation.console import Console
    from installation.outputs.windows import Windows

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What was chosen for this run. `start` and `cue` say where to begin; `seconds` is how long to play, None = on.

    `journal` is where messages are written before they take effect; with `resume` the show goes on where that journal
    says that it would be now. `venue` is what the rig says. `console_port` opens the console page, where port 0 takes
    any free one.
    """

    headless: bool = False
    wide: bool = False
    full_screen: bool = False
    start: str | None = None
    cue: str | None = None
    seconds: float | None = None
    desk: DeskOptions = field(default_factory=DeskOptions)
    venue: Venue = field(default_factory=Venue)
    journal: Path | None = None
    resume: bool = False
    decoder: str | None = None
    console_port: int | None = None
    report: Path | None = None


WARM_UP_UNTIL = 4.0
"""Seconds since the command after which no further GL program is tried out before the first frame."""


class Live:
    """Everything that a live performance needs, opened whole or not at all.

    `since_command` tells how many seconds ago the command was given. Raises what the parts raise: ScoreError for
    options that are wrong, DeviceError for displays, ports and disks that do not do what is needed.
    """

    def __init__(self, production: Production, options: LiveOptions, since_command: Callable[[], float]) -> None:
        score = production.score
        self._production = production = _on_monitors(production, options)
        self._options = options
        self._stopping = False
        self._latest = -1, time.monotonic()
        self._windows: Windows | None = None
        self._performance = Performance(score, production.sizes)
        recording = _recording(production, options)
        opening = recording.messages if recording else _opening(production, options)
        self._performance.follow(opening)
        with ExitStack() as cleanup:
            self._screens, context = self._open_screens(cleanup)
            mixer, supply = self._open_pictures(cleanup, context, since_command)
            self._report = Report(supply.statistics, since_command)
            # The first pictures take their time before the clock starts, so that no frame is late for them.
            first = recording.header.frame_at(time.time()) if recording else 0
            mixer.mix(frame := self._performance.frame_at(first), supply.sources(frame, production.sizes))
            clock = MonotonicClock(score.fps, recording.header.show_epoch if recording else None)
            journal = _journal(cleanup, options.journal, recording, Header.of(score, clock.epoch))
            if journal and not recording:
                journal.record(opening)
            self._desk = cleanup.enter_context(Desk(score, options.desk, journal))
            self._heartbeat = cleanup.enter_context(Heartbeat())
            past = recording.messages if recording else ()
            self._doorkeeper = Doorkeeper(options.venue.hours, self._desk.put, past) if options.venue.hours else None
            desk: PlayersDesk = self._desk
            sinks = [self._screens]
            if options.console_port is not None:
                desk = console = self._open_console(cleanup, context, supply, options.console_port)
                sinks.append(console.pictures)
            self._player = Player(self._performance, production.sizes, clock, desk, supply, mixer, sinks, self._report)
            self._cleanup = cleanup.pop_all()

    def run(self) -> None:
        """Play until the time is over, a window is closed or somebody asks to stop; then write the report."""
        with stopped_by_signals(self._stop):
            self._look_at_the_clock()
            self._heartbeat.ready(self._player.step())
            self._player.run(self._goes_on)
        if self._options.report is not None:
            write_report(self._options.report, self.as_json())

    def as_json(self) -> dict[str, object]:
        """The report so far."""
        desk = self._desk.statistics()
        messages = {
            "received": desk.received,
            "applied": desk.applied,
            "refused": sum(desk.refused.values()),
            "latency_frames": asdict(desk.latency_frames),
        }
        return self._report.as_json(self._screens.statistics(), messages, self._production.warnings)

    def _snapshot(self) -> Snapshot:
        frame_number, shown_at = self._latest
        return Snapshot(self.as_json(), frame_number, time.monotonic() - shown_at, process_statistics())

    def _goes_on(self, frame_number: int) -> bool:
        self._latest = frame_number, time.monotonic()
        self._heartbeat.beat(*self._latest)
        self._look_at_the_clock()
        seconds = self._options.seconds
        over = seconds is not None and self._report.frames.due >= Fraction(seconds) * self._production.score.fps
        return not (over or self._stopping or (self._windows is not None and self._windows.closing))

    def _look_at_the_clock(self) -> None:
        if self._doorkeeper is not None:
            self._doorkeeper.tick(time.time())

    def _stop(self) -> None:
        self._stopping = True

    def _open_screens(self, cleanup: ExitStack) -> tuple[Sink, moderngl.Context]:
        options, sizes = self._options, self._production.sizes
        if not options.headless and not has_display():
            log.warning("there is no display: playing headless")
        elif not options.headless:
            # Only here, so that a machine without a display needs no windowing library.
            from installation.outputs.windows import Windows

            title = self._production.score.title
            self._windows = cleanup.enter_context(
                Windows(
                    sizes,
                    self._pressed,
                    title=title,
                    wide=options.wide,
                    full_screen=options.full_screen,
                    heads=options.venue.heads,
                )
            )
            return self._windows, self._windows.context
        return NullSink(), cleanup.enter_context(Headless()).context

    def _open_pictures(
        self, cleanup: ExitStack, context: moderngl.Context, since_command: Callable[[], float]
    ) -> tuple[Mixer, LiveSupply]:
        """The mixer with its programs tried out, and a supply with the quickest decoder."""
        production = self._production
        mixer = cleanup.enter_context(Mixer(context, production.sizes))
        for _ in mixer.warm_up():
            if since_command() > WARM_UP_UNTIL:
                break
        choice = choose(production.interpolator, time.monotonic, wanted=self._options.decoder, open_gl=Headless)
        frames_per_second = float(production.score.fps)
        supply = LiveSupply(choice.decoder, self._performance.frame_at, frames_per_second, time.monotonic)
        return mixer, cleanup.enter_context(supply)

    def _open_console(self, cleanup: ExitStack, context: moderngl.Context, supply: LiveSupply, port: int) -> Console:
        # Only here, so that a show without a page loads no web server.
        from installation.console import Console, OutputWatch
        from installation.house.routes import watch_routes

        production = self._production
        watch = OutputWatch(self._screens, supply.statistics, self._report)
        further = watch_routes(self._snapshot)
        console = Console(self._desk, production.score, production.sizes, context, port, watch, further)
        log.info("console page: http://%s:%d/", self._options.desk.host, console.port)
        return cleanup.enter_context(console)

    def _pressed(self, key: str) -> None:
        message = message_of(key)
        if message is not None:
            self._desk.put(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)


def _on_monitors(production: Production, options: LiveOptions) -> Production:
    """The production in the pixels of the monitors that the rig names."""
    if not options.venue.heads:
        return production
    if options.headless or not has_display():
        return production.on(options.venue.heads, ())
    from installation.outputs.windows_monitors import monitors_now

    return production.on(options.venue.heads, monitors_now())


def has_display() -> bool:
    """Whether windows can be opened; on Linux that is said by the environment."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _opening(production: Production, options: LiveOptions) -> tuple[Message, ...]:
    """What the command line asks for, as messages of their own before the desk's first."""
    messages = []
    if options.start is not None:
        seconds = float(production.frame_number(options.start, "--start") / production.score.fps)
        messages.append(Message(0, -2, "locate", value=seconds, source="command"))
    if options.cue is not None:
        ids = [cue.id for cue in production.score.cues]
        if options.cue not in ids:
            raise ScoreError(f"--cue: {options.cue!r} is not a cue of this score; it has {', '.join(ids)}")
        messages.append(Message(0, -1, "go", target=options.cue, source="command"))
    return tuple(messages)


def _recording(production: Production, options: LiveOptions) -> Recording | None:
    """The journal to go on with, if there is one yet."""
    if not options.resume:
        return None
    if options.journal is None:
        raise ScoreError("--resume: say which journal to go on with: --journal FILE")
    if not options.journal.exists():
        return None
    recording = read_journal(options.journal)
    check_score(recording, production.score, options.journal)
    return recording


def _journal(cleanup: ExitStack, path: Path | None, recording: Recording | None, header: Header) -> Journal | None:
    if path is None:
        return None
    return cleanup.enter_context(Journal.resume(path, recording) if recording else Journal(path, header))
