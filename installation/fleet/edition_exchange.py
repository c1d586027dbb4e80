"""The agreement of the machines on an edition: which they play, which one offers, and which can play it.

A machine offers an edition that somebody saved on it. Each other machine fetches and reads the edition, and reports
that it holds the edition or why it cannot. When all present machines hold the edition, the offering machine names a
frame, and all play the edition from that frame on. If one machine cannot, no machine plays it. All of this is part of
the machines' regular states, so that lost reports are repeated. If a house was cut in two and has two editions, the one
that took over later becomes everybody's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from installation.fleet.edition_files import EditionPlaying, Manifest
from installation.fleet.peers import PeerMachine

log = logging.getLogger(__name__)

MAX_HELD = 8
"""The answers that a machine keeps: as many as there can be pending offers."""


AGAIN_SECONDS = 10.0
"""The pause before a machine tries again to fetch the edition that the house plays."""


class Wanted(NamedTuple):
    """An edition that this machine lacks, and a machine that has it. `request` identifies this one request. Without a
    manifest, the edition plays already, and this machine must ask for its files."""

    id: str
    machine: str
    request: str
    manifest: Manifest | None


class Agreed(NamedTuple):
    """An edition that takes over at a frame, which may already be past."""

    id: str
    frame: int
    machine: str


@dataclass(slots=True)
class _Offer:
    manifest: Manifest
    since: float
    request: str
    agreed: int | None = None


@dataclass(slots=True)
class EditionExchange:
    """One machine's side. All calls come between two frames, and cost nothing while no machine reports anything new."""

    machine: str
    peers: Mapping[str, PeerMachine]
    playing: EditionPlaying
    has_changed: bool = False
    """Whether the others should get this machine's state at once."""
    refused: str = ""
    """The request of this machine's last offer, if no machine plays it because one cannot."""
    _offer: _Offer | None = None
    _holds: dict[str, str] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)
    _agreed: dict[str, Agreed] = field(default_factory=dict)
    _seen: dict[str, object] = field(default_factory=dict)

    @property
    def offered(self) -> Manifest | None:
        return self._offer.manifest if self._offer else None

    @property
    def is_agreed(self) -> bool:
        """Whether this machine has named the frame at which its offer takes over."""
        return self._offer is not None and self._offer.agreed is not None

    def offer(self, manifest: Manifest, frame_number: int, now: float) -> None:
        """Offer an edition that somebody saved on this machine, and that this machine can play."""
        self._offer, self.has_changed = _Offer(manifest, now, f"{manifest.id} {self.machine} {frame_number}"), True

    def withdraw(self) -> None:
        """Withdraw this machine's offer, also one that plays nowhere."""
        if self._offer is not None or self.refused:
            self._offer, self.refused, self.has_changed = None, "", True

    def refuse(self) -> None:
        """Let this machine's offer play nowhere, until this machine offers again."""
        if self._offer is not None:
            self.refused = self._offer.request
            self._offer, self.has_changed = None, True

    def refused_here(self) -> list[str]:
        """Sentences about the others' offers that play nowhere because this machine cannot play them."""
        refused = ((name, str(peer.edition.get("refused", ""))) for name, peer in self.peers.items())
        return [
            f"what {name} saved plays nowhere, since it cannot play here: {reason}"
            for name, request in refused
            if (reason := self._holds.get(request))
        ]

    def hold(self, wanted: Wanted, reason: str, now: float) -> None:
        """Report that a wanted edition is here, or the `reason` why it cannot play; if others play it, try again."""
        self._holds.pop(wanted.request, None)
        self._holds[wanted.request] = reason
        if reason and wanted.manifest is None:
            self._asked[wanted.request] = now + AGAIN_SECONDS
        for old in list(self._holds)[:-MAX_HELD]:
            del self._holds[old]
            self._asked.pop(old, None)
        self.has_changed = True

    def answers(self, now: float) -> dict[str, str | None]:
        """Each present machine's answer to this machine's offer: empty if it can play the edition, a reason if it
        cannot, None if it has not answered."""
        assert self._offer is not None, "offering an edition to the other machines"
        edition, answers = self._offer.manifest.id, dict[str, str | None]()
        for name, peer in self.peers.items():
            if peer.plays(now) and peer.plays_along:
                said = peer.edition
                holds = said.get("holds")
                answer = holds.get(self._offer.request) if isinstance(holds, Mapping) else None
                answers[name] = "" if said.get("id") == edition else answer if isinstance(answer, str) else None
        return answers

    def waited(self, now: float) -> float:
        """Seconds since this machine made its offer."""
        return now - self._offer.since if self._offer else 0.0

    def agree(self, frame_number: int) -> None:
        """Let this machine's offer, which all hold, take over at a frame."""
        assert self._offer is not None, "offering an edition to the other machines"
        self._offer.agreed, self.has_changed = frame_number, True
        edition = self._offer.manifest.id
        self._agreed[edition] = Agreed(edition, frame_number, self.machine)

    def look(self, now: float) -> list[Wanted]:
        """The editions that this machine lacks, from the others' reports since the last call."""
        wanted = []
        for name, peer in self.peers.items():
            if self._seen.get(name) is not peer.status and peer.plays_along:
                self._seen[name] = peer.status
                wanted += self._wanted_from(name, peer, now)
        return wanted

    def agreed(self) -> list[Agreed]:
        """The editions that are to take over, the earliest first."""
        stamp = self.playing.stamp
        self._agreed = {name: one for name, one in self._agreed.items() if (one.frame, one.machine) > stamp}
        return sorted(self._agreed.values(), key=lambda one: (one.frame, one.machine))

    def took(self, agreed: Agreed) -> None:
        """Record that an edition has taken over."""
        self.playing, self.refused = EditionPlaying(agreed.frame, agreed.machine, agreed.id), ""
        self._agreed.pop(agreed.id, None)
        if self._offer is not None and self._offer.manifest.id == agreed.id:
            self._offer = None
        self.has_changed = True

    def give_up(self, edition: str) -> None:
        """Drop an agreed edition that cannot take over on this machine."""
        self._agreed.pop(edition, None)
        if self._offer is not None and self._offer.manifest.id == edition:
            self.withdraw()

    def follow_older_house(self) -> None:
        """Accept the edition of machines that have played for longer."""
        self.playing = EditionPlaying(-2, "", self.playing.id)

    def as_json(self) -> dict[str, Any]:
        """This machine's part of the state that it sends to the others."""
        self.has_changed = False
        said: dict[str, Any] = {**self.playing._asdict(), "holds": dict(self._holds), "refused": self.refused}
        if self._offer is not None:
            offer = self._offer
            said["offer"] = {
                "files": offer.manifest.as_json(),
                "request": offer.request,
                "agreed": offer.agreed,
            }
        return said

    def _wanted_from(self, name: str, peer: PeerMachine, now: float) -> list[Wanted]:
        said = peer.edition
        wanted = []
        offer = said.get("offer")
        if isinstance(offer, Mapping):
            try:
                manifest = Manifest.read(offer.get("files"))
            except ValueError as error:
                log.error("machine '%s' offers an edition that cannot be read: %s", name, error)
                return []
            wanted += self._want(Wanted(manifest.id, name, str(offer.get("request")), manifest), now)
            if isinstance(agreed := offer.get("agreed"), int) and manifest.id != self.playing.id:
                heard = Agreed(manifest.id, agreed, name)
                self._agreed[manifest.id] = min(self._agreed.get(manifest.id, heard), heard)
        playing = EditionPlaying.read(said)
        if playing is not None and playing.stamp > self.playing.stamp:
            if playing.id == self.playing.id:
                self.playing, self.has_changed = playing, True
            else:
                self._agreed[playing.id] = Agreed(playing.id, playing.frame, playing.machine)
                request = f"{playing.id} since {playing.frame} {playing.machine}"
                wanted += self._want(Wanted(playing.id, name, request, None), now)
        return wanted

    def _want(self, wanted: Wanted, now: float) -> list[Wanted]:
        if wanted.id == self.playing.id or self._asked.get(wanted.request, now) > now:
            return []
        self._asked[wanted.request] = float("inf")
        return [wanted]
