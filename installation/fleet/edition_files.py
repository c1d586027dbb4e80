"""The files of an edition: their common names, and fetching them from other machines in pieces, checked by digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple, Protocol

from installation.errors import DeviceError
from installation.files import WHOLE_BYTES

PIECE_BYTES = 2**18
"""Small enough for messages of the show to pass between two pieces."""

TRIES = 5
"""For each piece: enough for a network that loses one packet in a hundred."""

MAX_FILE_BYTES = WHOLE_BYTES
"""Larger files are copied by hand: they would block the network for the show for a minute, and their digest does not
cover all of them."""

MAX_FILES = 1000

_SHA256 = re.compile(r"[0-9a-f]{64}")


class EditionPlaying(NamedTuple):
    """The house's edition: `frame` and `machine` say when it took over and where it was saved.

    If there are two, the later one is the house's; a show begins with frame -1.
    """

    frame: int
    machine: str
    id: str

    @property
    def stamp(self) -> tuple[int, str]:
        return self.frame, self.machine

    @classmethod
    def read(cls, said: object) -> EditionPlaying | None:
        """Read an edition from JSON; None if it is not one."""
        if not isinstance(said, Mapping):
            return None
        frame, machine, edition = said.get("frame"), said.get("machine"), said.get("id")
        if isinstance(frame, int) and isinstance(machine, str) and isinstance(edition, str) and edition:
            return cls(frame, machine, edition)
        return None


Ask = Callable[[str, bytes], bytes | None]
"""Sends a question to the machine that has the files; returns None if it does not answer."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """One file. `place` is its name on every machine: `score`, `rig`, `beside rig/masks/left.png`."""

    place: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of an edition. `texts` are read as a whole; `media` are the files that the score names, which any
    machine may have already; `atlas` is the digest of the atlas, which is not transferred."""

    atlas: str
    texts: tuple[SharedFile, ...]
    media: tuple[SharedFile, ...] = ()

    @property
    def id(self) -> str:
        """An identifier, equal for editions with the same content."""
        said = [self.atlas, sorted((file.place, file.sha256) for file in (*self.texts, *self.media))]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        texts, media = ([asdict(file) for file in files] for files in (self.texts, self.media))
        return {"atlas": self.atlas, "texts": texts, "media": media}

    @classmethod
    def read(cls, said: object) -> Manifest:
        """Read a manifest from JSON; raises ValueError if it is not one."""
        if not isinstance(said, Mapping):
            raise ValueError("this is not a manifest of an edition")  # noqa: TRY004 the content is wrong, not the type
        return cls(str(said.get("atlas")), _files(said.get("texts")), _files(said.get("media")))


def _files(said: object) -> tuple[SharedFile, ...]:
    if not isinstance(said, list) or len(said) > MAX_FILES:
        raise ValueError("a manifest lacks its files")
    return tuple(map(_file, said))


def _file(said: object) -> SharedFile:
    try:
        place, sha256, size = (said[key] for key in ("place", "sha256", "size"))  # type: ignore[index]  # checked below
    except (TypeError, KeyError):
        raise ValueError(f"a file of a manifest: {said!r:.80}") from None
    parts = PurePosixPath(place).parts if isinstance(place, str) else ()
    if not parts or "\\" in place or "\0" in place or ".." in parts or parts[0] == "/":
        raise ValueError(f"{place!r:.80} is not a place of a file")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256) or not isinstance(size, int) or size < 0:
        raise ValueError(f"{place}: digest or size are wrong")
    return SharedFile(place, sha256, size)


def shared_file(place: str, content: bytes) -> SharedFile:
    return SharedFile(place, hashlib.sha256(content).hexdigest(), len(content))


def fetched(files: Iterable[SharedFile], ask: Ask) -> dict[str, bytes]:
    """The contents of another machine's files, by place. Raises DeviceError if one does not arrive whole."""
    return {file.place: _fetched(file, ask) for file in files}


def _fetched(file: SharedFile, ask: Ask) -> bytes:
    if file.size > MAX_FILE_BYTES:
        most = f"{file.size} bytes are more than the {MAX_FILE_BYTES} that travel"
        raise DeviceError(f"{file.place}: {most}; copy it to every machine, then save the score again")
    content = bytearray()
    while len(content) < file.size:
        question = f"{file.sha256} {len(content)}".encode()
        piece = next((one for _ in range(TRIES) if (one := ask("piece", question))), None)
        if piece is None:
            raise DeviceError(f"{file.place}: it has not come from the machine where it was saved; save it again")
        content += piece
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise DeviceError(f"{file.place}: it was damaged on its way; save it again")
    return bytes(content)


def piece_of(content: bytes, offset: int) -> bytes:
    return content[offset : offset + PIECE_BYTES]


class EditionSource(Protocol):
    """Answers the other machines' questions about this machine's editions, on any thread."""

    def playing(self) -> EditionPlaying: ...

    def manifest(self, edition: str) -> Manifest | None:
        """The files of an edition that this machine has; None if it does not have it."""

    def piece(self, sha256: str, offset: int) -> bytes:
        """A piece of a file; raises ValueError if no file of an edition has this digest."""
