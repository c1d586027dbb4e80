"""The files of an edition, as machines name them to each other, and fetching them: in pieces, checked by digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple, Protocol

from installation.errors import DeviceError

PIECE_BYTES = 2**18
"""So that messages of the show pass between two pieces."""

TRIES = 5
"""For each piece: a network that loses one packet of a hundred brings it."""

MAX_FILE_BYTES = 2**26
"""A larger one is copied by hand: it would take the network from the show for a minute."""

MAX_FILES = 1000

_SHA256 = re.compile(r"[0-9a-f]{64}")


class EditionPlaying(NamedTuple):
    """An edition, and since when it is the house's: `frame` and `machine` say when it took over and where it was saved.

    Of two the later is the house's; frame -1 is that with which a show began.
    """

    frame: int
    machine: str
    id: str

    @property
    def stamp(self) -> tuple[int, str]:
        return self.frame, self.machine

    @classmethod
    def read(cls, said: object) -> EditionPlaying | None:
        """None for what is none."""
        if not isinstance(said, Mapping):
            return None
        frame, machine, edition = said.get("frame"), said.get("machine"), said.get("id")
        if isinstance(frame, int) and isinstance(machine, str) and isinstance(edition, str) and edition:
            return cls(frame, machine, edition)
        return None


Ask = Callable[[str, bytes], bytes | None]
"""Puts a question to the machine that has the files; None where no answer comes."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """One file. `place` says what it is to every machine: `score`, `rig`, `beside rig/masks/left.png`."""

    place: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an edition consists of. `texts` are read as a whole; `media` are what the score names, which may lie at any
    machine already; `atlas` is the digest of the atlas, which does not travel."""

    atlas: str
    texts: tuple[SharedFile, ...]
    media: tuple[SharedFile, ...] = ()

    @property
    def id(self) -> str:
        """Equal for editions that play the same."""
        said = [self.atlas, sorted((file.place, file.sha256) for file in (*self.texts, *self.media))]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        texts, media = ([asdict(file) for file in files] for files in (self.texts, self.media))
        return {"atlas": self.atlas, "texts": texts, "media": media}

    @classmethod
    def read(cls, said: object) -> Manifest:
        """Raises ValueError for what is none."""
        if not isinstance(said, Mapping):
            raise ValueError("this is not a manifest of an edition")  # noqa: TRY004 what came is wrong, not the type
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
    """What is in files of another machine, by place. Raises DeviceError where one does not come whole."""
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
    """What a machine tells the others about its editions, on any thread."""

    def playing(self) -> EditionPlaying: ...

    def manifest(self, edition: str) -> Manifest | None:
        """What an edition that this machine has consists of."""

    def piece(self, sha256: str, offset: int) -> bytes:
        """Raises ValueError where no file of an edition has this digest."""
