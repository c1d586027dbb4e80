"""Checks that a show is at the right frame, and in the state that follows from its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from installation.desk.addresses import AddressSpace
from installation.desk.journal.journal import read_journal
from installation.desk.journal.journal_archive import archived_journals
from installation.desk.show_values import TIMED, ShowSnapshot, ShowValues, fader_value, values_of
from installation.show.control import Control
from installation.show.playing.transport import position_at
from installation.show.score import Score
from installation.soak.checks import Check
from installation.soak.operator import STEPS, ReportedValues

FRAME_LIMIT_SECONDS = 1.0
"""A heartbeat comes once a second, so its frame number may be that old."""

NEAR = 2e-3
"""The tolerance for moving faders, which the show reports in single precision."""


class Witness:
    """Knows the score, and the time of frame 0 on the monotonic clock, which no fault can change.

    Create it at the moment at which the show reports its first `frame_number`.
    """

    def __init__(self, score: Score, journal: Path, steady: Callable[[], float], frame_number: int) -> None:
        self._score, self._journal, self._steady = score, journal, steady
        self._space = AddressSpace(score)
        self._frame_0_at = steady() - float(frame_number / score.fps)

    def frame_now(self) -> int:
        """The number of the frame that is due now."""
        return int((self._steady() - self._frame_0_at) * self._score.fps)

    def check_frame(self, told: int | None) -> Check:
        """Check that the show is at the due frame."""
        due = self.frame_now()
        off = None if told is None else float((told - due) / self._score.fps)
        right = off is not None and abs(off) <= FRAME_LIMIT_SECONDS
        figure = "no frame is told" if off is None else f"frame {told}, {off * 1000:+.0f} ms beside the clock"
        return Check("the right frame", right, figure, f"{FRAME_LIMIT_SECONDS:g} s, the age of a heartbeat")

    def check_state(self, ask: Callable[[Callable[[ReportedValues], bool]], ReportedValues]) -> Check:
        """Check that the show reports the state that follows from its journal."""
        first = self.frame_now()
        told = ask(lambda so_far: "/engage" in so_far and len(so_far) >= len(self._space.controls))
        last = self.frame_now()
        if not told:
            return Check("the right control state", False, "the show does not answer /sync")
        control = self._control()
        wrong = list(self._differing(told, control, first, last))
        figure = f"{len(told)} values told" if not wrong else f"wrong: {', '.join(wrong[:4])}"
        return Check("the right control state", not wrong, figure)

    def check_journal(self, acknowledged: Iterable[tuple[str, int]]) -> Check:
        """Check that the journal holds every acknowledged value."""
        recordings = [read_journal(path, forgiving=True) for path in (*archived_journals(self._journal), self._journal)]
        kept = {
            (message.target, round(fader_value(self._space.controls[message.target], message.value)[0] * STEPS))
            for recording in recordings
            for message in (*recording.earlier, *recording.messages)
            if message.kind == "set" and message.target in self._space.controls
        }
        acknowledged = set(acknowledged)
        lost = acknowledged - kept
        figure = f"{len(acknowledged)} acknowledged, {len(lost)} lost"
        return Check("nothing acknowledged is lost", not lost, figure, "0 lost")

    def _control(self) -> Control:
        return read_journal(self._journal, forgiving=True).control(self._score)

    def _values(self, control: Control, frame_number: int) -> ShowValues:
        position = position_at(self._score, frame_number, control)
        return values_of(ShowSnapshot(frame_number, control, position, self._space.controls))

    def _differing(self, told: ReportedValues, control: Control, first: int, last: int) -> Iterable[str]:
        """A sentence for each address whose value lies outside the range from before to after the question."""
        lapse = int(self._score.fps * int(2 * FRAME_LIMIT_SECONDS))
        before, after = self._values(control, max(first - lapse, 0)), self._values(control, last + lapse)
        for address, values in before.items():
            if address in TIMED:
                continue
            found, later = told.get(address), after[address]
            if found is None:
                yield f"{address} is not told"
            elif not any(_between(one, values[0], later[0]) for one in found[:1]):
                yield f"{address} is {found[0]}, not {values[0]}"


def _between(found: object, before: float | int | str, after: float | int | str) -> bool:
    if isinstance(before, str) or isinstance(after, str) or not isinstance(found, (int, float)):
        return found in (before, after)
    low, high = sorted((before, after))
    return low - NEAR <= found <= high + NEAR
