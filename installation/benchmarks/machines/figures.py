"""The figures of a drill, and its verdict: one check for each thing that a house must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from installation.soak.checks import Check
from installation.soak.soak import how_busy

BACK_SECONDS = 3.0
STANDBY_SECONDS = 2.0
OFF_FRAMES = 1.5
"""While somebody sets a machine's clock: the frame that it shows, and half a frame for the way of its message."""

FLOOD_FRAMES = 20
"""A second: the most frames that a machine may be behind once a flood is over."""


@dataclass
class FleetFigures:
    """The results, in seconds. `frames_differing` and `lost_messages` list the differences between machines; the late
    cues are those of the quiet part. None stands for an event that did not happen in time."""

    cues: int = 0
    fader_moves: int = 0
    messages: int = 0
    compared_frames: int = 0
    frames_differing: list[str] = field(default_factory=list)
    lost_messages: list[str] = field(default_factory=list)
    late_cues: dict[str, int] = field(default_factory=dict)
    late_messages: dict[str, int] = field(default_factory=dict)
    worst_late_frames: dict[str, int] = field(default_factory=dict)
    skipped_a_minute: dict[str, dict[str, float]] = field(default_factory=dict)
    back_after_kill: list[float | None] = field(default_factory=list)
    back_after_power: list[float | None] = field(default_factory=list)
    standby_on: list[float | None] = field(default_factory=list)
    equal_after_heal: list[float | None] = field(default_factory=list)
    edit_played: list[float | None] = field(default_factory=list)
    clock_step_told: bool | None = None
    frames_off_while_stepped: float | None = None
    frames_off_after_flood: float | None = None
    heard_by_a_stranger: int | None = None
    programs_per_core: float = 0.0

    def checks(self) -> list[Check]:
        """One line for each thing that happened. Limits of time hold for a computer that does nothing else."""
        busy = how_busy(self.programs_per_core)
        differing, lost, late = self.frames_differing, self.lost_messages, sum(self.late_cues.values())
        checks = [
            Check(
                "all machines show the same frames",
                not differing and self.compared_frames > 0,
                f"{len(differing)} of {self.compared_frames} compared frames differ{_first(differing)}",
            ),
            Check(
                "all machines have the same messages",
                not lost and self.messages > 0,
                f"{self.cues} cues and {self.fader_moves} moves of a fader: {self.messages} messages{_first(lost)}",
            ),
            Check(
                "no cue comes late in a whole house",
                not late,
                f"{late}{busy if late else ''}",
                "0",
            ),
            *_in_time("a killed player shows the right frame again", self.back_after_kill, BACK_SECONDS, busy),
            *_in_time("a machine that lost its power plays again", self.back_after_power),
            *_in_time("the standby shows the heads of a dead machine", self.standby_on, STANDBY_SECONDS, busy),
            *_in_time("a house that was cut has one state again", self.equal_after_heal),
            *_in_time("what one machine saves plays on all", self.edit_played),
        ]
        if self.clock_step_told is not None:
            off = self.frames_off_while_stepped
            checks.append(Check("a machine says that its clock was set", self.clock_step_told, ""))
            checks.append(_off("and shows the right frames meanwhile", off, OFF_FRAMES, busy))
        if self.frames_off_after_flood is not None:
            checks.append(_off("all play on after a flood", self.frames_off_after_flood, FLOOD_FRAMES, busy))
        if (heard := self.heard_by_a_stranger) is not None:
            checks.append(Check("a stranger hears nothing", not heard, f"{heard} messages", "0"))
        return checks


def _first(differences: Sequence[str]) -> str:
    return f"; {differences[0]}" if differences else ""


def _in_time(
    what: str, seconds: Sequence[float | None], limit_seconds: float | None = None, busy: str = ""
) -> list[Check]:
    """A check that something always happened, within the limit if there is one; none if it was never due."""
    if not seconds:
        return []
    came = sorted(one for one in seconds if one is not None)
    figure = f"{len(came)} of {len(seconds)} times"
    if came:
        figure += f", after {came[len(came) // 2]:.2f} s (median), {came[-1]:.2f} s (longest)"
    is_in_time = limit_seconds is None or (bool(came) and came[-1] <= limit_seconds)
    limit = "" if limit_seconds is None else f"{limit_seconds:g} s"
    return [Check(what, len(came) == len(seconds) and is_in_time, f"{figure}{'' if is_in_time else busy}", limit)]


def _off(what: str, frames: float | None, limit: float, busy: str) -> Check:
    is_right = frames is not None and abs(frames) <= limit
    return Check(what, is_right, f"{frames} frames off{'' if is_right else busy}", f"{limit:g} frames")
