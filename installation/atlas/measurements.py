"""Numbers measured on this machine, kept between starts in the user's cache folder."""

from __future__ import annotations

import json
import logging
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from installation.errors import DeviceError
from installation.files import replacing

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """The folder for this user's caches: in XDG_CACHE_HOME or ~/.cache; an unusable path without a home."""
    try:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a service's user may have no home; then nothing is kept
        caches = Path(os.devnull)
    return caches / "installation"


@dataclass(frozen=True, slots=True)
class Measurements:
    """A file of named lists of numbers. A damaged file counts as empty, and the next write replaces it."""

    path: Path

    @classmethod
    def of_user(cls, name: str) -> Measurements:
        """The file with this name in the user's cache folder."""
        return cls(cache_folder() / f"{name}.json")

    def named(self, word: str) -> Measurements:
        """Another file, beside this one."""
        return Measurements(self.path.with_name(f"{self.path.stem}-{word}{self.path.suffix}"))

    def read(self) -> dict[str, list[float]]:
        """All entries; none if the file is missing or damaged."""
        try:
            found = json.loads(self.path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.info("%s is damaged; the player writes a new one: %s", self.path, error)
            return {}
        if isinstance(found, dict) and all(map(_is_numbers, found.values())):
            return found
        log.info("%s is damaged; the player writes a new one: it does not hold lists of numbers", self.path)
        return {}

    def write(self, entries: Mapping[str, Sequence[float]]) -> None:
        """Replace all entries. A failure only logs a warning: the next start measures again."""
        try:
            with replacing(self.path, make_folder=True) as file:
                file.write(json.dumps(dict(entries)).encode())
        except DeviceError as error:
            log.warning("the player cannot keep its measurements: %s", error)


def _is_numbers(values: object) -> bool:
    return (
        isinstance(values, list)
        and len(values) > 0
        and all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    )
