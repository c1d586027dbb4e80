"""A trial: a show under its house, observed while an operator uses it and faults occur."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from installation.desk.journal.journal import read_journal
from installation.desk.network.peers import LOOPBACK
from installation.errors import DeviceError, ScoreError
from installation.house.logs import log_to
from installation.house.supervisor import HouseStatistics, Supervisor, SupervisorLimits
from installation.owner import Owner
from installation.score import reader
from installation.show.score import Score
from installation.soak.disk import Disk
from installation.soak.gauges import Gauges
from installation.soak.network import NetworkNamespace
from installation.soak.operator import Operator
from installation.soak.samples import Sample, take_sample
from installation.soak.witness import Witness

logger = logging.getLogger(__name__)

SAMPLE_SECONDS = 10.0

LIMITS = SupervisorLimits(steady_seconds=1.0)
"""The house's limits, but one second already counts as steady: faults come faster here than in any building."""

END_SECONDS = 30.0

STATE = "state"
"""The folder of journal, logs and incidents within the trial's folder."""

KEPT = "kept"
"""The folder for copies of these, if their disk ends with the trial."""


class Trial(Owner):
    """Owns the supervised player, the operator and all files in `folder`; it never writes the artist's own files.

    Journal, logs and incidents lie in `folder`/STATE, on which `disk` may be mounted. `step` takes at most a quarter of
    a second; `wait` and `until` call it as often as needed. Raises ScoreError for a wrong score, DeviceError if the
    folder cannot be used.
    """

    def __init__(
        self,
        score: Path,
        folder: Path,
        words: Sequence[str] = (),
        *,
        disk: Disk | None = None,
        network: NetworkNamespace | None = None,
        seed: int = 0,
        sample_seconds: float = SAMPLE_SECONDS,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rng = random.Random(seed)
        self.samples: list[Sample] = []
        self.folder, self.disk, self.network = folder, disk, network
        self.longest_dark_seconds = self.programs_per_core = 0.0
        self._seen_frame: int | None = None
        self._seen_at = 0.0
        self.state = folder / STATE
        self.score = read_score(score)
        self.score_file = _copied(score, folder / "score")
        self.journal = self.state / "journal.jsonl"
        self.report = folder / "report.json"
        self.steady = steady
        self._begun = steady()
        self._sample_seconds, self._next_sample = sample_seconds, self._begun
        self.osc_port, self.console_port = free_port(), free_port()
        with ExitStack() as owned:
            self.gauges = owned.enter_context(Gauges(folder / "gauges"))
            self.operator = owned.enter_context(Operator(self.score, self.osc_port, self.rng))
            owned.enter_context(log_to(self.state / "logs", "house"))
            player = [sys.executable, "-m", "installation.commands.processes.instrumented", str(folder / "gauges")]
            play = ["play", str(self.score_file), "--journal", str(self.journal), "--resume"]
            play += ["--logs", str(self.state / "logs"), *words]
            play += [
                "--osc",
                str(self.osc_port),
                "--feedback",
                self.operator.feedback,
                "--console",
                str(self.console_port),
            ]
            play += ["--report", str(self.report)]
            self.house = owned.enter_context(
                Supervisor(
                    [*player, *play],
                    self.state / "incidents",
                    understudy_command=[*player, "--understudy", *play],
                    journal=self.journal,
                    limits=LIMITS,
                )
            )
            self._owned = owned.pop_all()

    @property
    def seconds(self) -> float:
        """The time since the trial began."""
        return self.steady() - self._begun

    @property
    def now(self) -> HouseStatistics:
        return self.house.statistics()

    def begin(self) -> float:
        """Wait for the first frame; returns the seconds that it took. Raises DeviceError if none comes."""
        began = self.until(lambda: self.now.state == "playing" or self.now.crashes > 0, LIMITS.start_seconds)
        frame_number = self.now.frame_number
        if began is None or frame_number is None or self.now.crashes:
            raise DeviceError(f"the show does not begin; {self.state / 'logs' / 'house.log'} says why")
        score = replace(self.score, fps=read_journal(self.journal).header.fps)
        self.witness = Witness(score, self.journal, self.steady, frame_number)
        return began

    def step(self) -> None:
        """Let a moment pass."""
        if self.house.exit_code is not None:
            raise DeviceError(f"the house has ended (exit code {self.house.exit_code}); see {self.state / 'logs'}")
        self.house.step()
        now = self.steady()
        self._look(now)
        self.operator.step(now)
        if now >= self._next_sample:
            self._next_sample = now + self._sample_seconds
            self._sample()

    def _look(self, now: float) -> None:
        """Update the longest time without a new picture; heartbeats report pictures once a second."""
        frame_number = self.now.frame_number
        if frame_number not in (None, self._seen_frame):
            self._seen_frame, self._seen_at = frame_number, now
        elif self._seen_frame is not None:
            self.longest_dark_seconds = max(self.longest_dark_seconds, now - self._seen_at)

    def wait(self, seconds: float) -> None:
        until = self.steady() + seconds
        while self.steady() < until:
            self.step()

    def until(self, reached: Callable[[], bool], within_seconds: float) -> float | None:
        """Step until a condition holds; returns the seconds that it took, None after the time limit."""
        begun = self.steady()
        while not reached():
            if self.steady() - begun > within_seconds:
                return None
            self.step()
        return self.steady() - begun

    def plays_on(self, seconds: float) -> bool:
        """Whether the show plays for these seconds without a restart, and then shows the due frame."""
        starts = self.now.starts
        self.wait(seconds)
        told = self.until(lambda: self.witness.check_frame(self.now.frame_number).passed is True, 2.0)
        return told is not None and self.now.starts == starts

    def health(self) -> dict[str, Any]:
        """The answer of `/health`; empty if there is none."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.console_port}/health", timeout=2) as answer:
                return dict(json.load(answer))
        except (OSError, ValueError):
            return {}

    def end(self) -> None:
        """Ask the show to end, and wait for it."""
        self.house.stop()
        until = self.steady() + END_SECONDS
        while self.house.exit_code is None:
            if self.steady() > until:
                raise DeviceError(f"the show did not end within {END_SECONDS:g} s; see {self.state / 'logs'}")
            self.house.step()

    def _sample(self) -> None:
        self.programs_per_core = max(self.programs_per_core, os.getloadavg()[0] / len(os.sched_getaffinity(0)))
        now = self.now
        if now.process is None or now.frame_number is None or now.state != "playing":
            return
        found = take_sample(self.seconds, now.process, now.frame_number, self.gauges, self.journal, self.state / "logs")
        if found is not None:
            self.samples.append(found)

    def close(self) -> None:
        """End everything at once; may be called twice."""
        self._owned.close()


def free_port() -> int:
    """A port that is free for UDP and TCP now."""
    with contextlib.ExitStack() as both:
        udp = both.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind((LOOPBACK, 0))
        return int(udp.getsockname()[1])


def _copied(score: Path, folder: Path) -> Path:
    """A copy of the score that faults may damage; raises DeviceError."""
    try:
        copy = linked_copy(score, folder)
        (folder.parent / STATE).mkdir(exist_ok=True)
    except FileExistsError:
        raise DeviceError(f"{folder.parent}: a trial was here before; name a new folder with --folder") from None
    except OSError as error:
        raise DeviceError(f"{error.filename}: {error.strerror}; name a folder that can be written") from None
    return copy


def linked_copy(score: Path, folder: Path) -> Path:
    """Copy a score into a new folder, beside links to all files that lie beside the original. Raises OSError."""
    folder.mkdir(parents=True)
    for beside in score.resolve().parent.iterdir():
        if beside.name != score.name and beside not in folder.resolve().parents:
            (folder / beside.name).symlink_to(beside)
    copy = folder / score.name
    copy.write_bytes(score.read_bytes())  # not `replacing`: the folder is new, and nobody reads it yet
    return copy


def read_score(score: Path) -> Score:
    """A score without its pictures; raises ScoreError."""
    report = reader.check(score)
    if report.score is None:
        raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
    return report.score
