"""Pictures from files: PNG, JPEG, TIFF, WebP and EXR, turned upright and converted to sRGB.

Pillow reads all but EXR, which needs the `clips` extra. imageio would use the same libraries, but lose orientation and
profile.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from installation.errors import MediaError
from installation.files import Stamp, read_regular, stamp_of

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
"""Detected by a file's content, not by its name. Pillow would also let an interpreter execute PostScript."""

MAX_BYTES = 2**30
MAX_PX = 100_000_000
"""400 MB of pixels: finer than any wall of projectors, and the most memory that a player may use for one picture."""

Pixels = NDArray[np.uint8] | NDArray[np.float16]
"""(height, width, 3 or 4), display-encoded sRGB with straight alpha; 0..255, or 0..1 in half floats."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The facts that a score needs about a picture: the sha256 of its file, and its size when upright."""

    digest: str
    width: int
    height: int


def image_facts(path: Path) -> ImageFacts:
    """The facts of a picture. They are cached until somebody saves the file. Raises MediaError.

    The whole picture is read, since it may be damaged anywhere.
    """
    return _facts(path, stamp_of(path))


def read_image(path: Path, digest: str) -> Pixels:
    """The pixels of a picture that was checked before. Raises MediaError if the file has changed since."""
    found, pixels = _read(path)
    if found != digest:
        raise MediaError(f"{path}: this picture was saved again; the player shows it when it reads the score again")
    return pixels


@lru_cache(maxsize=4096)
def _facts(path: Path, _stamp: Stamp | None) -> ImageFacts:
    digest, pixels = _read(path)
    height, width, _ = pixels.shape
    return ImageFacts(digest, width, height)


def _read(path: Path) -> tuple[str, Pixels]:
    try:
        content = read_regular(path, MAX_BYTES)
    except OSError as error:
        raise MediaError(f"picture {path.name!r} cannot be read: {error.strerror or error}") from None
    digest = hashlib.sha256(content).hexdigest()
    if path.suffix.lower() == ".exr":
        return digest, _exr(content, path)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _require_size(path, *image.size)
            return digest, _pixels(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise MediaError(f"{path.name!r} is not a picture; PNG, JPEG, TIFF, WebP and EXR can be read") from None
    except MediaError:
        raise
    except Exception as error:  # a foreign file may make the library fail in any way
        raise MediaError(f"picture {path.name!r} is damaged: {error}") from None


def _require_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PX:
        size = f"{width}x{height} are {width * height / 1e6:.0f} million pixels"
        raise MediaError(f"picture {path.name!r} is too large: {size}, of at most {MAX_PX / 1e6:.0f}; scale it down")


def _pixels(image: Image.Image) -> Pixels:
    if image.mode.startswith(("I", "F")):
        return _deep_grey(image)
    if "transparency" in image.info or image.mode in ("LA", "PA", "La"):
        image = _in_srgb(image.convert("RGBA"))
    elif image.mode == "P":
        image = _in_srgb(image.convert("RGB"))
    else:
        image = _in_srgb(image)
    found = np.asarray(image)
    if found.shape[2] == 4 and (found[..., 3] == 255).all():
        return found[..., :3].copy()
    return found


def _deep_grey(image: Image.Image) -> NDArray[np.float16]:
    """The pixels of a grey picture with 16 bits, which are display-encoded, or with floats, which are linear light."""
    grey = np.asarray(image, np.float64)
    shown = display_of(grey) if image.mode == "F" else grey / 65535
    return np.repeat(shown.clip(0, 1)[..., None], 3, 2).astype(np.float16)


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture as RGB or RGBA in sRGB, converted by the file's own colour profile if that can be read."""
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert(wanted)
    alpha = image.getchannel("A") if wanted == "RGBA" else None
    try:
        colours = image.convert("RGB") if alpha else image
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = ImageCms.profileToProfile(colours, own, _srgb(), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile for another kind of colours, or a damaged one
        return image.convert(wanted)
    assert found is not None
    if alpha is not None:
        found.putalpha(alpha)
    return found


@lru_cache(maxsize=1)
def _srgb() -> Any:
    return ImageCms.createProfile("sRGB")


def _exr(content: bytes, path: Path) -> NDArray[np.float16]:
    """The pixels of an EXR file, which has linear light in half or single floats with premultiplied alpha."""
    try:
        light = _open_exr(path)(content, partial(_require_size, path))  # (height, width, 4) float32
    except MediaError:
        raise
    except Exception as error:  # as for every other picture
        raise MediaError(f"picture {path.name!r} is damaged: {error}") from None
    alpha = light[..., 3:].clip(0, 1)
    opaque = bool((alpha >= 1).all())
    colours = light[..., :3] if opaque else light[..., :3] / np.maximum(alpha, 1e-4)
    shown = display_of(colours).clip(0, 1)
    return (shown if opaque else np.concatenate([shown, alpha], -1)).astype(np.float16)


def _open_exr(path: Path) -> Callable[[bytes, Callable[[int, int], None]], NDArray[np.float32]]:
    try:
        # Imported here, so that other formats need no extra.
        from installation.media.exr import decode_exr
    except ImportError:
        raise MediaError(f"picture {path.name!r}: EXR needs the extra `clips`; {INSTALL}") from None
    return decode_exr


INSTALL = "install it with `pip install installation[clips]`"


def display_of(light: NDArray[Any]) -> NDArray[np.float64]:
    """Display-encoded values of linear light 0..1: sRGB, IEC 61966-2-1."""
    light = np.maximum(np.asarray(light, np.float64), 0.0)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
