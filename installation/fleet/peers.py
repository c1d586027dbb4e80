"""A machine's knowledge of the others: their presence, and the states that they report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from installation.fleet.wire import names

QUIET_SECONDS = 3.0
"""A machine reports its state once a second; after this silence it counts as failed, even if it is reachable."""

NEAR_SECONDS = 0.005
"""Two machines whose clocks are further apart do not show a frame at the same time."""


@dataclass(slots=True)
class PeerMachine:
    """Another machine. `status` is its last state, received at `heard_at` by the monotonic clock."""

    name: str
    is_there: bool = False
    heard_at: float = float("-inf")
    since: float = float("-inf")
    status: Mapping[str, Any] = field(default_factory=dict)
    plays_along: bool = True
    """Whether its player shows the same frames as this one: its version is the same, or its frames are proven equal."""

    def plays(self, now: float) -> bool:
        """Whether it is present and reports its state."""
        return self.is_there and now - self.heard_at < QUIET_SECONDS

    @property
    def version(self) -> str:
        return str(self.status.get("version", ""))

    @property
    def frame_number(self) -> int | None:
        frame_number = self.status.get("frame")
        return frame_number if isinstance(frame_number, int) else None

    @property
    def edition(self) -> Mapping[str, Any]:
        """Its report on the edition that it plays, offers or holds; see edition_exchange.py."""
        said = self.status.get("edition")
        return said if isinstance(said, Mapping) else {}

    def digest(self, of: str) -> str:
        digests = self.status.get("digests")
        return str(digests.get(of, "")) if isinstance(digests, Mapping) else ""

    def compared(self, frame_number: int) -> str | None:
        """The digest of its Frame with this number; None if it did not report one."""
        compared = self.status.get("compared")
        return (
            str(compared[str(frame_number)])
            if isinstance(compared, Mapping) and str(frame_number) in compared
            else None
        )


def away(peers: Mapping[str, PeerMachine], was_there: frozenset[str], now: float) -> list[str]:
    """Sentences about missing machines; call it once they have had time to start."""
    missing = [name for name, peer in peers.items() if not peer.plays(now)]
    lost = [name for name in missing if name in was_there]
    never = [name for name in missing if name not in was_there]
    sentences = []
    if lost:
        sentences.append(f"{names(lost)}: not there any more; look at its power, its cable and its log")
    if never:
        sentences.append(f"{names(never)}: not there yet; start its player, or check its address, cable and keys")
    return sentences


def differing(peers: Mapping[str, PeerMachine], version: str, digests: Mapping[str, str], now: float) -> list[str]:
    """Sentences about machines that do not play the same as this one."""
    sentences = []
    for name, peer in peers.items():
        if not peer.plays(now):
            continue
        if not peer.plays_along:
            versions = f"{name} has version {peer.version} of the player, this machine {version}"
            sentences.append(f"{versions}, and their frames differ: they do not play together; update one of them")
            continue
        others = [what for what, digest in digests.items() if peer.digest(what) != digest]
        if others:
            sentences.append(f"{name} plays another {names(others)}: copy the files of one machine to the other")
    return sentences
