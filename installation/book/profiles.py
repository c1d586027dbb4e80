"""Colour profiles (ICC.1:2022): built-in ones made from primaries, printers' profiles, and conversions to them.

The pictures are sRGB. LittleCMS converts them in 16 bits, through imagecodecs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError, ScoreError
from installation.files import read_regular

Floats = NDArray[np.float64]
Space = Literal["rgb", "cmyk"]
Intent = Literal["perceptual", "relative", "saturation", "absolute"]

INTENTS: dict[Intent, int] = {"perceptual": 0, "relative": 1, "saturation": 2, "absolute": 3}
MAX_PROFILE_BYTES = 64 * 2**20
VISIBLE = 3.0
"""The CIE 1976 colour difference beyond which people see a change side by side."""

D65, D50 = (0.3127, 0.3290), np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""Parametric curve of type 3 (ICC.1 10.18): IEC 61966-2-1."""

ADOBE_CURVE = (563 / 256,)
"""Adobe RGB (1998) 4.3.1.2."""

MADE = {
    "srgb": ("sRGB", ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)), SRGB_CURVE),
    "adobe-rgb": ("Adobe RGB (1998) compatible", ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), ADOBE_CURVE),
    "display-p3": ("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), SRGB_CURVE),
}
"""Name on the command line -> description, primaries (x, y), curve; all with the white D65."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An ICC profile to which a print is converted; `name` is as requested."""

    name: str
    icc: bytes
    space: Space

    @property
    def channels(self) -> int:
        return 3 if self.space == "rgb" else 4

    @property
    def white(self) -> NDArray[np.uint16]:
        """Bare paper."""
        return np.full(3, 65535, np.uint16) if self.space == "rgb" else np.zeros(4, np.uint16)

    @property
    def ink(self) -> NDArray[np.uint16]:
        """The colour of crop marks."""
        return np.zeros(3, np.uint16) if self.space == "rgb" else np.array([0, 0, 0, 65535], np.uint16)


def profile(word: str) -> Profile:
    """A profile by name, or from a printer's file. Raises ScoreError for an invalid one, or one not for RGB or CMYK."""
    if word in MADE:
        return Profile(word, _made(word), "rgb")
    path = Path(word)
    try:
        icc = read_regular(path, MAX_PROFILE_BYTES)
    except OSError as error:
        names = ", ".join(MADE)
        raise ScoreError(f"--profile: {word}: {error.strerror}; name an ICC file, or one of {names}") from error
    if icc[36:40] != b"acsp" or struct.unpack(">I", icc[:4])[0] != len(icc):
        raise ScoreError(
            f"--profile: {path} is not an ICC profile, or is cut short; ask the printer for the file again"
        )
    space = icc[16:20]
    if space not in (b"RGB ", b"CMYK"):
        raise ScoreError(f"--profile: {path} is for {space.decode('latin-1').strip()}; a print is RGB or CMYK")
    found = Profile(path.name, icc, "rgb" if space == b"RGB " else "cmyk")
    try:
        Conversion(found).values(np.zeros((1, 1, 3), np.uint16))
    except DeviceError as error:
        raise ScoreError(f"--profile: {path}: LittleCMS cannot convert pictures to it ({error})") from error
    return found


