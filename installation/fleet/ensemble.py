"""An ensemble: one machine's part in a common show, at every frame and once a second.

Every second it compares the frames of the machines, reports this machine's state, and forgets old messages. If this
machine is a standby, the ensemble keeps the other machine's outputs dark here until that machine is away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from installation import __version__
from installation.desk.journal.journal_lines import Succession
from installation.fleet.edition_exchange import EditionExchange
from installation.fleet.frame_digest import described, digest_of, first_difference
from installation.fleet.member import Joined, Member
from installation.fleet.peers import PeerMachine, away, differing
from installation.fleet.proof import FrameProof
from installation.fleet.sequencer import FleetSequencer
from installation.show.clock import HouseClock
from installation.show.control import Message, initial_control
from installation.show.evaluate import evaluate
from installation.show.playing.history import ControlHistory
from installation.show.playing.performance import Performance
from installation.show.score import Score

COMPARED_AFTER_SECONDS = 2
"""The delay before a frame is compared: by then all messages for it have arrived."""

COMPARED_FRAMES = 4
"""One for each of the last seconds, so that two machines that report at different moments share a frame."""

KEPT_SECONDS = 60
"""Messages are forgotten after this time, unless a machine that may need them is away. Those of ten minutes of a fader
are 6 MB, and reading and folding them took a machine that joins 1.5 s (a core of an AMD EPYC)."""

MAX_KEPT_MESSAGES = 100_000
"""Half an hour of one fader; beyond this, messages are forgotten even if a machine is away."""

START_SECONDS = 5.0
"""The delay before a machine that has never appeared is reported."""

RETURN_SECONDS = 3.0
"""A machine that came back shows its own heads for this long before the standby releases them."""

EDITION_LETTERS = 6
"""How much of an edition's digest people see: enough to tell two editions from each other."""

GIVE_BACK = "give-back"
"""The question by which a command tells a standby to release the heads that it shows."""


