"""Fonts: the shipped font, an artist's own files, and the families that are installed on the machine."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from installation import FONTS
from installation.errors import MediaError
from installation.files import Stamp, read_regular, stamp_of

logging.getLogger("fontTools").setLevel(logging.CRITICAL)  # a damaged font gets one sentence, not a line for each name

SHIPPED = FONTS / "Inter.ttf"
SHIPPED_FAMILY = "Inter"
SHIPPED_LICENCE = FONTS / "OFL.txt"
"""It goes where the font goes."""

FONTS_BESIDE = "fonts"
"""A folder beside a score with fonts that it names by their family."""

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2")
MAX_BYTES = 2**27
REGULAR = 400


@dataclass(frozen=True, slots=True)
class FontFacts:
    """The facts that a score needs about a font: the sha256 of its file, its family, its letters (code points), and its
    lightest and heaviest weight, which are equal for a font that is not variable."""

    digest: str
    family: str
    letters: frozenset[int]
    weights: tuple[float, float]

    @property
    def is_variable(self) -> bool:
        return self.weights[0] < self.weights[1]


def font_facts(path: Path) -> FontFacts:
    """The facts of a font. They are cached until somebody saves the file. Raises MediaError."""
    return _facts(path, stamp_of(path))


@lru_cache(maxsize=256)
def _facts(path: Path, _stamp: Stamp | None) -> FontFacts:
    try:
        content = read_regular(path, MAX_BYTES)
        digest = hashlib.sha256(content).hexdigest()
        with TTFont(io.BytesIO(content), fontNumber=0, lazy=True) as font:
            letters = frozenset(font.getBestCmap() or ())
            return FontFacts(digest, _family(font), letters, _weights(font))
    except OSError as error:
        raise MediaError(f"font {path.name!r} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # a foreign file may make the library fail in any way
        raise MediaError(f"{path.name!r} is not a font that can be read: {error}") from None


def _family(font: Any) -> str:
    names = font["name"]
    return str(names.getDebugName(16) or names.getDebugName(1) or "")


def _weights(font: Any) -> tuple[float, float]:
    for axis in font["fvar"].axes if "fvar" in font else ():
        if axis.axisTag == "wght":
            return float(axis.minValue), float(axis.maxValue)
    own = float(font["OS/2"].usWeightClass) if "OS/2" in font else REGULAR
    return own, own


def find_font(name: str, weight: int, home: Path) -> Path:
    """The file of a font: `name` is a path relative to `home`, or a family. Raises MediaError for an unknown family.

    Families lie in the folder `fonts` in `home`, come with the program, or are installed, in this order. Of several
    files it is the upright one with the nearest weight.
    """
    if name.lower().endswith(SUFFIXES):
        return home / name
    family, beside = name.casefold(), home / FONTS_BESIDE
    files = _families_in((beside,), _names_in(beside)).get(family)
    if not files and family == SHIPPED_FAMILY.casefold():
        return SHIPPED
    files = files or installed_families().get(family)
    if not files:
        raise MediaError(f"no font family {name!r} is installed here; a font file beside the score is always available")
    return min(files, key=lambda file: (abs(_nearest(font_facts(file).weights, weight) - weight), str(file)))


def _nearest(weights: tuple[float, float], weight: float) -> float:
    return min(max(weight, weights[0]), weights[1])


@lru_cache(maxsize=1)
def installed_families() -> dict[str, list[Path]]:
    """The installed upright fonts by their case-folded family. The machine is searched once."""
    return _families_in(tuple(_font_folders()), ())


@lru_cache(maxsize=16)
def _families_in(folders: tuple[Path, ...], _names: tuple[str, ...]) -> dict[str, list[Path]]:
    """The upright fonts in these folders and below by their case-folded family; searched again for other `_names`."""
    found: dict[str, list[Path]] = {}
    for path in _files_in(folders):
        try:
            with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
                style = str(font["name"].getDebugName(17) or font["name"].getDebugName(2) or "").lower()
                if "italic" not in style and "oblique" not in style:
                    found.setdefault(_family(font).casefold(), []).append(path)
        except Exception:
            continue
    return found


def _names_in(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(file.name for file in folder.iterdir()))
    except OSError:
        return ()


def _files_in(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                if name.lower().endswith(SUFFIXES):
                    yield Path(root) / name


def _font_folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    return [home / ".local/share/fonts", home / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]


def missing_letters(text: str, fonts: Iterable[FontFacts]) -> list[str]:
    """The visible letters of a text that none of the fonts has, each once, in order."""
    known = frozenset[int]().union(*(font.letters for font in fonts))
    return [one for one in dict.fromkeys(text) if ord(one) not in known and one.isprintable() and not one.isspace()]


def is_joined(letter: str) -> bool:
    """Whether a letter belongs to a script that joins its letters or runs from right to left: Hebrew to Arabic, and the
    scripts of India and further east. Text that is set letter by letter would break them apart."""
    return 0x0590 <= ord(letter) <= 0x109F or 0x1780 <= ord(letter) <= 0x18AF or 0xFB1D <= ord(letter) <= 0xFEFF
