"""A replica: the messages of every machine, as far as this one has them, and what it lacks.

Each run of a machine is an origin that counts its messages from 0. So one number for each origin says what somebody
lacks, and two machines that were cut apart exchange just that when they meet again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from installation.show.control import Message

Origin = str
"""A machine's name, a colon, and the time at which its player started: `attic:1796084139123`."""

Known = Mapping[Origin, int]
"""How many messages of each origin somebody has without a gap."""


class ReplicaEntry(NamedTuple):
    """One message, and its number among those of its origin."""

    origin: Origin
    number: int
    message: Message

    @property
    def machine(self) -> str:
        """Where it was said."""
        return self.origin.rpartition(":")[0]


class Replica:
    """The entries that one machine has. It makes those of `origin` itself."""

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
        """All that is not forgotten, in the order of origins and numbers."""
        return tuple(self._entries[key] for key in sorted(self._entries))

    def make(self, message: Message) -> ReplicaEntry:
        """An entry of this machine's own."""
        entry = ReplicaEntry(self.origin, self._whole[self.origin], message)
        self.take([entry])
        return entry

    def take(self, entries: Iterable[ReplicaEntry]) -> list[Message]:
        """Take in entries of any machine; gives the messages that are new here."""
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
        """Whether somebody who has this much has something that this machine does not."""
        return any(count > self._whole[origin] for origin, count in known.items())

    def can_tell(self, known: Known) -> bool:
        """Whether all that somebody with this much lacks is still here; else only the state as a whole helps."""
        return all(known.get(origin, 0) >= count for origin, count in self._forgotten.items())

    def since(self, known: Known) -> list[ReplicaEntry]:
        """What somebody lacks who has this much."""
        return [entry for entry in self.entries if entry.number >= known.get(entry.origin, 0)]

    def forget(self, frame_number: int) -> None:
        """Let go of what is stamped before a frame: the state has it."""
        for key, entry in list(self._entries.items()):
            if entry.message.frame < frame_number and entry.number < self._whole[entry.origin]:
                del self._entries[key]
                self._forgotten[entry.origin] = max(self._forgotten[entry.origin], entry.number + 1)

    def adopt(self, known: Known) -> None:
        """All that somebody had is in the state that was taken over from them, whether its entries come or not."""
        for origin, count in known.items():
            if count > self._whole[origin]:
                self._whole[origin] = count
                self._forgotten[origin] = count
