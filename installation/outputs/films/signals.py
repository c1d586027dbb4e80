"""From a canvas to the values in films: 16 bits of a signal, or light.

A canvas is display-encoded (sRGB, IEC 61966-2-1). Films of more than 8 bits need canvases of single precision. For
BT.2100 the canvas's white is graphics white, 203 cd/m2 (ITU-R BT.2408-7, table 1): nothing is brighter, and a monitor
shows the film as bright as subtitles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from installation.outputs.films.formats import FilmFormat, Range

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8] | Floats
"""The picture of a canvas (height, width, 4), top row first: 8 bits, or single precision from 0 to 1."""

WHITE_NITS = 203.0

TO_BT2020 = np.array(
    [[0.627404, 0.329283, 0.043313], [0.069097, 0.919540, 0.011362], [0.016391, 0.088013, 0.895595]], np.float32
)
"""Light in BT.709 primaries to BT.2020 (ITU-R BT.2087-0, 2.2)."""


WHITE_OF_SWSCALE = 255 * 256
"""The value, of 65535, that ffmpeg's scaler converts to white from RGB of 16 bits to YCbCr; 65535 became 943 of
1023."""


def packed(picture: Picture, film: FilmFormat, signal_range: Range) -> bytes:
    """A picture as ffmpeg's input: RGBX of 8 bits, or RGB or RGBA of 16 bits, little-endian."""
    if not film.deep:
        return eight_bits(picture).tobytes()
    white = 65535 if film.is_rgb else WHITE_OF_SWSCALE
    if film.alpha:
        found = floats_of(picture)
        return np.concatenate([_steps(found[..., :3], white), _steps(found[..., 3:], 65535)], axis=2).tobytes()
    return _steps(_signal(picture, signal_range), white).tobytes()


def signal_of(picture: Picture, signal_range: Range) -> NDArray[np.uint16]:
    """The colours of a picture (height, width, 3) as 16 bits of a signal."""
    return _steps(_signal(picture, signal_range), 65535)


def _signal(picture: Picture, signal_range: Range) -> Floats:
    display = floats_of(picture)[..., :3]
    if signal_range == "sdr":
        return display
    nits = WHITE_NITS * np.maximum(linear_of(display) @ TO_BT2020.T, 0.0)
    return pq_of(nits) if signal_range == "pq" else hlg_of(nits)


def eight_bits(picture: Picture) -> NDArray[np.uint8]:
    """A picture in 256 steps."""
    return _steps(floats_of(picture), 255).astype(np.uint8) if picture.dtype != np.uint8 else picture.astype(np.uint8)


def floats_of(picture: Picture) -> Floats:
    """A picture as floats from 0 to 1."""
    found = picture.astype(np.float32)
    return np.clip(found, 0.0, 1.0) if picture.dtype == np.float32 else found / np.float32(255)


def linear_of(display: Floats) -> Floats:
    """The light, 0 to 1, of an sRGB signal."""
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4).astype(np.float32)


def light_of(picture: Picture) -> Floats:
    """Light and alpha (height, width, 4), with the light multiplied by alpha, as in OpenEXR."""
    found = floats_of(picture)
    alpha = found[..., 3:]
    return np.concatenate([linear_of(found[..., :3]) * alpha, alpha], axis=2)


def pq_of(nits: Floats) -> Floats:
    """The PQ signal of light in cd/m2 (SMPTE ST 2084, equation 5.2)."""
    low = np.power(nits.astype(np.float64) / 10_000, 2610 / 16384)
    signal: Floats = np.power((3424 / 4096 + 2413 / 128 * low) / (1 + 2392 / 128 * low), 2523 / 32).astype(np.float32)
    return signal


def hlg_of(nits: Floats) -> Floats:
    """The HLG signal of light (..., 3) in cd/m2 on a monitor of 1,000 cd/m2 (ITU-R BT.2100-2, table 5)."""
    display = nits.astype(np.float64) / 1000
    luminance = display @ np.array([0.2627, 0.6780, 0.0593])
    scene = display * np.power(np.maximum(luminance, 1e-6), (1 - 1.2) / 1.2)[..., None]
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    high = a * np.log(np.maximum(12 * scene - b, 1e-9)) + c
    signal: Floats = np.where(scene <= 1 / 12, np.sqrt(3 * scene), high).astype(np.float32)
    return signal


def _steps(values: Floats, top: int) -> NDArray[np.uint16]:
    return np.round(np.clip(values, 0.0, 1.0) * np.float32(top)).astype("<u2")
