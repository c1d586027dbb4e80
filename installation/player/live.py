"""A live performance: the engine with screens, the venue's hours, and pictures as fine as the machine can hold."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import moderngl

from installation.desk.journal.journal import Recording
from installation.desk.journal.resume import resumable_recording
from installation.desk.keyboard import message_for_key
from installation.editions.edition import Edition, ShowFiles
from installation.editions.resumption import Resumption
from installation.errors import DeviceError, Mistake, RefusedError, RigError, ScoreError
from installation.failures import GracePeriod, threads_watched
from installation.house.heartbeat import Heartbeat
from installation.house.hours_scheduler import HoursScheduler
from installation.house.housekeeping import Housekeeping
from installation.house.metrics import HealthSnapshot, process_statistics
from installation.house.power import sleep_inhibited
from installation.notices import Notices
from installation.outputs.headless import Headless
from installation.outputs.sink import NullSink, Sink
from installation.picture.decoding.choice import choose
from installation.picture.pixel_map import PixelMap
from installation.picture.supply.live_supply import LiveSupply
from installation.picture.supply.supply import Supply
from installation.player.engine import Engine, EngineOptions, FrameAt, Sizes
from installation.player.report import write_report
from installation.player.unforeseen import Unforeseen
from installation.rig.check import check_rig, rig_mismatches
from installation.rig.head import Head
from installation.rig.monitors import Monitor
from installation.show.control import Message
from installation.signals import stopped_by_signals

if TYPE_CHECKING:
    from installation.outputs.windows.windows import Windows

log = logging.getLogger(__name__)


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


class Live:
    """Everything that a live performance needs, opened whole or not at all.

    `since_command` tells how many seconds ago the command was given. Raises what the parts raise: ScoreError for
    options that are wrong, DeviceError for displays, ports and disks that do not do what is needed.
    """

    def __init__(self, show_files: ShowFiles, options: LiveOptions, since_command: Callable[[], float]) -> None:
        # Only here, so that whoever films or checks loads no web server.
        from installation.house.health_routes import health_routes

        journal = options.engine.journal if options.engine.resume else None
        desk_file = options.engine.desk.map_file
        notices = self._notices = Notices()
        told_of, watched = Unforeseen(options.engine.incidents), options.engine.reload
        self._resumption = Resumption(show_files, journal, desk_file, notices, watched=watched, told_of=told_of)
        edition = self._resumption.edition
        desk_options = replace(options.engine.desk, map_file=self._resumption.desk_file)
        self._options, self._rig = options, show_files.rig
        self._stopping = False
        self._latest = -1, time.monotonic()
        self._windows: Windows | None = None
        self._venue, self._outputs = edition.venue, edition.production.sizes.keys()
        self._sized: tuple[Sequence[Head], Sizes, Sizes] = (), {}, {}
        self._speeds: Mapping[str, float] = {}
        self._rig_mismatches: tuple[Mistake, ...] = ()
        self._pending_mismatches: tuple[Mistake, ...] = ()
        recording = _recording(edition, options.engine)
        notices.put("journal", *_damage(recording))
        with ExitStack() as cleanup:
            self._housekeeping = cleanup.enter_context(Housekeeping())
            self.screens, self.context = self._open_screens(cleanup, edition, show_files.rig)
            self.engine = cleanup.enter_context(
                Engine(
                    self,
                    show_files,
                    edition,
                    replace(options.engine, desk=desk_options),
                    since_command,
                    notices,
                    recording=recording,
                    initial_messages=_initial_messages(edition, options),
                    extra_routes=health_routes(self._snapshot) if options.engine.console_port is not None else (),
                )
            )
            self._heartbeat = cleanup.enter_context(Heartbeat())
            self._housekeeping.submit(partial(self._resumption.keep, edition))
            past = (*recording.earlier, *recording.messages) if recording else ()
            hours = edition.venue.hours
            self._hours = HoursScheduler(hours, self.engine.desk.put, past) if hours else None
            self._cleanup = cleanup.pop_all()

    def run(self) -> None:
        """Play until the time is over, a window is closed or somebody asks to stop; then write the report."""
        frames = GracePeriod(self.engine.failures, "a frame", time.monotonic)
        with stopped_by_signals(self._stop), threads_watched() as no_thread_has_died:
            self._tick_hours()
            self._heartbeat.ready(self.engine.step())
            title, frame_number = self.engine.edition.score.title, self.engine.frame_number
            log.info("process %d plays %r from frame %d on", os.getpid(), title, frame_number)
            while self._should_continue():
                with frames.guard():
                    self.engine.step()
                    self._beat()
                no_thread_has_died()
        if self._stopping:
            self._heartbeat.asked()
        self._housekeeping.submit(self._resumption.end)
        if self._options.report is not None:
            write_report(self._options.report, self.as_json())

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
            self.screens.statistics(), messages, self._notices.current.sentences, dict(self.engine.failures.counts)
        )

    def sizes_of(self, edition: Edition) -> Sizes:
        """See engine.Room: in the pixels of the monitors that the rig names, else in the score's."""
        heads, sizes = edition.venue.heads, edition.production.sizes
        if self._windows is None:
            return edition.production.on(heads, ()).sizes
        if (heads, sizes) != self._sized[:2]:
            self._sized = heads, sizes, self._windows.sizes_of(heads, sizes)
        return self._sized[2]

    def supply_for(self, edition: Edition, frame_at: FrameAt) -> Supply:
        """See engine.Room: with the quickest decoder."""
        choice = choose(
            edition.production.interpolator,
            time.monotonic,
            wanted=self._options.decoder,
            open_gl=Headless,
            measured=self._speeds,
        )
        self._speeds = choice.speeds
        return LiveSupply(
            choice.decoder,
            frame_at,
            float(edition.score.fps),
            time.monotonic,
            priority=edition.score.priority,
            pixel_map_of=self._pixel_map,
            reason=choice.reason,
        )

    def _pixel_map(self, output: str) -> PixelMap | None:
        """Of the monitor on which an output is bent; None where nothing is, or nobody sees it."""
        return self._windows.pixel_map(output) if self._windows is not None else None

    def check(self, edition: Edition) -> None:
        """See engine.Room: a rig whose connectors are not here, or that shows two outputs on one monitor.

        What was so already when the house went on is no reason to keep other edits out.
        """
        heads = edition.venue.heads
        if self._windows is None or self._rig is None or not heads or heads == self._venue.heads:
            return
        from installation.outputs.windows.connected import connected_monitors, connectors_now

        monitors = tuple(connected_monitors())
        self._pending_mismatches, warnings = rig_mismatches(self._rig, monitors, connectors_now(), edition.score)
        known = {one.message for one in self._rig_mismatches}
        if new := tuple(one for one in self._pending_mismatches if one.message not in known):
            raise RigError("\n".join(map(str, new)), new)
        _log_warnings(warnings, edition)

    def lay(self, heads: Sequence[Head]) -> None:
        """See engine.Room."""
        if self._windows is not None:
            self._windows.take_heads(heads)

    def begun(self, steady_epoch: float) -> None:
        """See engine.Room."""
        if self._windows is not None:
            self._windows.keep_time(steady_epoch)

    def take(self, edition: Edition) -> Sequence[str]:
        """See engine.Room."""
        before, now = self._venue, edition.venue
        told = []
        if (now.hours, now.displays) != (before.hours, before.displays):
            told.append("rig: changed hours and displays take effect at the next start")
        heads, outputs = now.heads, edition.production.sizes.keys()
        if self._windows is not None and not before.heads:
            told += [
                f"output '{output}': another size takes effect with the next start"
                for output, size_px in self.sizes_of(edition).items()
                if size_px != edition.production.sizes[output]
            ]
        if self._windows is not None and (heads != before.heads or outputs != self._outputs):
            if bool(heads) != bool(before.heads):
                told.append(
                    "rig: heads, where there were none before, or none any more, take effect with the next start"
                )
            elif heads:
                self._windows.take_heads(heads, outputs)
        if heads != before.heads:
            self._take_mismatches(self._pending_mismatches)
        self._venue, self._outputs = now, outputs
        self._housekeeping.submit(partial(self._resumption.keep, edition))
        return told

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
        if self._windows is None or not self._windows.closing:
            return False
        if self.engine.performance.control.locked:
            self._windows.closing = False
            refused = RefusedError("escape: the show is locked; unlock it first", "locked")
            self.engine.desk.intake.counters.refuse(refused, "keyboard")
            return False
        return True

    def _tick_hours(self) -> None:
        if self._hours is not None:
            self._hours.tick(time.time())

    def _stop(self) -> None:
        self._stopping = True

    def _open_screens(self, cleanup: ExitStack, edition: Edition, rig: Path | None) -> tuple[Sink, moderngl.Context]:
        options = self._options
        if not options.headless and not has_display():
            if options.engine.resume:  # nobody is there to read a warning; the house tries again until there is one
                raise DeviceError("there is no display; start from a desktop, set DISPLAY, or play with --headless")
            log.warning("there is no display: playing headless")
        elif not options.headless:
            # Only here, so that a machine without a display needs no windowing library.
            from installation.outputs.windows.connected import monitors_now
            from installation.outputs.windows.windows import Windows

            heads = edition.venue.heads
            monitors = monitors_now() if heads else ()
            if rig and heads:
                self._check_against_machine(rig, monitors, edition)
            cleanup.enter_context(sleep_inhibited())
            self._windows = cleanup.enter_context(
                Windows(
                    edition.production.on(heads, monitors).sizes,
                    self._key_pressed,
                    title=edition.score.title,
                    wide=options.wide,
                    full_screen=options.full_screen,
                    heads=heads,
                    fps=edition.score.fps,
                )
            )
            return self._windows, self._windows.context
        return NullSink(), cleanup.enter_context(Headless()).context

    def _check_against_machine(self, rig: Path, monitors: Sequence[Monitor], edition: Edition) -> None:
        """Before the show starts a mistake ends it; a house that goes on at night plays with what is there."""
        from installation.outputs.windows.connected import connectors_now

        if self._options.engine.resume:
            mismatches, warnings = rig_mismatches(rig, monitors, connectors_now(), edition.score)
            self._take_mismatches(mismatches)
            _log_warnings(warnings, edition)
        else:
            _log_warnings(check_rig(rig, monitors, connectors_now(), edition.score).warnings, edition)

    def _take_mismatches(self, mismatches: tuple[Mistake, ...]) -> None:
        self._rig_mismatches = mismatches
        self._notices.put("rig", *map(str, mismatches))

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


def _log_warnings(warnings: Iterable[Mistake], edition: Edition) -> None:
    """Log what only this machine knows of a rig; what is wrong with it everywhere the engine tells."""
    for warning in warnings:
        if str(warning) not in edition.production.warnings:
            log.warning("%s", warning)


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