class Conversion:
    """From the pictures' sRGB to a profile."""

    def __init__(self, target: Profile, intent: Intent = "relative") -> None:
        self.target, self.intent = target, intent
        self._is_same = target.name == "srgb"

    def pixels(self, display: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Display-encoded sRGB 0..1 (rows, width, 3) as the profile's values (rows, width, channels), 16 bits each."""
        return self.values(np.rint(display.clip(0, 1) * np.float32(65535)).astype(np.uint16))

    def values(self, srgb: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Convert sRGB in 16 bits to the profile's values."""
        return srgb if self._is_same else self._transformed(srgb, MADE_SRGB, self.target)

    def proof(self, srgb: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """A soft proof: the printed appearance of sRGB colours, as sRGB."""
        return srgb if self._is_same else self._transformed(self.values(srgb), self.target, MADE_SRGB)

    def _transformed(self, pixels: NDArray[np.uint16], source: Profile, target: Profile) -> NDArray[np.uint16]:
        codecs = _littlecms()
        try:
            found: NDArray[np.uint16] = codecs.cms_transform(
                np.ascontiguousarray(pixels),
                source.icc,
                target.icc,
                colorspace=source.space,
                outcolorspace=target.space,
                outdtype="uint16",
                intent=INTENTS[self.intent],
            )
        except (ValueError, RuntimeError) as error:
            raise DeviceError(str(error)) from error
        return found


@dataclass(frozen=True, slots=True)
class GamutReport:
    """The part of a picture that a profile cannot print: the `share` whose colours change visibly, and the `worst`
    change in CIE 1976 colour differences."""

    share: float
    worst: float


def gamut_report(conversion: Conversion, srgb: NDArray[np.uint16]) -> GamutReport:
    """Compare the pixels (rows, width, 3) of a picture, or of a sample of it, with their soft proof."""
    away = np.linalg.norm(_lab(conversion.proof(srgb)) - _lab(srgb), axis=-1)
    return GamutReport(float((away > VISIBLE).mean()), float(away.max(initial=0.0)))


def _lab(srgb: NDArray[np.uint16]) -> Floats:
    display = srgb / 65535
    light = np.where(display > 0.04045, ((display + 0.055) / 1.055) ** 2.4, display / 12.92)
    ratios = light @ _to_xyz(MADE["srgb"][1]).T / D50
    root = np.where(ratios > (6 / 29) ** 3, np.cbrt(ratios), ratios * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> Floats:
    """The matrix from linear RGB with the white D65 to XYZ of the profile connection space, whose white is D50."""
    colours = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([D65[0] / D65[1], 1.0, (1 - D65[0] - D65[1]) / D65[1]])
    scaled = colours * np.linalg.solve(colours, white)
    cones = (BRADFORD @ D50) / (BRADFORD @ white)
    found: Floats = np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD @ scaled
    return found


@cache
def _made(word: str) -> bytes:
    """A display profile of three primaries and a curve, version 4.3; the same bytes every time."""
    description, primaries, curve = MADE[word]
    columns = _to_xyz(primaries).T
    kind = struct.pack(">4sIHH", b"para", 0, 3 if len(curve) > 1 else 0, 0)
    curve_tag = kind + b"".join(map(_fixed, curve))
    tags = {
        b"desc": _text(description),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(D50),
        b"chad": struct.pack(">4sI", b"sf32", 0) + b"".join(map(_fixed, _adaptation().ravel())),
        b"rXYZ": _xyz(columns[0]),
        b"gXYZ": _xyz(columns[1]),
        b"bXYZ": _xyz(columns[2]),
        b"rTRC": curve_tag,
        b"gTRC": curve_tag,
        b"bTRC": curve_tag,
    }
    table, data, begin = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, begin + len(data), len(content))
        data += content + b"\0" * (-len(content) % 4)
    head = struct.pack(
        ">I4xI4s4s4s6H4s4xI4s4xQI3i",
        *(begin + len(data), 0x04300000, b"mntr", b"RGB ", b"XYZ ", 2024, 1, 1, 0, 0, 0),
        *(b"acsp", 0, b"\0\0\0\0", 0, 0, *(round(value * 65536) for value in D50)),
    )
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def _adaptation() -> Floats:
    white = np.array([D65[0] / D65[1], 1.0, (1 - D65[0] - D65[1]) / D65[1]])
    cones = (BRADFORD @ D50) / (BRADFORD @ white)
    found: Floats = np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD
    return found


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: Floats) -> bytes:
    return struct.pack(">4sI", b"XYZ ", 0) + b"".join(map(_fixed, values))


def _text(words: str) -> bytes:
    encoded = words.encode("utf-16-be")
    return struct.pack(">4sIII2s2sII", b"mluc", 0, 1, 12, b"en", b"US", len(encoded), 28) + encoded


MADE_SRGB = Profile("srgb", _made("srgb"), "rgb")


def _littlecms() -> ModuleType:
    try:
        import imagecodecs
    except ImportError as error:
        raise DeviceError("LittleCMS is missing, which converts colours: pip install 'installation[book]'") from error
    return imagecodecs
