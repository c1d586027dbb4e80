"""A replica: this machine's copy of the messages of all machines.

Each run of a machine is an origin that numbers its messages from 0. One number for each origin therefore says which
messages a machine lacks, and two machines that were disconnected exchange only the missing ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from installation.show.control import Message

Origin = str
"""A machine's name, a colon, and the time at which its player started: `attic:1796084139123`."""

Known = Mapping[Origin, int]
"""The number of messages of each origin that a machine has without a gap."""


class ReplicaEntry(NamedTuple):
    """One message, and its number within its origin."""

    origin: Origin
    number: int
    message: Message

    @property
    def machine(self) -> str:
        """The machine on which the message was made."""
        return self.origin.rpartition(":")[0]


class Replica:
    """The entries of one machine. It makes those of `origin` itself."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._entries: dict[tuple[Origin, int], ReplicaEntry] = {}
        self._whole: dict[Origin, int] = defaultdict(int)
        self._forgotten: dict[Origin, int] = defaultdict(int)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def known(self) -> dict[Origin, int]:
        return {origin: whole for origin, whole in self._whole.items() if whole}

    @property
    def entries(self) -> tuple[ReplicaEntry, ...]:
        """All entries that are not forgotten, ordered by origin and number."""
        return tuple(self._entries[key] for key in sorted(self._entries))

    def make(self, message: Message) -> ReplicaEntry:
        """Make and keep an entry of this machine."""
        entry = ReplicaEntry(self.origin, self._whole[self.origin], message)
        self.take([entry])
        return entry

    def take(self, entries: Iterable[ReplicaEntry]) -> list[Message]:
        """Add entries of any machine; returns the messages that are new here."""
        new = []
        for entry in entries:
            key = entry.origin, entry.number
            if entry.number < self._whole[entry.origin] or key in self._entries:
                continue
            self._entries[key] = entry
            new.append(entry.message)
            while (entry.origin, self._whole[entry.origin]) in self._entries:
                self._whole[entry.origin] += 1
        return new

    def lacks(self, known: Known) -> bool:
        """Whether a machine with `known` has entries that this one lacks."""
        return any(count > self._whole[origin] for origin, count in known.items())

    def can_tell(self, known: Known) -> bool:
        """Whether this replica still has all entries that a machine with `known` lacks; if not, send the state."""
        return all(known.get(origin, 0) >= count for origin, count in self._forgotten.items())

    def since(self, known: Known) -> list[ReplicaEntry]:
        """The entries that a machine with `known` lacks."""
        return [entry for entry in self.entries if entry.number >= known.get(entry.origin, 0)]

    def forget(self, frame_number: int) -> None:
        """Forget entries that are stamped before a frame: the state includes them."""
        for key, entry in list(self._entries.items()):
            if entry.message.frame < frame_number and entry.number < self._whole[entry.origin]:
                del self._entries[key]
                self._forgotten[entry.origin] = max(self._forgotten[entry.origin], entry.number + 1)

    def adopt(self, known: Known) -> None:
        """Count all entries of `known` as present: the adopted state includes them, even if they never arrive."""
        for origin, count in known.items():
            if count > self._whole[origin]:
                self._whole[origin] = count
                self._forgotten[origin] = count
