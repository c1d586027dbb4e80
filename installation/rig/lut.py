"""A colour lookup table of a head, read from a .cube file: a curve for each channel (1D), or colours in a cube (3D)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from installation.errors import RigError
from installation.files import read_regular

SIZES = {1: (2, 16_384), 3: (2, 129)}
"""Entries along each axis. 16,384 is the widest texture; the finest cubes in use have 129 and take 26 MB."""

MAX_BYTES = 128 * 2**20
"""A cube of 129 entries along each axis, with ten digits each, has some 75 MB."""

RANGE = (-0.5, 2.0)
"""The range of a table's numbers: the panel clips values outside 0..1, but tables overshoot a little."""

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lut:
    """Signal in, signal out. `table` holds `size` ** `dimensions` triples of float32, red changing fastest.

    `low` and `high` are the signals, for red, green and blue, at the first and at the last entry.
    """

    dimensions: Literal[1, 3]
    size: int
    table: bytes
    low: Vector = (0.0, 0.0, 0.0)
    high: Vector = (1.0, 1.0, 1.0)

    @property
    def reached(self) -> float:
        """The smallest share, 0..1, of an axis of the table that signals of 0 to 1 reach."""
        return min(
            (min(high, 1.0) - max(low, 0.0)) / (high - low) for low, high in zip(self.low, self.high, strict=True)
        )


def read_cube(path: Path) -> Lut:
    """Read a .cube file (Adobe, Cube LUT Specification 1.0); raises RigError that names the line and the mistake."""
    return _Cube(path).read()


class _Cube:
    """The reader of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dimensions: Literal[1, 3] | None = None
        self.size = 0
        self.low: Vector = (0.0, 0.0, 0.0)
        self.high: Vector = (1.0, 1.0, 1.0)
        self.rows: list[Vector] = []

    def read(self) -> Lut:
        last = 1
        lines = self._text().splitlines()
        for number, line in enumerate(lines, start=1):
            words = (line if line.startswith("TITLE") else line.partition("#")[0]).split()
            if not words:
                continue
            last = number
            if words[0][0].isalpha():
                self._keyword(number, words)
            elif not self.rows and (table := self._whole(lines[number - 1 :])) is not None:
                return Lut(self.dimensions or 3, self.size, table, self.low, self.high)
            else:
                self._row(number, words)
        if self.dimensions is None:
            raise self._error(last, "there is no LUT_1D_SIZE and no LUT_3D_SIZE; is this a .cube file?")
        wanted = self.size**self.dimensions
        if len(self.rows) != wanted:
            size = f"LUT_{self.dimensions}D_SIZE {self.size}"
            raise self._error(
                last, f"{len(self.rows)} rows of numbers, but {size} takes {wanted}; export the file again"
            )
        if any(low >= high for low, high in zip(self.low, self.high, strict=True)):
            raise self._error(
                1, f"the domain {self.low} to {self.high} is empty: each minimum must lie below its maximum"
            )
        return Lut(self.dimensions, self.size, np.array(self.rows, np.float32).tobytes(), self.low, self.high)

    def _whole(self, lines: list[str]) -> bytes | None:
        """The table, if all remaining lines belong to it and are right: four times as fast as line by line."""
        if self.dimensions is None or any(low >= high for low, high in zip(self.low, self.high, strict=True)):
            return None
        try:
            rows = np.loadtxt(lines, np.float64, ndmin=2)
        except ValueError:
            return None  # a keyword, or a mistake to report with its line
        inside = (rows >= RANGE[0]) & (rows <= RANGE[1])  # False for NaN
        is_whole = rows.shape == (self.size**self.dimensions, 3) and bool(inside.all())
        return rows.astype(np.float32).tobytes() if is_whole else None

    def _text(self) -> str:
        try:
            return read_regular(self.path, MAX_BYTES).decode("utf-8-sig", errors="replace")
        except OSError as error:
            raise RigError(f"{self.path}: {error.strerror}; paths are relative to the rig's folder") from None

    def _keyword(self, number: int, words: list[str]) -> None:
        name, *values = words
        match name:
            case "TITLE":
                return
            case "LUT_1D_SIZE" | "LUT_3D_SIZE":
                self._size(number, name, values)
            case "DOMAIN_MIN":
                self.low = self._vector(number, values)
            case "DOMAIN_MAX":
                self.high = self._vector(number, values)
            case "LUT_1D_INPUT_RANGE" | "LUT_3D_INPUT_RANGE" if len(values) == 2:
                low, high = (self._figure(number, value) for value in values)
                self.low, self.high = (low, low, low), (high, high, high)
            case "LUT_IN_VIDEO_RANGE" | "LUT_OUT_VIDEO_RANGE":
                raise self._error(
                    number,
                    f"{name}: this table is for video range; a display needs full range: export it again for that",
                )
            case _:
                raise self._error(number, f"{name[:40]!r} is not a keyword of a .cube file; is this a .cube file?")

    def _size(self, number: int, name: str, values: list[str]) -> None:
        if self.dimensions is not None:
            raise self._error(number, f"a second size, {name}: a file holds one table; export a plain 3D one")
        self.dimensions = 3 if name == "LUT_3D_SIZE" else 1
        low, high = SIZES[self.dimensions]
        text = values[0] if len(values) == 1 else ""
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:  # int() takes 4,300 digits at most
            raise self._error(number, f"{name} {' '.join(values)[:40]}: the size is a whole number in {low}..{high}")
        self.size = int(text)

    def _row(self, number: int, words: list[str]) -> None:
        if self.dimensions is None:
            raise self._error(number, "there are numbers before LUT_1D_SIZE or LUT_3D_SIZE; is this a .cube file?")
        if len(self.rows) == self.size**self.dimensions:
            size = f"LUT_{self.dimensions}D_SIZE {self.size}"
            raise self._error(number, f"one row of numbers too many: {size} takes {len(self.rows)}")
        row = self._vector(number, words)
        for value in row:
            if not RANGE[0] <= value <= RANGE[1]:
                raise self._error(number, f"{value:g} is outside {RANGE[0]:g}..{RANGE[1]:g}; signals are 0 to 1")
        self.rows.append(row)

    def _vector(self, number: int, values: list[str]) -> Vector:
        if len(values) != 3:
            raise self._error(number, f"{len(values)} numbers; red, green and blue make three")
        red, green, blue = (self._figure(number, value) for value in values)
        return red, green, blue

    def _figure(self, number: int, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise self._error(number, f"{text[:40]!r} is not a number") from None
        if not math.isfinite(value):
            raise self._error(number, f"{text} is not a number that a computer can hold")
        return value

    def _error(self, number: int, what: str) -> RigError:
        return RigError(f"{self.path}:{number}: {what}")
