"""The chase: show time follows external timecode, by messages that are stamped and journaled like any other.

The chase compares each reading with a steady clock. Their difference is constant while the code runs, so a dropout does
no harm (the clock goes on); a jump is a new difference in several readings; a single wrong reading is only counted. The
chase has no clock and no thread: the caller gives times, in seconds of any clock that never steps back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Literal

from installation.errors import RefusedError
from installation.show.compiled_score import compiled
from installation.show.control import Control, Message
from installation.show.playing.transport import position_at
from installation.show.score import Score
from installation.show.timeline import seconds_of

Dropout = Literal["run", "pause"]
Jump = Literal["follow", "ignore"]
ChaseState = Literal["none", "running", "freewheeling", "lost"]

READINGS = 15
"""The number of readings that count together: half a second of code."""

AGREE = 3
"""This many readings that agree are a jump; fewer are mistakes."""

JUMP_SECONDS = 0.25
"""A reading with a larger deviation is not jitter."""

TOLERANCE_FRAMES = 0.6
"""The chase corrects a larger deviation of the show, to within half a frame."""

PATIENCE_FRAMES = 8
"""The chase corrects only after this many frames of deviation in a row, except at a jump: jitter comes and goes."""

LOST_SECONDS = 0.5
"""After this long without a reading the code has dropped out, and another source may take over."""


@dataclass(frozen=True, slots=True)
class ChaseRules:
    """The rules of a desk file. `offset_seconds` is the code at which the score begins, in seconds since midnight.

    `cues` are the cues that follow timecode; if empty, all do. After a dropout the show runs on for
    `freewheel_seconds`, and then runs on or pauses.
    """

    offset_seconds: Fraction = Fraction(0)
    freewheel_seconds: float = 2.0
    dropout: Dropout = "run"
    jump: Jump = "follow"
    cues: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ChaseStatus:
    """For page and metrics: the received code, its source, and the show's deviation from it in frames.

    `state` is `none` before anything came, `running`, `freewheeling` or `lost`.
    """

    state: ChaseState = "none"
    code: str = ""
    source: str = ""
    off_frames: float | None = None
    corrections: int = 0
    jumps: int = 0
    mistakes: int = 0


class Chase:
    """The chase of one show. `tell` takes refusals of the code, and their source."""

    def __init__(self, rules: ChaseRules, tell: Callable[[RefusedError, str], object]) -> None:
        self._rules, self._tell = rules, tell
        self._source, self._heard, self._code = "", float("-inf"), ""
        self._offsets: deque[float] = deque(maxlen=READINGS)
        self._offset = 0.0
        self._begins = float(rules.offset_seconds)
        self._strays: deque[float] = deque(maxlen=AGREE)
        self._told: set[str] = set()
        self._jumps = self._mistakes = self._corrections = 0
        self._jumped = False
        self._off_frames: float | None = None
        self._off_since: int | None = None
        self._paused_here = False
        self._was_paused: bool | None = None
        self._held = False

    def hear(self, source: str, code: str, seconds: Fraction, now: float, *, is_backward: bool = False) -> None:
        """Takes a reading: at time `now` the code was at `seconds` since midnight; `code` is that timecode as text."""
        if source != self._source:
            if now - self._heard <= LOST_SECONDS:
                self._once(f"timecode comes from {source} too; the show follows {self._source} until that is silent")
                return
            self._source = source
            self._offsets.clear()
        self._heard, self._code = now, code
        if is_backward:
            self._once(f"timecode of {source} runs backward; the show waits for it to run forward")
            self._offsets.clear()
            return
        self._read(float(seconds) - now)

    def due(self, score: Score, frame_number: int, control: Control, now: float) -> list[Message]:
        """The messages that bring this frame, which is visible one frame from now, to the code's position."""
        self._notice_pause(control)
        if not self._offsets or self._held:
            return []
        silent = now - self._heard
        if silent > LOST_SECONDS + self._rules.freewheel_seconds:
            return self._drop_out(control)
        wanted = self._wanted(score, now + 1.0 / float(score.fps))
        if wanted is None:
            return []
        messages = []
        if control.playhead.paused:
            if not self._paused_here and silent > LOST_SECONDS:
                return []
            self._paused_here = False
            messages.append(self._message("resume"))
        if self._is_off(score, frame_number, control, wanted):
            self._corrections += 1
            messages.append(self._message("locate", wanted))
        return messages

    def status(self, now: float) -> ChaseStatus:
        silent = now - self._heard
        if self._heard == float("-inf"):
            return ChaseStatus(mistakes=self._mistakes)
        is_lost = silent > LOST_SECONDS + self._rules.freewheel_seconds
        state: ChaseState = "running" if silent <= LOST_SECONDS else "lost" if is_lost else "freewheeling"
        return ChaseStatus(
            state,
            self._code,
            self._source,
            self._off_frames,
            self._corrections,
            self._jumps,
            self._mistakes,
        )

    def _read(self, offset: float) -> None:
        """Takes one reading's difference between code and clock."""
        if not self._offsets:
            self._offsets.append(offset)
            self._jumped = True
        elif abs(offset - self._offset) <= JUMP_SECONDS:
            self._offsets.append(offset)
            self._mistakes += len(self._strays)
            self._strays.clear()
        else:
            self._stray(offset)
        self._offset = median(self._offsets)

    def _stray(self, offset: float) -> None:
        """Takes a reading that deviates far: a mistake, unless the next readings agree with it."""
        if self._strays and abs(offset - self._strays[-1]) > JUMP_SECONDS:
            self._mistakes += len(self._strays)
            self._strays.clear()
        self._strays.append(offset)
        if len(self._strays) < AGREE:
            return
        if self._rules.jump == "ignore":
            self._once(f"timecode of {self._source} has jumped; the desk file says that the show goes on by itself")
            return
        self._offsets.clear()
        self._offsets.extend(self._strays)
        self._strays.clear()
        self._jumps += 1
        self._jumped = True

    def _wanted(self, score: Score, at: float) -> float | None:
        """The position that the score should have, in its own seconds; None if no cue that follows is there."""
        timeline = compiled(score).timeline
        seconds = at + self._offset - self._begins
        length = seconds_of(timeline.length, score.fps)
        if score.loop and seconds >= 0.0:
            seconds %= length
        if not 0.0 <= seconds < length:
            return None
        starts = [seconds_of(start, score.fps) for start in timeline.starts]
        cue = score.cues[bisect_right(starts, seconds) - 1].id
        return seconds if not self._rules.cues or cue in self._rules.cues else None

    def _is_off(self, score: Score, frame_number: int, control: Control, wanted: float) -> bool:
        """Whether to correct the show's position now."""
        position = position_at(score, frame_number, control).seconds
        self._off_frames = round((position - wanted) * float(score.fps), 2)
        if abs(self._off_frames) <= TOLERANCE_FRAMES:
            self._off_since, self._jumped = None, False
            return False
        if self._off_since is None:
            self._off_since = frame_number
        if not self._jumped and frame_number - self._off_since < PATIENCE_FRAMES:
            return False
        self._off_since, self._jumped = None, False
        return True

    def _drop_out(self, control: Control) -> list[Message]:
        self._off_frames = None
        if self._rules.dropout == "run" or control.playhead.paused or self._paused_here:
            return []
        self._paused_here = True
        return [self._message("pause")]

    def _notice_pause(self, control: Control) -> None:
        """Notes a pause by hand, which lasts until somebody resumes by hand."""
        paused = control.playhead.paused
        if self._was_paused is False and paused and not self._paused_here:
            self._held = True
        if not paused:
            self._held = False
        self._was_paused = paused

    def _message(self, kind: Literal["locate", "pause", "resume"], seconds: float = 0.0) -> Message:
        return Message(0, 0, kind, value=seconds, source=f"timecode:{self._source}")

    def _once(self, sentence: str) -> None:
        """Reports a sentence the first time, and counts it every time."""
        self._mistakes += 1
        if sentence not in self._told and len(self._told) < READINGS:
            self._told.add(sentence)
            self._tell(RefusedError(sentence), f"timecode:{self._source}")
