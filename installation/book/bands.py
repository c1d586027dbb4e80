"""The finished bands of a print, on disk, so that a killed print resumes."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

from installation import systems
from installation.errors import DeviceError
from installation.files import write_atomically
from installation.owner import Owner

WAY_OUT = "make room and give the same command again: it goes on where it was"


class BandStore(Owner):
    """Keeps the bands of the print `out` in a folder beside it until the print is complete.

    `job` identifies the print; the store deletes bands of another job. Raises DeviceError if another process draws the
    same print, or if writing fails.
    """

    def __init__(self, out: Path, job: str) -> None:
        self._out = out
        self._folder = out.with_name(f".{out.name}.work")
        with ExitStack() as cleanup:
            try:
                out.parent.mkdir(parents=True, exist_ok=True)
                self._folder.mkdir(exist_ok=True)
                lock = cleanup.enter_context((self._folder / "lock").open("ab"))
                try:
                    systems.lock(lock)
                except BlockingIOError:
                    raise DeviceError(
                        f"{out}: another command draws this print; wait for it, or choose another name"
                    ) from None
                self._begin(job)
            except OSError as error:
                raise DeviceError(f"{out}: cannot be written: {error.strerror}") from error
            self._cleanup = cleanup.pop_all()

    def _begin(self, job: str) -> None:
        note = self._folder / "job.json"
        with suppress(OSError, ValueError):
            if json.loads(note.read_bytes()) == {"job": job}:
                return
        for band in self._folder.glob("*.band"):
            band.unlink()
        write_atomically(note, json.dumps({"job": job}).encode())

    def read(self, number: int) -> list[bytes] | None:
        """The pieces of a band; None if it is not drawn yet, or is damaged."""
        try:
            head, _, body = self._path(number).read_bytes().partition(b"\n")
            told = json.loads(head)
            if zlib.crc32(body) != told["check"]:
                return None
            begins = [sum(told["sizes"][:index]) for index in range(len(told["sizes"]) + 1)]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return [body[begin:end] for begin, end in pairwise(begins)]

    def write(self, number: int, pieces: Sequence[bytes]) -> None:
        """Store a band. Raises DeviceError if writing fails."""
        body = b"".join(pieces)
        head = json.dumps({"sizes": [len(piece) for piece in pieces], "check": zlib.crc32(body)})
        try:
            write_atomically(self._path(number), head.encode() + b"\n" + body)
        except DeviceError as error:
            why = error.__cause__.strerror if isinstance(error.__cause__, OSError) else error
            raise DeviceError(f"{self._out}: cannot be drawn further: {why}; {WAY_OUT}") from error

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.band"

    def remove(self) -> None:
        """Delete all bands, once the print is complete."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        self._cleanup.close()
