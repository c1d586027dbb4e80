"""A live performance: the engine on screens, the venue's hours, the heartbeat and the report."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from installation.desk.journal.journal import Recording
from installation.desk.journal.resume import resumable_recording
from installation.desk.keyboard import message_for_key
from installation.editions.edition import Edition, ShowFiles
from installation.editions.resumption import Resumption
from installation.errors import DeviceError, RefusedError, ScoreError
from installation.failures import GracePeriod, threads_watched
from installation.house.heartbeat import Heartbeat
from installation.house.hours_scheduler import HoursScheduler
from installation.house.housekeeping import Housekeeping
from installation.house.metrics import HealthSnapshot, process_statistics
from installation.notices import Notices
from installation.player.engine import Beginning, Engine, EngineOptions
from installation.player.report import write_report
from installation.player.screens import HeadlessScreens
from installation.player.supplies import LiveSupplies
from installation.player.unforeseen import Unforeseen
from installation.show.control import Message
from installation.signals import stopped_by_signals

if TYPE_CHECKING:
    from installation.player.window_screens import WindowScreens

log = logging.getLogger(__name__)


LATER_HOURS = "rig: changed hours and displays take effect at the next start"


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What was chosen for this run. `start` and `cue` say where to begin; `seconds` is how long to play, None = on.

    With `engine.resume` the show goes on where its journal says that it would be now.
    """

    engine: EngineOptions = field(default_factory=EngineOptions)
    headless: bool = False
    wide: bool = False
    full_screen: bool = False
    start: str | None = None
    cue: str | None = None
    seconds: float | None = None
    decoder: str | None = None
    report: Path | None = None
    hurried: bool = False


class Live:
    """Everything that a live performance needs, opened whole or not at all.

    `since_command` tells how many seconds ago the command was given. Raises what the parts raise: ScoreError for
    options that are wrong, DeviceError for displays, ports and disks that do not do what is needed.
    """

    def __init__(self, show_files: ShowFiles, options: LiveOptions, since_command: Callable[[], float]) -> None:
        # Only here, so that whoever films or checks loads no web server.
        from installation.house.health_routes import HealthRoutes

        self._options, self._notices, health = options, Notices(), HealthRoutes()
        self._stopping = False
        self._latest = -1, time.monotonic()
        journal = options.engine.journal if options.engine.resume else None
        desk_file, is_watched = options.engine.desk.map_file, options.engine.reload
        self._resumption = Resumption(
            show_files,
            journal,
            desk_file,
            self._notices,
            watched=is_watched,
            told_of=Unforeseen(options.engine.incidents),
        )
        edition = self._edition = self._resumption.edition
        beginning = _beginning(edition, options)
        self._notices.put("journal", *_damage(beginning.recording))
        with ExitStack() as cleanup:
            self._housekeeping = cleanup.enter_context(Housekeeping())
            self.screens = _open_screens(edition, show_files.rig, options, self._notices)
            cleanup.callback(self.screens.close)
            self.engine = cleanup.enter_context(
                Engine(
                    self.screens,
                    LiveSupplies(options.decoder, self.screens.pixel_map, hurried=options.hurried),
                    show_files,
                    edition,
                    replace(options.engine, desk=replace(options.engine.desk, map_file=self._resumption.desk_file)),
                    since_command,
                    self._notices,
                    beginning=beginning,
                    extra_routes=health.routes if options.engine.console_port is not None else (),
                )
            )
            self._heartbeat = cleanup.enter_context(Heartbeat())
            self._housekeeping.submit(partial(self._resumption.keep, edition))
            hours = edition.venue.hours
            past = (*recording.earlier, *recording.messages) if (recording := beginning.recording) else ()
            self._hours = HoursScheduler(hours, self.engine.desk.put, past) if hours else None
            self._cleanup = cleanup.pop_all()
        self.screens.on_key = self._key_pressed
        health.snapshot, health.admit_reader = self._snapshot, self.engine.desk.admit_reader

    def run(self) -> None:
        """Play until the time is over, a window is closed or somebody asks to stop; then write the report."""
        frames = GracePeriod(self.engine.failures, "a frame", time.monotonic)
        with stopped_by_signals(self._stop), threads_watched() as no_thread_has_died:
            self._tick_hours()
            self._heartbeat.ready(self.step())
            title, frame_number = self.engine.edition.score.title, self.engine.frame_number
            log.info("process %d plays %r from frame %d on", os.getpid(), title, frame_number)
            while self._should_continue():
                with frames.guard():
                    self.step()
                    self._beat()
                no_thread_has_died()
        if self._stopping:
            self._heartbeat.asked()
        self._housekeeping.submit(self._resumption.end)
        if self._options.report is not None:
            write_report(self._options.report, self.as_json())

    def step(self) -> int:
        """One frame, and what belongs to an edition that takes over with it. Returns the frame's number."""
        frame_number = self.engine.step()
        before, now = self._edition, self.engine.edition
        if now is not before:
            self._edition = now
            is_other = (now.venue.hours, now.venue.displays) != (before.venue.hours, before.venue.displays)
            self._notices.put("hours", *([LATER_HOURS] if is_other else []))
            self._housekeeping.submit(partial(self._resumption.keep, now))
        return frame_number

    def as_json(self) -> dict[str, object]:
        """The report so far."""
        desk = self.engine.desk.statistics()
        messages = {
            "received": desk.received,
            "applied": desk.applied,
            "refused": sum(desk.refused.values()),
            "failed": sum(desk.failures.values()),
            "journal_refused": desk.journal_refused,
            "latency_frames": asdict(desk.latency_frames),
        }
        return self.engine.report.as_json(
            self.screens.sink.statistics(), messages, self._notices.current.sentences, dict(self.engine.failures.counts)
        )

    def _snapshot(self) -> HealthSnapshot:
        frame_number, shown_at = self._latest
        age_seconds = time.monotonic() - shown_at
        opening = self._hours.opening if self._hours else None
        return HealthSnapshot(
            self.as_json(), frame_number, age_seconds, process_statistics(), self._housekeeping.cards, opening
        )

    def _beat(self) -> None:
        """A frame was shown: only then the show is alive."""
        self._latest = self.engine.frame_number, time.monotonic()
        self._heartbeat.beat(*self._latest)

    def _should_continue(self) -> bool:
        engine = self.engine
        self._tick_hours()
        seconds = self._options.seconds
        over = seconds is not None and engine.report.frames.due >= Fraction(seconds) * engine.edition.score.fps
        return not (over or self._stopping or self._is_closed())

    def _is_closed(self) -> bool:
        """Whether somebody closed a window; no hand ends a show that is locked."""
        if not self.screens.closing:
            return False
        if self.engine.performance.control.locked:
            self.screens.closing = False
            refused = RefusedError("escape: the show is locked; unlock it first", "locked")
            self.engine.desk.intake.counters.refuse(refused, "keyboard")
            return False
        return True

    def _tick_hours(self) -> None:
        if self._hours is not None:
            self._hours.tick(time.time())

    def _stop(self) -> None:
        self._stopping = True

    def _key_pressed(self, key: str) -> None:
        message = message_for_key(key)
        if message is not None:
            self.engine.desk.put(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)


