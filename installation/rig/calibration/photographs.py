"""Reads photographs of the patterns as light, from one folder for each head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from installation.errors import RigError
from installation.rig.calibration.structured_light import Light
from installation.rig.warps.damage import damage_told

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")

FORMATS = ("PNG", "JPEG", "TIFF")

MAX_PIXELS = 120_000_000
"""Pixels of one photograph: more than any camera has."""

MAX_SIDE_PX = 2400
"""Larger photographs are scaled down by a whole number: a series would fill the memory and add no information."""

MAX_PHOTOGRAPHS = 200

_LIGHT_OF = (((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LIGHT_OF[:11] = (np.arange(11) / 255 / 12.92).astype(np.float32)
"""The light, 0..1, of a value of sRGB, which cameras write."""


def light_of(picture: NDArray[np.uint8]) -> Light:
    """The light (height, width), 0..1, of a camera's grey or colour picture (height, width[, 3]), 0..255."""
    light: Light = _LIGHT_OF[picture]
    return light if light.ndim == 2 else light[..., :3].mean(axis=2)


def photographs_in(folder: Path, head: str) -> tuple[list[Light], int]:
    """The photographs in a head's folder, in the order of their names, and the factor by which they were scaled down.

    Numbers in names count as numbers. Raises RigError.
    """
    own = folder / head
    try:
        files = sorted(
            (file for file in own.iterdir() if file.suffix.lower() in SUFFIXES), key=lambda one: _in_order(one.name)
        )
    except OSError as error:
        raise RigError(
            f"{own}: {error.strerror}; put the photographs of head {head!r} into this folder, in their order"
        ) from None
    if not files:
        raise RigError(f"{own}: there is no photograph in it; {', '.join(SUFFIXES)} are read")
    if len(files) > MAX_PHOTOGRAPHS:
        raise RigError(f"{own}: {len(files)} photographs; a series has fewer than {MAX_PHOTOGRAPHS}")
    step, found = 1, []
    for number, file in enumerate(files):
        picture = _read(file)
        if number == 0:
            step = -(-max(picture.shape) // MAX_SIDE_PX)
        found.append(shrunk(light_of(picture), step))
    return found, step


def shrunk(light: Light, step: int) -> Light:
    """A photograph with `step` times fewer pixels along each side; each is the mean of a block."""
    if step == 1:
        return light
    rows, columns = (length // step for length in light.shape)
    found: Light = light[: rows * step, : columns * step].reshape(rows, step, columns, step).mean(axis=(1, 3))
    return found


def require_same_view(of_heads: Sequence[tuple[str, Light]]) -> None:
    """Refuse photographs of several sizes: one fixed camera must photograph all heads."""
    for head, light in of_heads[1:]:
        if light.shape != of_heads[0][1].shape:
            sizes = ["{1}x{0}".format(*one.shape) for one in (light, of_heads[0][1])]
            raise RigError(
                f"the photographs of {head} have {sizes[0]} pixels and those of {of_heads[0][0]} have {sizes[1]}; take "
                "all with one camera from one place, without turning it between heads"
            )


def _read(file: Path) -> NDArray[np.uint8]:
    with damage_told(str(file), "photograph", "take the series again"):
        try:
            opened = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError:
            raise RigError(f"{file}: this is not a photograph; PNG, JPEG and TIFF are read") from None
        with opened as image:
            if image.width * image.height > MAX_PIXELS:
                raise RigError(f"{file}: {image.width}x{image.height} pixels; {MAX_PIXELS:,} in all are read")
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I;16"):
                return (np.asarray(upright) >> 8).astype(np.uint8)
            return np.asarray(upright if upright.mode == "L" else upright.convert("RGB"))


def _in_order(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts 2 before 10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name.lower())]
