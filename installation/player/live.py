"""A live performance: the engine on screens, the venue's hours, the heartbeat and the report."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from fractions import Fraction
from functools import partial
from types import TracebackType
from typing import Self

from installation.desk.keyboard import message_for_key
from installation.editions.edition import NEVER_TAKEN, Edition, ShowFiles
from installation.editions.resumption import Resumption
from installation.editions.shared_files import REPLACED, SharedFiles
from installation.errors import RefusedError
from installation.failures import GracePeriod, threads_watched
from installation.fleet.member import WRONG_CLOCK_SECONDS, Joined
from installation.house.calendar import Calendar
from installation.house.heartbeat import Heartbeat
from installation.house.hours_scheduler import HoursScheduler
from installation.house.housekeeping import Housekeeping
from installation.house.metrics import HealthSnapshot, process_statistics
from installation.notices import Notices
from installation.player.beginning import Beginning, beginning_of
from installation.player.engine import Engine
from installation.player.house_editions import HouseEditions
from installation.player.options import EngineOptions, LiveOptions
from installation.player.report import write_report
from installation.player.screens import open_screens
from installation.player.supplies import LiveSupplies
from installation.player.together import open_member
from installation.player.unforeseen import Unforeseen
from installation.rig.venue import Venue
from installation.show.control import Message, initial_control
from installation.signals import stopped_by_signals

log = logging.getLogger(__name__)


LATER_HOURS = "rig: changed hours, displays and streams take effect at the next start"
LATER_MACHINES = "rig: changed machines and a changed fleet take effect at the next start of each player"


class Live:
    """Everything that a live performance needs, opened as a whole or not at all.

    `since_command` gives the seconds since the command. Raises ScoreError for wrong options and DeviceError for
    displays, ports and disks that fail.
    """

    def __init__(self, show_files: ShowFiles, options: LiveOptions, since_command: Callable[[], float]) -> None:
        # Imported here, so that films and checks load no web server.
        from installation.house.health_routes import HealthRoutes

        self._options, self._notices, health = options, Notices(), HealthRoutes()
        self._stopping = False
        self._latest = -1, time.monotonic()
        self._resumption = _resumption(show_files, options.engine, self._notices)
        edition = self._edition = self._resumption.edition
        beginning = beginning_of(edition, options)
        self._notices.put("journal", *beginning.damage)
        with ExitStack() as cleanup:
            member = open_member(edition, options.engine.machine, self._accepts)
            editions = None
            if member is not None:
                cleanup.enter_context(member)
                if beginning.recording is None:
                    edition = replace(edition, taken=NEVER_TAKEN)
                editions = HouseEditions(member, SharedFiles(show_files), edition)
                if (house := member.join()) is not None:
                    edition = self._edition = self._joined(editions, house, beginning) or edition
                    beginning = beginning.joining(house, edition.score)
            self._housekeeping = cleanup.enter_context(Housekeeping())
            self.screens = open_screens(edition, show_files.rig, options, self._notices)
            cleanup.callback(self.screens.close)
            self.engine = cleanup.enter_context(
                Engine(
                    self.screens,
                    LiveSupplies(options.decoder, self.screens.pixel_map, hurried=options.engine.hurried),
                    show_files,
                    edition,
                    replace(
                        options.engine,
                        desk=replace(options.engine.desk, map_file=self._resumption.desk_file),
                        streams=(*edition.venue.streams, *options.engine.streams),
                    ),
                    since_command,
                    self._notices,
                    beginning=beginning,
                    editions=editions,
                    extra_routes=health.routes if options.engine.console_port is not None else (),
                )
            )
            self._heartbeat = cleanup.enter_context(Heartbeat())
            self._housekeeping.submit(partial(self._resumption.keep, edition))
            hours = edition.venue.hours
            self._hours = HoursScheduler(hours, self.engine.desk.put, beginning.past) if hours else None
            self._calendar = Calendar(hours, self.engine.desk.put, self.engine.performance.control.day)
            self._cleanup = cleanup.pop_all()
        self.screens.on_key = self._key_pressed
        health.snapshot, health.admit_reader = self._snapshot, self.engine.desk.admit_reader

    def run(self) -> None:
        """Play until the time is over, somebody closes a window, or a signal asks to stop; then write the report."""
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
        """Play one frame, and update notices and kept files if an edition took over. Returns the frame's number."""
        frame_number = self.engine.step()
        before, now = self._edition, self.engine.edition
        if now is not before:
            self._edition = now
            later = [LATER_HOURS] if _later(now.venue) != _later(before.venue) else []
            if now.venue.fleet != before.venue.fleet:
                later.append(LATER_MACHINES)
            self._notices.put("hours", *later)
            self._housekeeping.submit(partial(self._resumption.keep, now))
        return frame_number

    def as_json(self) -> dict[str, object]:
        """The report so far."""
        desk = self.engine.desk.statistics()
        messages: dict[str, object] = {
            "received": desk.received,
            "applied": desk.applied,
            "refused": sum(desk.refused.values()),
            "failed": sum(desk.failures.values()),
            "journal_refused": desk.journal_refused,
            "latency_frames": asdict(desk.latency_frames),
        }
        if (timecode := self.engine.desk.timecode) is not None:
            messages["timecode"] = {"running": timecode.state == "running", **asdict(timecode)}
        report = self.engine.report.as_json(
            self.screens.sink.statistics(), messages, self._notices.current.sentences, dict(self.engine.failures.counts)
        )
        if (broadcast := self.engine.broadcast) is not None:
            report["streams"] = broadcast.as_json()
        if (together := self.engine.together) is not None:
            report["machines"] = {str(one.pop("name")): one for one in together.machines()}
        return report

    def _joined(self, editions: HouseEditions, house: Joined, beginning: Beginning) -> Edition | None:
        """The edition that the other machines play; None if this machine plays its own, or it cannot play here."""
        if abs((beginning.epoch() or 0.0) - house.state.epoch) > WRONG_CLOCK_SECONDS:
            editions.exchange.follow_older_house()
        try:
            edition = editions.joined(house)
        except Exception as raised:  # this machine can always play its own edition
            error = Unforeseen(self._options.engine.incidents)(raised)
            self._notices.put("files", f"{house.machine} plays another edition, which cannot play here: {error}")
            return None
        if edition is not None:
            sentence = f"this machine had other files than {house.machine}, and plays those; its own lie in {REPLACED}/"
            self._notices.put("files", sentence)
        return edition

    def _accepts(self, message: Message) -> bool:
        """Whether another machine's message can be applied; another version of the player may have sent it."""
        try:
            initial_control(self._edition.score).apply(message)
        except Exception as error:  # another version may send anything
            log.error("another machine says %r, which cannot be applied: %s", message, error)
            return False
        return True

    def _snapshot(self) -> HealthSnapshot:
        frame_number, shown_at = self._latest
        age_seconds = time.monotonic() - shown_at
        opening = self._hours.opening if self._hours else None
        return HealthSnapshot(
            self.as_json(), frame_number, age_seconds, process_statistics(), self._housekeeping.cards, opening
        )

    def _beat(self) -> None:
        """Send the heartbeat after a shown frame: only frames prove that the show is alive."""
        self._latest = self.engine.frame_number, time.monotonic()
        self._heartbeat.beat(*self._latest, self._dark)

    def _dark(self) -> list[str]:
        """The outputs whose monitors are disconnected."""
        return [name for name, one in self.screens.sink.statistics().items() if one.connected is False]

    def _should_continue(self) -> bool:
        engine = self.engine
        self._tick_hours()
        seconds = self._options.seconds
        over = seconds is not None and engine.report.frames.due >= Fraction(seconds) * engine.edition.score.fps
        return not (over or self._stopping or self._is_closed())

    def _is_closed(self) -> bool:
        """Whether somebody closed a window. A locked show refuses this."""
        if not self.screens.closing:
            return False
        if self.engine.performance.control.locked:
            self.screens.closing = False
            refused = RefusedError("escape: the show is locked; unlock it first", "locked")
            self.engine.desk.intake.counters.refuse(refused, "keyboard")
            return False
        return True

    def _tick_hours(self) -> None:
        now = time.time()
        self._calendar.tick(self.engine.edition.score, now)
        if self._hours is not None:
            self._hours.tick(now)

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


def _later(venue: Venue) -> tuple[object, ...]:
    """The parts of a rig that take effect at the next start."""
    return venue.hours, venue.displays, venue.streams


def _resumption(show_files: ShowFiles, options: EngineOptions, notices: Notices) -> Resumption:
    """The choice of files to play: the show's own or, after a crash, the last good ones beside its journal."""
    return Resumption(
        show_files,
        options.journal if options.resume else None,
        options.desk.map_file,
        notices,
        watched=options.reload,
        told_of=Unforeseen(options.incidents),
    )