def has_display() -> bool:
    """Whether windows can be opened; on Linux that is said by the environment."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _damage(recording: Recording | None) -> tuple[str, ...]:
    """What a person should know of the journal that is gone on with."""
    if recording is None or not recording.left_out:
        return ()
    return (
        f"lines of the journal that are damaged or do not fit, and are left out: {recording.left_out}; see the log",
    )


def _open_screens(
    edition: Edition, rig: Path | None, options: LiveOptions, notices: Notices
) -> HeadlessScreens | WindowScreens:
    unattended = options.engine.resume
    if options.headless:
        return HeadlessScreens()
    if not has_display():
        if unattended:  # nobody is there to read a warning; the house tries again until there is one
            raise DeviceError("there is no display; start from a desktop, set DISPLAY, or play with --headless")
        log.warning("there is no display: playing headless")
        return HeadlessScreens()
    # Only here, so that a machine without a display needs no windowing library.
    from installation.player.window_screens import WindowScreens

    wide, full_screen = options.wide, options.full_screen
    return WindowScreens(edition, rig, notices, unattended=unattended, wide=wide, full_screen=full_screen)


def _beginning(edition: Edition, options: LiveOptions) -> Beginning:
    """Where the journal says that the show would be now, if there is one to go on with; else what the command says."""
    initial_messages = _initial_messages(edition, options)
    recording = _recording(edition, options.engine)
    return Beginning(tuple(recording.messages), recording) if recording else Beginning(initial_messages)


def _initial_messages(edition: Edition, options: LiveOptions) -> tuple[Message, ...]:
    """What the command line asks for, as messages of their own before the desk's first."""
    messages = []
    if options.start is not None:
        seconds = float(edition.production.frame_number(options.start, "--start") / edition.score.fps)
        messages.append(Message(0, -2, "locate", value=seconds, source="command"))
    if options.cue is not None:
        ids = [cue.id for cue in edition.score.cues]
        if options.cue not in ids:
            raise ScoreError(f"--cue: {options.cue!r} is not a cue of this score; it has {', '.join(ids)}")
        messages.append(Message(0, -1, "go", target=options.cue, source="command"))
    return tuple(messages)


def _recording(edition: Edition, options: EngineOptions) -> Recording | None:
    """The journal to go on with, if there is one yet."""
    if not options.resume:
        return None
    if options.journal is None:
        raise ScoreError("--resume: say which journal to go on with: --journal FILE")
    return resumable_recording(options.journal, edition.score, time.time())
