"""The player's report to the page about one frame, and its form for browsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from installation.desk.timecode.chase import ChaseStatus
from installation.errors import Mistake
from installation.show.control import Control, Message
from installation.show.playing.transport import position_at
from installation.show.score import Score


@dataclass(frozen=True, slots=True)
class OutputState:
    """One output at work: pictures shown per second, late and dropped pictures so far, quality in words of the player.

    99 of 100 pictures come at most `skew_ms` after the first output's; None if nobody measures it.
    """

    output: str
    fps: float
    late: int = 0
    dropped: int = 0
    skew_ms: float | None = None
    quality: str = ""


@dataclass(frozen=True, slots=True)
class StageState:
    """The duration of one stage of a frame, in milliseconds, and the number of frames skipped because of it."""

    stage: str
    p50_ms: float | None
    p99_ms: float | None
    worst_ms: float | None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class MachineState:
    """One machine of several that play the show. `frame` is the last frame that it reported, `clock_ms` the offset of
    its clock from the house's; None if it has not reported that. `skipped` counts frames; `edition` is the beginning of
    the digest of all its files."""

    name: str
    plays: bool
    version: str
    frame: int | None
    clock_ms: float | None
    late_messages: int | None
    late_cues: int | None
    outputs: tuple[str, ...] = ()
    stands_in_for: str = ""
    skipped: int | None = None
    edition: str = ""


@dataclass(frozen=True, slots=True)
class PageSnapshot:
    """The player's report about one frame: references only, so that it costs nothing.

    `peaks` are the peaks of all sound buses, 0 to 1. `timecode` is the timecode that the show follows, if any. `desk`
    holds the desk's counters by name. `mistakes` are those of a saved score that cannot be played, and `warnings`
    anything else that a person should see.
    """

    score: Score
    frame_number: int
    control: Control
    outputs: tuple[OutputState, ...] = ()
    desk: tuple[tuple[str, int], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[str, ...] = ()
    stages: tuple[StageState, ...] = ()
    machines: tuple[MachineState, ...] = ()
    timecode: ChaseStatus | None = None
    peaks: Mapping[str, float] = field(default_factory=dict)


def state_of(moment: PageSnapshot, addresses: tuple[str, ...]) -> dict[str, Any]:
    """The snapshot as JSON values; `faders` are the values at `addresses`, parameters in their own units."""
    control, frame_number = moment.control, moment.frame_number
    position = asdict(position_at(moment.score, frame_number, control))
    for name in ("seconds", "elapsed_seconds", "remaining_seconds", "progress", "transition"):
        if position[name] is not None:
            position[name] = round(position[name], 3)
    return position | {
        "frame": frame_number,
        "engaged": control.engaged,
        "engaged_by": _by(control.engage),
        "ignored": control.ignored,
        "locked": control.locked,
        "locked_by": _by(control.lock),
        "auditions": {output: asdict(one) for output, one in control.auditions.items() if one is not None},
        "blackout": round(1.0 - control.blackout.at(frame_number), 3),
        "blackout_asked": control.blackout.target == 0.0,
        "panic": round(1.0 - control.panic.at(frame_number), 3),
        "panic_asked": control.panic.target == 0.0,
        "faders": [round(control.value_at(address, frame_number), 4) for address in addresses],
        "outputs": [asdict(output) for output in moment.outputs],
        "desk": dict(moment.desk),
        "mistakes": [asdict(mistake) for mistake in moment.mistakes],
        "warnings": list(moment.warnings),
        "stages": [asdict(stage) for stage in moment.stages],
        "machines": [asdict(machine) for machine in moment.machines],
        "timecode": asdict(moment.timecode) if moment.timecode else None,
        "peaks": dict(moment.peaks),
    }


def _by(message: Message | None) -> dict[str, Any] | None:
    """The source and frame of a message; None if there is none."""
    return None if message is None else {"source": message.source, "frame": message.frame}
