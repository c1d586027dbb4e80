"""The editions of one of several machines: it answers the others' questions about them, and fetches those it lacks."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

from installation.editions.edition import Check, Edition, EditionStamp
from installation.editions.shared_files import SharedFiles
from installation.errors import DeviceError, InstallationError
from installation.fleet.edition_exchange import EditionExchange
from installation.fleet.edition_files import (
    PIECE_BYTES,
    EditionPlaying,
    Manifest,
    SharedFile,
    fetched,
    piece_of,
    shared_file,
)
from installation.fleet.member import Joined, Member

MAX_KNOWN = 4
"""A machine keeps the files of the latest editions, for machines that join later."""


class HouseEditions:
    """The editions of this machine; the first is `edition`. Any thread may ask.

    Raises DeviceError if a file that an edition names cannot be read.
    """

    def __init__(self, member: Member, shared: SharedFiles, edition: Edition) -> None:
        self.member, self.shared = member, shared
        self._guard = threading.Lock()
        self._known: dict[str, tuple[Edition, Manifest]] = {}
        self._contents: dict[str, bytes | Path] = {}
        self.exchange = EditionExchange(member.name, member.peers, EditionPlaying(*edition.taken, self.add(edition).id))
        member.editions = self

    def add(self, edition: Edition) -> Manifest:
        """Add an edition to those of this machine, and return its manifest."""
        texts, media = self.shared.texts_of(edition), self.shared.media_of(edition)
        found = tuple(SharedFile(place, self.shared.digest_of(file), _size(file)) for place, file in media.items())
        manifest = Manifest(edition.score.atlas, tuple(shared_file(*one) for one in texts.items()), found)
        with self._guard:
            self._known.pop(manifest.id, None)
            self._known[manifest.id] = edition, manifest
            while len(self._known) > MAX_KNOWN:
                del self._known[next(iter(self._known))]
            self._contents |= {hashlib.sha256(text).hexdigest(): text for text in texts.values()}
            self._contents |= {file.sha256: media[file.place] for file in found}
            named = {file.sha256 for _, one in self._known.values() for file in (*one.texts, *one.media)}
            self._contents = {sha256: held for sha256, held in self._contents.items() if sha256 in named}
        return manifest

    def described(self, edition: Edition) -> tuple[Edition, Manifest]:
        """An edition that was read from this machine's own files, with the manifest that describes it to the others."""
        return edition, self.add(edition)

    def edition(self, name: str) -> Edition | None:
        with self._guard:
            found = self._known.get(name)
        return found[0] if found else None

    def playing(self) -> EditionPlaying:
        """See EditionSource."""
        return self.exchange.playing

    def manifest(self, edition: str) -> Manifest | None:
        """See EditionSource."""
        with self._guard:
            found = self._known.get(edition)
        return found[1] if found else None

    def piece(self, sha256: str, offset: int) -> bytes:
        """See EditionSource."""
        with self._guard:
            held = self._contents.get(sha256)
        if held is None:
            raise ValueError("no edition on this machine has such a file")
        if isinstance(held, bytes):
            return piece_of(held, offset)
        with held.open("rb") as file:
            file.seek(offset)
            return file.read(PIECE_BYTES)

    def brought(
        self, edition: str, machine: str, manifest: Manifest | None, taken: EditionStamp, check: Check | None = None
    ) -> Edition:
        """Fetch an edition from the machine that has it, and read it.

        Raises InstallationError for a mistake in the edition, and DeviceError for a failed transfer.
        """
        member, shared = self.member, self.shared
        manifest = manifest or member.manifest_of(edition, machine)

        def ask(question: str, data: bytes) -> bytes | None:
            return member.ask(machine, question, data)

        lacking = set(shared.lacking({file.place: file.sha256 for file in manifest.media}))
        media = fetched((file for file in manifest.media if file.place in lacking), ask)
        try:
            found = shared.read(fetched(manifest.texts, ask), media, taken, check)
        except InstallationError:
            if shared.atlas in ("", manifest.atlas):
                raise
            found = None  # of another atlas neurons may well be missing
        if found is None or found.score.atlas != manifest.atlas:
            folders = " and ".join(map(str, shared.atlas_folders))
            raise DeviceError(f"it has another atlas than {machine}: copy {machine}'s to {folders}")
        return found

    def joined(self, joined: Joined) -> Edition | None:
        """The edition that the machines play which began before this one; None if this machine plays its own.

        Raises the error if that edition cannot play here.
        """
        playing = joined.state.edition
        if playing is None or playing.id == self.exchange.playing.id or playing.stamp < self.exchange.playing.stamp:
            return None
        taken = EditionStamp(playing.frame, playing.machine)
        edition = self.brought(playing.id, joined.machine, None, taken)
        self.shared.take(edition, time.time())
        self.exchange.playing = playing
        self.add(edition)
        return edition


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise DeviceError(f"{file}: {error.strerror}") from None
