"""A DMX universe: its sources, the source that each channel follows, and the channels' targets. No socket, no clock.

sACN and Art-Net have different packets; this module merges the sources of one universe for both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Literal

from installation.errors import RefusedError

LOST_AFTER_SECONDS = 2.5
"""E1.31, 6.7.1: network data loss. Art-Net's time is longer: see artnet_input.py."""

MAX_SOURCES = 16

CHANNELS = 512

DEFAULT_PRIORITY = 100

Loss = Literal["hold", "release"]

Merge = Literal["first", "htp", "ltp"]
"""Among sources of equal priority: the first source, the highest level, or the source that moved last."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A channel of the universe, 1 to 512, and the address that it moves; a `fine` patch uses the next channel, too.

    A patch with `edge` presses a button whenever its level rises past the midpoint.
    """

    channel: int
    target: str
    fine: bool = False
    edge: bool = False

    def share(self, levels: bytes) -> float:
        """The level, 0 to 1; a channel that a short packet lacks is 0."""
        coarse, fine = (levels[self.channel - 1 : self.channel + 1] + bytes(2))[:2]
        return (coarse << 8 | fine) / 65_535 if self.fine else coarse / 255


@dataclass(frozen=True, slots=True)
class Universe:
    """A universe of the desk file. After a loss, levels hold, or return to the score in `release_seconds`."""

    number: int
    patches: tuple[Patch, ...]
    loss: Loss = "hold"
    release_seconds: float = 2.0
    merge: Merge = "first"


@dataclass(slots=True)
class _Source:
    """One console: its levels, and for each patch the level, 0 to 1, and the count of moves at its last change."""

    host: str
    heard: float
    priority: int
    levels: bytes = b""
    shares: list[float] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    priorities: bytes = b""
    priorities_heard: float = float("-inf")

    def priority_of(self, patch: Patch) -> int:
        """The channel's own priority if the source sends such priorities, else the source's; 0 is none."""
        if not self.priorities:
            return self.priority
        return (self.priorities[patch.channel - 1 : patch.channel] or b"\0")[0]


class UniverseMerge:
    """Follows the sources of one universe.

    It calls `move(target, share, host)` for changed levels, and `release(target, seconds)` for levels that return to
    the score after a loss. Times are seconds of any steady clock.
    """

    def __init__(
        self,
        universe: Universe,
        move: Callable[[str, float, str], None],
        release: Callable[[str, float], None],
        lost_after_seconds: float = LOST_AFTER_SECONDS,
    ) -> None:
        self.universe = universe
        self._move, self._release = move, release
        self._lost_after_seconds = lost_after_seconds
        self._sources: dict[Hashable, _Source] = {}
        self._followed: dict[Patch, Hashable] = {}
        self._shares: dict[Patch, float] = {}
        self._moves = 0

    def levels(self, source: Hashable, host: str, levels: bytes, priority: int, now: float) -> None:
        """Takes the levels of a source; raises RefusedError if there are too many sources."""
        known = self._source(source, host, priority, now)
        is_new = known.levels != levels or known.priority != priority
        known.heard, known.priority, known.host = now, priority, host
        if not is_new:
            return
        known.levels = levels
        self._moves += 1
        shares = [patch.share(levels) for patch in self.universe.patches]
        before = known.shares or [-1.0] * len(shares)
        last = known.changed or [self._moves] * len(shares)
        known.changed = [self._moves if new != old else at for new, old, at in zip(shares, before, last, strict=True)]
        known.shares = shares
        self._follow()

    def stays(self, source: Hashable, host: str, priority: int, now: float) -> None:
        """Notes that a source is alive, though its levels do not count yet."""
        self._source(source, host, priority, now).heard = now

    def priorities(self, source: Hashable, host: str, priorities: bytes, now: float) -> None:
        """Takes a source's priorities for each channel, 1 to 200; 0 means that the source does not control it."""
        known = self._source(source, host, DEFAULT_PRIORITY, now)
        known.heard = known.priorities_heard = now
        if known.priorities != priorities:
            known.priorities = priorities
            self._follow()

    def end(self, source: Hashable) -> None:
        """Removes a source that has ended its stream."""
        if source in self._sources:
            self._lose(source)

    def knows(self, source: Hashable) -> bool:
        return source in self._sources

    def tick(self, now: float) -> None:
        """Drops the sources that have been silent for too long, and priorities that were not repeated."""
        for source, known in list(self._sources.items()):
            if now - known.heard > self._lost_after_seconds:
                self._lose(source)
            elif known.priorities and now - known.priorities_heard > self._lost_after_seconds:
                known.priorities = b""
                self._follow()

    def _source(self, source: Hashable, host: str, priority: int, now: float) -> _Source:
        known = self._sources.get(source)
        if known is None:
            if len(self._sources) >= MAX_SOURCES:
                raise RefusedError(f"more than {MAX_SOURCES} sources of universe {self.universe.number}", "too fast")
            known = self._sources[source] = _Source(host, now, priority)
        return known

    def _follow(self) -> None:
        """Moves each patch that has changed, by the source that it follows."""
        speaking = [(source, known) for source, known in self._sources.items() if known.levels]
        for index, patch in enumerate(self.universe.patches):
            highest = max((known.priority_of(patch) for _, known in speaking), default=0)
            winners = [one for one in speaking if one[1].priority_of(patch) == highest] if highest else []
            if not winners:
                continue
            source, known = self._chosen(winners, patch, index)
            self._followed[patch] = source
            share, before = known.shares[index], self._shares.get(patch)
            self._shares[patch] = share
            if patch.edge:
                if before is not None and before < 0.5 <= share:
                    self._move(patch.target, 1.0, known.host)
            elif before != share:
                self._move(patch.target, share, known.host)

    def _chosen(self, winners: list[tuple[Hashable, _Source]], patch: Patch, index: int) -> tuple[Hashable, _Source]:
        match self.universe.merge:
            case "htp":
                return max(winners, key=lambda one: one[1].shares[index])
            case "ltp":
                return max(winners, key=lambda one: one[1].changed[index])
        followed = self._followed.get(patch)  # among equals, keep the source that the patch follows
        return next((one for one in winners if one[0] == followed), winners[0])

    def _lose(self, source: Hashable) -> None:
        del self._sources[source]
        if any(known.levels for known in self._sources.values()):
            self._follow()
            return
        if self.universe.loss == "release":
            for patch in self._shares:
                if not patch.edge:
                    self._release(patch.target, self.universe.release_seconds)
        self._shares.clear()
        self._followed.clear()


class StrangeUniverses:
    """Universes that no rule uses. Networks are full of them, so it reports one only, if no used one has come yet."""

    def __init__(self, protocol: str, followed: Collection[int]) -> None:
        self._protocol, self._followed = protocol, followed
        self._is_told = False

    def meet(self, number: int, host: str) -> bool:
        """Whether a universe is in use; raises RefusedError for the first arrival of all if it is not."""
        if number in self._followed:
            self._is_told = True
            return True
        if not self._is_told:
            self._is_told = True
            ours = ", ".join(map(str, sorted(self._followed)))
            sentence = f"{self._protocol} universe {number} comes from {host}, but the desk file follows {ours}"
            raise RefusedError(f"{sentence}; give one of them the other's number", "unknown address")
        return False