class Watch(Protocol):
    """Receives the ensemble's reports between two frames."""

    def __call__(self, *sentences: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Playing:
    """The digests of the files that this machine plays, and its shown and skipped frames."""

    digests: Mapping[str, str]
    shown: int
    skipped: int
    outputs: Sequence[str]


def state_of(joined: Joined, score: Score) -> tuple[Succession, tuple[Message, ...]]:
    """The state at which the house's messages begin, and these messages.

    If the house plays another edition of the score, only its frame number and messages count, not its control state.
    """
    base = joined.state.base
    messages = tuple(one.message for one in joined.state.entries if one.message.frame >= base.frame)
    if base.score == score.digest:
        return base, messages
    return Succession(base.frame, score.digest, score.title, initial_control(score)), messages


class Ensemble:
    """One machine of an ensemble. `joined` is the others' state at the start, `messages` come from its own journal.

    `performance` is at `base`; `steady` is a monotonic clock in seconds. The desk uses the sequencer.
    """

    def __init__(
        self,
        member: Member,
        performance: Performance,
        clock: HouseClock,
        base: Succession,
        messages: Sequence[Message],
        joined: Joined | None,
        steady: Callable[[], float],
    ) -> None:
        self.member, self._performance, self._clock, self._steady = member, performance, clock, steady
        fps = performance.score.fps
        self._history = ControlHistory(performance.score, base.control, base.frame)
        self._history.add(messages)
        performance.remember(self._history)
        member.begin(clock.epoch, fps, base, tuple(messages), joined)
        lead_frames = round(member.fleet.lead_seconds * fps)
        self.sequencer = FleetSequencer(
            member.name, self._history, lead_frames, member.publish, member.received, lambda: member.is_alone
        )
        self._since = steady()
        self.editions: EditionExchange | None = None
        """This machine's agreement with the others; None if it plays only one edition."""
        self._proof = FrameProof(performance.score)
        self._told_from: object = None
        self._differed: frozenset[str] = frozenset()
        self._second = self._frame_number = -1
        self._outputs: list[str] = []
        self._skipped = 0
        self._described: dict[int, str] = {}
        self._late_messages = 0
        self._differences: dict[str, str] = {}
        machine = member.fleet.machine(member.name)
        self._standby_for = machine.standby_for if machine else ""
        self._gives_back_by_itself = machine is None or machine.gives_back == "by itself"
        self._stands_in = self._told_stands_in = self._is_to_give_back = False
        member.questions[GIVE_BACK] = lambda _data: self._asked_to_give_back().encode()
        self.on_adopted: Callable[[Succession, Sequence[Message]], object] = lambda _base, _messages: None
        """Called when this machine adopts the show of machines that have played for longer."""

    def is_shown(self, owner: str) -> bool:
        """Whether this machine shows the heads of `owner` now."""
        return owner == self.member.name or (owner == self._standby_for and self._stands_in)

    def step(self, frame_number: int, playing: Callable[[], Playing], tell: Watch) -> None:
        """Call after each frame; once a second it takes 0.5 ms, otherwise almost nothing."""
        self._look_after()
        if (joined := self.member.older_house) is not None:
            self.member.older_house = None
            self._adopt(joined)
        self._proof.step()
        self.member.proof = self._proof.text
        second = int(frame_number / self._performance.score.fps)
        if second == self._second:
            if self._told_stands_in != self._stands_in or (self.editions is not None and self.editions.has_changed):
                self.member.tell(self._status(frame_number, playing()), self._described)
            return
        self._second = second
        self._frame_number = frame_number
        self._describe(frame_number)
        self._forget(frame_number)
        now_playing = playing()
        self._outputs, self._skipped = list(now_playing.outputs), now_playing.skipped
        self.member.tell(self._status(frame_number, now_playing), self._described)
        tell(*self._sentences(now_playing.digests))

    def machines(self) -> list[dict[str, object]]:
        """The state of every machine, this one first, for page, health and report."""
        own = {
            "name": self.member.name,
            "plays": True,
            "version": __version__,
            "frame": self._frame_number,
            "clock_ms": _milliseconds(self._clock.error_seconds),
            "late_messages": self.member.late_messages,
            "late_cues": self.member.late_cues,
            "outputs": self._outputs,
            "stands_in_for": self._standby_for if self._stands_in else "",
            "skipped": self._skipped,
            "edition": self.editions.playing.id[:EDITION_LETTERS] if self.editions else "",
        }
        now = self._steady()
        return [own, *(_seen(peer, now) for peer in self.member.peers.values())]

    def _adopt(self, joined: Joined) -> None:
        state, score = joined.state, self._performance.score
        if self.editions is not None and state.epoch != self._clock.epoch:
            self.editions.follow_older_house()
        self._clock.follow(state.epoch, joined.wall_offset_seconds)
        base, _ = state_of(joined, score)
        self.member.begin(state.epoch, score.fps, base, (), joined)
        # Not only the messages in the state: also this machine's own, and those that have arrived since.
        messages = tuple(one for one in self.member.messages if one.frame >= base.frame)
        self._history.restart(score, base.control, base.frame)
        self._history.add(messages)
        self._second, self._described = -1, {}
        self.on_adopted(base, messages)

    def take(self) -> None:
        """Stop comparing earlier frames, because an edited score has taken over."""
        self._described = {}
        self._proof = FrameProof(self._performance.score)

    def _look_after(self) -> None:
        """Show the heads of a missing machine, and release them when the machine is back."""
        peer = self.member.peers.get(self._standby_for)
        if peer is None:
            return
        now = self._steady()
        if not self._stands_in:
            had_time = peer.name in self.member.was_there or now - self._since > START_SECONDS
            self._stands_in = had_time and not peer.is_there
        elif peer.plays(now) and (
            self._is_to_give_back or (self._gives_back_by_itself and now - peer.since > RETURN_SECONDS)
        ):
            self._stands_in = self._is_to_give_back = False

    def give_back(self, standby: str, refused: Callable[[str], object]) -> None:
        """Let a standby machine release the heads that it shows; calls `refused` with a reason if it keeps them.

        If it is another machine, that happens later, on another thread.
        """

        def answered(answer: bytes | None) -> None:
            reason = "it does not answer" if answer is None else answer.decode(errors="replace")
            if reason:
                refused(reason)

        if standby == self.member.name:
            answered(self._asked_to_give_back().encode())
        else:
            self.member.ask_later(standby, GIVE_BACK, b"", answered)

    def _asked_to_give_back(self) -> str:
        """Accept a command to give the heads back, from any thread; returns the reason if it is refused."""
        peer = self.member.peers.get(self._standby_for)
        if peer is None:
            return "it is standby for no machine"
        if not self._stands_in:
            return f"it does not show the heads of {peer.name} now"
        if not peer.plays(self._steady()):
            return f"{peer.name} does not play, and nobody would show its heads; start it first"
        self._is_to_give_back = True
        return ""

    def _describe(self, frame_number: int) -> None:
        fps = self._performance.score.fps
        whole_second = round((self._second - COMPARED_AFTER_SECONDS) * fps)
        if whole_second < self._history.base_frame or whole_second > frame_number:
            return
        compared = [whole_second]
        if self.member.late_messages != self._late_messages:  # late messages change earlier frames, too
            self._late_messages = self.member.late_messages
            compared += self._described
        for number in compared:
            control = self._history.control_at(number)
            self._described[number] = described(evaluate(self._performance.score, number, control))
        for old in sorted(self._described)[:-COMPARED_FRAMES]:
            del self._described[old]

    def _status(self, frame_number: int, playing: Playing) -> dict[str, object]:
        self._told_stands_in = self._stands_in
        return {
            "version": __version__,
            "edition": self.editions.as_json() if self.editions else None,
            "frame": frame_number,
            "epoch": self._clock.epoch,
            "clock_seconds": self._clock.error_seconds,
            "stepped_seconds": self._clock.stepped_seconds,
            "digests": dict(playing.digests),
            "compared": {str(number): digest_of(words) for number, words in self._described.items()},
            "outputs": list(playing.outputs),
            "shown": playing.shown,
            "skipped": playing.skipped,
            "late_messages": self.member.late_messages,
            "late_cues": self.member.late_cues,
            "worst_late_frames": self.member.worst_late_frames,
            "stands_in_for": self._standby_for if self._stands_in else "",
        }

    def _sentences(self, digests: Mapping[str, str]) -> list[str]:
        member, now = self.member, self._steady()
        sentences = [member.service.missing] if member.service.missing else []
        if now - self._since > START_SECONDS:
            sentences += away(member.peers, member.was_there, now)
        told = differing(member.peers, __version__, digests, now)
        sentences += [one for one in told if one in self._differed]  # a takeover in progress is not reported
        self._differed = frozenset(told)
        sentences += self._compare(digests)
        if self._stands_in:
            sentences.append(f"{member.name} shows the heads of {self._standby_for}, which is missing")
        if stepped := self._clock.stepped_seconds:
            way_out = "the show does not follow it; look at `chronyc tracking`"
            sentences.append(f"{member.name}: the system clock has stepped by {stepped:.3g} s; {way_out}")
        if offset := self._clock.wall_offset_seconds:
            way_out = "it plays by theirs; set its clock; see `installation fleet chrony`"
            sentences.append(f"{member.name}: the system clock is {-offset:.3g} s off the other machines'; {way_out}")
        return sentences

    def _compare(self, digests: Mapping[str, str]) -> list[str]:
        """Sentences about machines that play the same files but show other frames than this one."""
        for name, peer in self.member.peers.items():
            plays_same = all(peer.digest(what) == digest for what, digest in digests.items())
            for number, words in self._described.items() if plays_same else ():
                theirs = peer.compared(number)
                if theirs is None:
                    continue
                if theirs == digest_of(words):
                    self._differences.pop(name, None)
                elif name not in self._differences:
                    self._differences[name] = f"{name} shows another frame {number}"
                    self.member.ask_later(name, "frame", str(number).encode(), partial(self._found, name, words))
            if not plays_same:
                self._differences.pop(name, None)
        return list(self._differences.values())

    def _found(self, machine: str, own: str, theirs: bytes | None) -> None:
        difference = first_difference(own, theirs.decode(errors="replace")) if theirs else ""
        if machine in self._differences and difference:
            self._differences[machine] += f": {difference}"

    def _forget(self, frame_number: int) -> None:
        """Forget old messages if all machines are present, or if there are too many."""
        everybody = all(peer.is_there for peer in self.member.peers.values())
        kept_frames = round(KEPT_SECONDS * self._performance.score.fps)
        if len(self._history) > MAX_KEPT_MESSAGES or (
            everybody and self._history.base_frame < frame_number - 2 * kept_frames
        ):
            before = max(frame_number - kept_frames, self._history.base_frame)
            self._history.advance(before)
            self.member.forget(before)
        told_from = self._history.base_frame, self._performance.score.digest, self.member.late_messages
        if told_from != self._told_from:
            self._told_from = told_from
            first, score, control = self._history.latest_beginning()
            self.member.tell_from(Succession(first, score.digest, score.title, control))


def _seen(peer: PeerMachine, now: float) -> dict[str, object]:
    status = peer.status
    return {
        "name": peer.name,
        "plays": peer.plays(now),
        "version": peer.version,
        "frame": peer.frame_number,
        "clock_ms": _milliseconds(status.get("clock_seconds")),
        "late_messages": status.get("late_messages"),
        "late_cues": status.get("late_cues"),
        "outputs": status.get("outputs", []),
        "stands_in_for": status.get("stands_in_for", ""),
        "skipped": status.get("skipped"),
        "edition": str(peer.edition.get("id", ""))[:EDITION_LETTERS],
    }


def _milliseconds(seconds: object) -> float | None:
    return round(seconds * 1000, 3) if isinstance(seconds, float) else None
