"""Keeps the player alive: starts it, watches its heartbeat, ends it when it hangs, restarts it after growing pauses.

If the player keeps crashing (a crash loop), a safe picture covers the screens, and the house goes on starting players.
The house only starts a player, or gives a waiting understudy its cue; the player itself resumes from the time and the
journal. If the resumed state seems to crash the player, the house sets that state aside.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from installation.desk.journal.journal_lines import journal_tail
from installation.errors import UNFORESEEN_EXIT_CODE, DeviceError
from installation.failures import FailureLog
from installation.house.child import ChildProcess
from installation.house.heartbeat import Heartbeat
from installation.house.incident import Incident, IncidentKind, write_incident
from installation.house.safe_picture_process import SafePictureProcess
from installation.house.understudy_process import UnderstudyProcess
from installation.owner import Owner

logger = logging.getLogger(__name__)

USER_ERROR_EXIT_CODE = 2
"""The exit code of a wrong score, rig or command line: before the first picture no restart helps."""

STATE_CRASHES = 2
"""After this many such crashes in a row, the next player starts without the resumed state."""

SHORT_HEARTBEATS = 10
"""If a player sent more heartbeats (one a second), the resumed state did not crash it."""

FATAL_SIGNALS = frozenset((signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT))
"""Signals that a process causes by its own error; all others come from outside."""

HouseState = Literal["starting", "playing", "ending a hang", "pausing", "stopping", "stopped"]


@dataclass(frozen=True, slots=True)
class SupervisorLimits:
    """The house's time limits, in seconds.

    A start loads an atlas and compiles shaders; `silent_seconds` is well above the longest frame of a slow machine.
    Pauses grow with each crash until the player has run for `steady_seconds`; after `crash_loop` crashes without such a
    run the safe picture appears. The understudy loads from the first frame on, or in a pause before a start, at a low
    priority.
    """

    start_seconds: float = 90.0
    silent_seconds: float = 10.0
    abort_seconds: float = 3.0
    stop_seconds: float = 10.0
    steady_seconds: float = 300.0
    pauses_seconds: tuple[float, ...] = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
    crash_loop: int = 4
    poll_seconds: float = 0.25


@dataclass(frozen=True, slots=True)
class HouseStatistics:
    """The house's counters and state; `in_a_row` counts the crashes since the player last ran steadily.

    `process` and `understudy` are the ids of the playing and the waiting process; the latter may still be loading.
    `dark` are the outputs whose monitors are disconnected.
    """

    state: HouseState
    starts: int
    crashes: int
    hangs: int
    in_a_row: int
    safe_picture: bool
    understudy: int | None
    process: int | None
    frame_number: int | None
    last_incident: Path | None
    understudy_loaded: bool = False
    dark: tuple[str, ...] = ()


class Supervisor(Owner):
    """Owns a player, its understudy and, in a crash loop, a safe picture. `run` calls `step` until the end.

    The supervisor calls `starting` at each start of a player, and `watching` at every step; neither may take long.
    `set_state_aside` moves the state away that players resume from; after one call, the next call is possible only
    once a player has run steadily.

    `understudy_command` starts a process that plays on its cue (see understudy.py). `clock` gives monotonic seconds,
    `wall` Unix seconds. `stop` may be called from a signal handler or another thread.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        understudy_command: Sequence[str] = (),
        safe_command: Sequence[str] = (),
        journal: Path | None = None,
        starting: Callable[[], object] = object,
        set_state_aside: Callable[[], object] = object,
        limits: SupervisorLimits = SupervisorLimits(),
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        kept_fds: Sequence[int] = (),
        watching: Callable[[HouseStatistics], object] = bool,
    ) -> None:
        self._watching = watching
        self._command = tuple(command)
        self._folder, self._journal, self._starting = folder, journal, starting
        self._limits, self._clock, self._wall, self._kept_fds = limits, clock, wall, kept_fds
        self._set_state_aside, self._crashes_on_state, self._has_set_aside = set_state_aside, 0, False
        self._failures = FailureLog(logger)
        self._player: ChildProcess | None = None
        self._may_prepare = False
        self._state: HouseState = "pausing"
        self._since = self._heard_at = self._start_at = self._asked_at = clock()
        self._heard = 0
        self._starts = self._crashes = self._hangs = self._in_a_row = 0
        self._was_ready = False
        self._last_incident: Path | None = None
        self._incident: Incident | None = None
        self._ending: IncidentKind = "crash"
        self.exit_code: int | None = None
        self._owned = contextlib.ExitStack()
        self._upstream = self._owned.enter_context(Heartbeat())
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._owned.callback(os.close, self._wake_read)
        self._owned.callback(os.close, self._wake_write)
        self._selector = self._owned.enter_context(selectors.EpollSelector())
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._safe_picture = SafePictureProcess(safe_command, kept_fds, clock)
        self._understudy = UnderstudyProcess(understudy_command, kept_fds, self._selector)
        self._owned.callback(self._end_children)
        # systemd watches the house, not the player: in a crash loop the house still works.
        self._upstream.ready(0)

    def run(self) -> int:
        """Supervise until the player ends by itself or `stop` is called; returns the command's exit code."""
        while self.exit_code is None:
            try:
                self.step()
            except Exception as error:  # an error of the house itself must not leave a player unwatched
                self._failures.failed("the house", error)
                time.sleep(self._limits.poll_seconds)
            else:
                self._failures.succeeded("the house")
        return self.exit_code

    def stop(self) -> None:
        """Ask the player to end; the house kills it if it does not."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"s")

    def statistics(self) -> HouseStatistics:
        """The present statistics; may be called from any thread."""
        player = self._player
        return HouseStatistics(
            self._state,
            self._starts,
            self._crashes,
            self._hangs,
            self._in_a_row,
            self._safe_picture.shown,
            self._understudy.pid,
            player.pid if player else None,
            player.frame_number if player else None,
            self._last_incident,
            self._understudy.loaded,
            player.dark if player else (),
        )

    def step(self) -> None:
        """Wait a moment for an event, then act on the state of the player."""
        self._wait()
        now = self._clock()
        self._upstream.beat(self._player.frame_number or 0 if self._player else 0, now)
        self._understudy.step()
        self._safe_picture.receive()
        self._watching(self.statistics())
        if self._player is None:
            self._without_player(now)
            return
        self._player.receive()
        if self._player.exit_code is not None:
            self._player.receive()
            self._ended(self._player, now)
        else:
            self._watch(self._player, now)

    def close(self) -> None:
        """End the player and the safe picture at once, and release everything; may be called twice."""
        self._owned.close()

    def _wait(self) -> None:
        seconds = self._limits.poll_seconds
        if self._player is None:
            seconds = min(max(self._start_at - self._clock(), 0.0), seconds)
        self._selector.select(seconds)
        with contextlib.suppress(BlockingIOError):
            if os.read(self._wake_read, 64) and self._state != "stopping":
                self._ask_to_stop()

    def _without_player(self, now: float) -> None:
        if self._state == "stopping":
            self._finish(0)
        elif now >= self._start_at:
            self._start(now)

    def _start(self, now: float) -> None:
        self._player = self._understudy.take()
        if self._player is None:
            try:
                self._player = ChildProcess(self._command, self._kept_fds)
            except DeviceError as error:
                self._pause(str(error), now)
                return
            self._selector.register(self._player, selectors.EVENT_READ)
        self._starts += 1
        self._state, self._since, self._heard, self._heard_at = "starting", now, 0, now
        self._may_prepare = True
        logger.info("player started (process %d, start %d)", self._player.pid, self._starts)
        self._starting()

    def _watch(self, player: ChildProcess, now: float) -> None:
        """Check the running player's heartbeat and time limits."""
        if player.heartbeats != self._heard:
            self._heard, self._heard_at = player.heartbeats, now
        waited = now - self._heard_at
        if self._state == "starting" and player.ready:
            self._state, self._was_ready = "playing", True
            self._safe_picture.close()
        elif self._state == "starting" and waited > self._limits.start_seconds:
            self._abort(player, "no start", f"showed no picture within {self._limits.start_seconds:g} s", now)
        elif self._state == "playing" and waited > self._limits.silent_seconds:
            self._abort(player, "hang", f"was silent for {self._limits.silent_seconds:g} s", now)
        elif self._state == "playing" and self._may_prepare:
            self._may_prepare = False
            self._understudy.prepare()
        elif self._state == "playing" and self._in_a_row and now - self._since > self._limits.steady_seconds:
            logger.info("the player runs steadily again after %d crashes in a row", self._in_a_row)
            self._in_a_row, self._has_set_aside = 0, False
        elif self._state == "ending a hang" and now - self._asked_at > self._limits.abort_seconds:
            player.kill()
        elif self._state == "stopping" and now - self._asked_at > self._limits.stop_seconds:
            logger.warning("the player did not end within %g s; the house kills it", self._limits.stop_seconds)
            player.kill()

    def _abort(self, player: ChildProcess, kind: IncidentKind, why: str, now: float) -> None:
        logger.error("the player %s: the house ends it", why)
        self._state, self._ending, self._asked_at = "ending a hang", kind, now
        self._hangs += kind == "hang"
        player.abort()

    def _ended(self, player: ChildProcess, now: float) -> None:
        exit_code = player.exit_code
        assert exit_code is not None
        meant = exit_code == 0 and not player.asked and self._state in ("starting", "playing")
        state, self._player = self._state, None
        with player:
            self._selector.unregister(player)
        if state == "stopping" or meant:
            why = "with the house" if state == "stopping" else "because somebody ended it, and the house ends, too"
            logger.info("the player has ended at frame %s, %s", player.frame_number, why)
            self._finish(0)
        elif exit_code == USER_ERROR_EXIT_CODE and not self._was_ready:
            logger.error("the show cannot begin, and the house ends: %s", player.output.strip())
            self._finish(exit_code)
        else:
            self._crashed(player, exit_code, now)

    def _crashed(self, player: ChildProcess, exit_code: int, now: float) -> None:
        if exit_code == 0:
            self._ending = "asked to end"
        is_of_state = exit_code == UNFORESEEN_EXIT_CODE or self._ending == "no start" or -exit_code in FATAL_SIGNALS
        has_played = player.ready and player.heartbeats > SHORT_HEARTBEATS
        self._crashes_on_state = self._crashes_on_state + 1 if is_of_state and not has_played else 0
        score, tail = journal_tail(self._journal)
        incident = Incident(
            kind=self._ending,
            wall_seconds=self._wall(),
            exit_code=exit_code,
            ran_seconds=now - self._since,
            frame=player.frame_number,
            command=self._command,
            output=player.output,
            score=score,
            journal_tail=tail,
        )
        self._ending = "crash"
        self._crashes += 1
        if not incident.is_like(self._incident):  # a start that fails all night is one incident
            self._last_incident = write_incident(self._folder, incident)
        self._incident = incident
        self._pause(f"{incident.sentence}; see {self._last_incident}", now)
        if self._crashes_on_state >= STATE_CRASHES and not self._has_set_aside:
            self._crashes_on_state, self._has_set_aside = 0, True
            logger.error(
                "%d players in a row failed on the state that they resumed from; the house sets it aside", STATE_CRASHES
            )
            self._set_state_aside()

    def _pause(self, why: str, now: float) -> None:
        """Wait before the next start, longer each time."""
        self._in_a_row += 1
        pause = self._limits.pauses_seconds[min(self._in_a_row, len(self._limits.pauses_seconds)) - 1]
        self._state, self._start_at = "pausing", now + pause
        logger.error("%s; next start in %g s", why, pause)
        if pause > 0:
            self._understudy.prepare()
        if self._in_a_row >= self._limits.crash_loop:
            self._safe_picture.show()

    def _ask_to_stop(self) -> None:
        self._state, self._asked_at = "stopping", self._clock()
        if self._player is not None:
            self._player.send(signal.SIGTERM)
            self._player.send(signal.SIGCONT)

    def _finish(self, exit_code: int) -> None:
        self._state = "stopped"
        self._safe_picture.close()
        self.exit_code = exit_code

    def _end_children(self) -> None:
        self._safe_picture.close()
        self._understudy.close()
        if self._player is not None:
            self._player.close()
            self._player = None
