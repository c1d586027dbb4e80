"""What networks see in an atlas's pictures: their classes, in `classes.json` beside it, to read without a network."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from installation.errors import AtlasError
from installation.files import read_regular, write_atomically
from installation.show.frame import Address

NAME = "classes.json"
"""The file's name in an atlas's folder."""

FORMAT = 1
MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Seen:
    """What `network` sees in the picture with the key `picture`: names of classes with their shares, the largest
    first."""

    picture: str
    network: str
    classes: tuple[tuple[str, float], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The classes, each by the first of its names, without signs."""
        return tuple(spoken(name) for name, _ in self.classes)


def spoken(label: str) -> str:
    """A class as people say it: `tench` of `tench, Tinca tinca`, `Blue Jay` of `Cyanocitta cristata (Blue Jay)`."""
    latin, _, common = label.partition(" (")
    return (
        common.removesuffix(")") if common.endswith(")") else latin.split(",")[0].replace("_", " ").replace("/", ", ")
    )


def read_classes(folder: Path, pictures: Mapping[Address, str]) -> dict[Address, Seen]:
    """What was seen in an atlas's pictures, whose keys are `pictures`; nothing about pictures that changed since.

    Raises AtlasError for a damaged file.
    """
    path = folder / NAME
    try:
        found = json.loads(read_regular(path, MAX_BYTES))
        if found["format"] > FORMAT:
            raise AtlasError(f"{path}: is of a newer format ({found['format']}; this program reads {FORMAT}); update "
                             "the program")  # fmt: skip
        seen = {str(address): _seen(told) for address, told in found["seen"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise AtlasError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AtlasError(
            f"{path}: damaged ({error}); delete it, and `installation atlas index` makes it anew"
        ) from error
    return {address: one for address, one in seen.items() if pictures.get(address) == one.picture}


def _seen(told: Mapping[str, object]) -> Seen:
    classes = told["classes"]
    if not isinstance(classes, list):
        raise TypeError("classes are a list")
    named = tuple((str(name), float(share)) for name, share in classes)
    if not all(math.isfinite(share) and 0 <= share <= 1 for _, share in named):
        raise ValueError("a share is outside 0..1")
    return Seen(str(told["picture"]), str(told["network"]), named)


def write_classes(folder: Path, seen: Mapping[Address, Seen]) -> Path:
    """Write what was seen. Raises DeviceError if writing fails."""
    lines = ",\n".join(f" {json.dumps(address)}: {_said(one)}" for address, one in sorted(seen.items()))
    path = folder / NAME
    write_atomically(path, f'{{"format": {FORMAT}, "seen": {{\n{lines}\n}}}}\n'.encode())
    return path


def _said(one: Seen) -> str:
    return json.dumps({"picture": one.picture, "network": one.network, "classes": one.classes}, ensure_ascii=False)
