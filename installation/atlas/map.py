"""The map of an atlas: every neuron in a cell of a grid, similar ones side by side, or one layer after the other.

Similar neurons have near places in `map.json` beside the atlas, written by `installation atlas index`. Processors round
differently, so each machine that worked out the places for itself might play another map; a stored one is the same
everywhere. The grid is made of the places by comparing numbers only, for any number of columns. This module does not
import torch or numpy, because checking a score needs it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from installation.atlas import MAP_NAME
from installation.atlas.format import Neuron
from installation.atlas.layer_order import in_layer_order
from installation.errors import AtlasError, ScoreError
from installation.files import read_regular, write_atomically

Place = tuple[float, float]
By = Literal["likeness", "layer"]
ORDERS: tuple[By, ...] = get_args(By)

FORMAT = 1
MAX_BYTES = 16 * 2**20
"""Enough for a hundred thousand neurons."""


@dataclass(frozen=True, slots=True)
class StoredMap:
    """The place of each neuron on a plane, by address; `pictures` identifies the pictures that were compared."""

    places: Mapping[str, Place]
    pictures: str


def write_map(folder: Path, found: StoredMap) -> Path:
    """Write an atlas's map. Raises DeviceError if writing fails."""
    lines = ",\n".join(f"  {json.dumps(address)}: {json.dumps(place)}" for address, place in found.places.items())
    text = f'{{"format": {FORMAT}, "pictures": {json.dumps(found.pictures)}, "places": {{\n{lines}\n}}}}\n'
    path = folder / MAP_NAME
    write_atomically(path, text.encode())
    return path


def read_map(folder: Path) -> StoredMap | None:
    """An atlas's map; None if it has none. Raises AtlasError for a damaged file."""
    path = folder / MAP_NAME
    try:
        found = json.loads(read_regular(path, MAX_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AtlasError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, f"not JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("format"), int):
        raise _damaged(folder, "not a map of an atlas")
    if found["format"] > FORMAT:
        raise AtlasError(f"{path}: a map of a newer format ({found['format']}; this program reads {FORMAT}); update "
                         "the program")  # fmt: skip
    places, pictures = found.get("places"), found.get("pictures")
    if not isinstance(places, dict) or not isinstance(pictures, str) or not all(map(_is_place, places.values())):
        raise _damaged(folder, "a place is not two numbers")
    return StoredMap({address: (float(x), float(y)) for address, (x, y) in places.items()}, pictures)


def _damaged(folder: Path, why: str) -> AtlasError:
    return AtlasError(f"{folder / MAP_NAME}: damaged ({why}); {_way_out(folder)}")


def _way_out(folder: Path) -> str:
    return f"`installation atlas index --atlas {folder}` makes it anew"


def _is_place(found: object) -> bool:
    return (
        isinstance(found, list)
        and len(found) == 2
        and all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in found)
    )


def neurons_on_map(folder: Path, neurons: Sequence[Neuron], by: str, columns: int | None) -> tuple[Neuron, ...]:
    """`neurons` of the atlas in `folder`, row by row, in the order of its map; as square as possible without `columns`.

    Raises ScoreError for an unknown order, or if the atlas has no map of these neurons; AtlasError for a damaged map.
    """
    if by == "layer":
        return tuple(neurons[number] for number in in_layer_order(neurons))
    if by != "likeness":
        raise ScoreError(f"map {by!r} is none of {', '.join(ORDERS)}")
    stored = read_map(folder)
    if stored is None:
        raise ScoreError(f"the atlas {folder} has no map yet; {_way_out(folder).replace('makes it anew', 'makes one')}")
    lacking = [one.name for one in neurons if one.address not in stored.places]
    if lacking:
        several = f"{len(lacking)} of its neurons, such as {lacking[0]!r}" if len(lacking) > 1 else repr(lacking[0])
        raise ScoreError(f"the map of the atlas {folder} lacks {several}; {_way_out(folder)}")
    places = [stored.places[one.address] for one in neurons]
    return tuple(neurons[number] for number in on_grid(places, columns or math.ceil(math.sqrt(len(places)))))


def on_grid(places: Sequence[Place], columns: int) -> list[int]:
    """Indices of places in the order of a grid's cells, row by row; the last row may be short.

    It halves the plane again and again: the left places fill the left half of the grid.
    """
    count = len(places)
    rows = -(-count // columns)
    cells: dict[tuple[int, int], int] = {}

    def cells_in(left: int, top: int, right: int, bottom: int) -> int:
        full = (right - left) * (min(bottom, rows - 1) - top)
        last = max(0, min(right, count - (rows - 1) * columns) - left) if bottom == rows else 0
        return full + last

    def fill(numbers: list[int], left: int, top: int, right: int, bottom: int) -> None:
        if not numbers:
            return
        if right - left == bottom - top == 1:
            cells[top, left] = numbers[0]
        elif right - left >= bottom - top:
            middle = (left + right) // 2
            first, rest = _split(numbers, lambda number: places[number][0], cells_in(left, top, middle, bottom))
            fill(first, left, top, middle, bottom)
            fill(rest, middle, top, right, bottom)
        else:
            middle = (top + bottom) // 2
            first, rest = _split(numbers, lambda number: places[number][1], cells_in(left, top, right, middle))
            fill(first, left, top, right, middle)
            fill(rest, left, middle, right, bottom)

    fill(list(range(count)), 0, 0, columns, rows)
    return [cells[place] for place in sorted(cells)]


def _split(numbers: list[int], place: Callable[[int], float], count: int) -> tuple[list[int], list[int]]:
    """The `count` numbers with the least places, and the others; of equal places the first number comes first."""
    ordered = sorted(numbers, key=lambda number: (place(number), number))
    return ordered[:count], ordered[count:]
