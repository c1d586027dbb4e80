"""A picture's spline sampled on a card in one launch, where torch takes some hundred.

Importing this needs triton. With TRITON_INTERPRET=1 in the environment the kernel runs on the CPU, slowly, for tests.
"""

from subprocess import SubprocessError
from typing import Any

import triton  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
import triton.language as tl  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
from torch import Tensor
from triton.runtime.errors import TritonError  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types

from installation.errors import DeviceError

TILE_PX = 256

CHANNELS = 3


# Triton parses the functions below and knows only its own types, so the annotations are strings.
@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _weight(STEP: tl.constexpr, part: "Any") -> "Any":  # noqa: N803  # triton's constants
    """The weight of one of the four samples around a place, from left to right."""
    rest = 1.0 - part
    if STEP == 0:
        return rest * rest * rest / 6.0
    if STEP == 1:
        return 2.0 / 3.0 - part * part * (1.0 - part * 0.5)
    if STEP == 2:
        return 2.0 / 3.0 - rest * rest * (1.0 - rest * 0.5)
    return part * part * part / 6.0


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _cell(at: "Any", samples: "Any") -> "Any":
    """The sample before a place, counted within the picture that repeats, and what lies behind it, 0..1."""
    first = tl.floor(at)
    count = samples.to(tl.float64)
    return (first - count * tl.floor(first / count)).to(tl.int32), (at - first).to(tl.float32)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _add_samples(
    coefficients: "Any",
    x: "Any",
    y: "Any",
    total: "Any",
    share: "Any",
    places: "Any",
    height: "Any",
    width: "Any",
    TILE: tl.constexpr,  # noqa: N803  # triton's constants
    CHANNELS: tl.constexpr,  # noqa: N803  # triton's constants
) -> None:
    place = tl.program_id(0).to(tl.int64) * TILE + tl.arange(0, TILE)
    inside = place < places
    # Double precision: a camera may be a million pictures away, or see a millionth of one.
    half = tl.minimum(height, width).to(tl.float64) * 0.5
    across = tl.load(x + place, mask=inside, other=0.0) * half + (width.to(tl.float64) - 1.0) * 0.5
    down = tl.load(y + place, mask=inside, other=0.0) * half + (height.to(tl.float64) - 1.0) * 0.5
    left, right_part = _cell(across, width)
    top, lower_part = _cell(down, height)
    for channel in tl.static_range(CHANNELS):
        found = tl.zeros((TILE,), tl.float32)
        for row in tl.static_range(4):
            line = ((top + row + height - 1) % height) * width
            for column in tl.static_range(4):
                here = coefficients + channel * height * width + line + (left + column + width - 1) % width
                found += _weight(row, lower_part) * _weight(column, right_part) * tl.load(here)
        out = total + channel * places + place
        tl.store(out, tl.load(out, mask=inside, other=0.0) + share * found, mask=inside)


def add_samples(coefficients: Tensor, x: Tensor, y: Tensor, share: float, total: Tensor) -> None:
    """Add `share` times the values of a spline (3, height, width) float32 at picture coordinates (n,) float64 to
    `total` (3, n) float32; see spline_sampling.sampled. Raises DeviceError if the kernel does not compile."""
    channels, height, width = coefficients.shape
    assert channels == CHANNELS
    if not len(x):  # CUDA refuses an empty launch.
        return
    try:
        _add_samples[(triton.cdiv(len(x), TILE_PX),)](
            coefficients.contiguous(),
            *(x.contiguous(), y.contiguous(), total, share, len(x), height, width),
            TILE=TILE_PX,
            CHANNELS=CHANNELS,
        )
    except (TritonError, SubprocessError) as error:  # SubprocessError: the compiler of the kernel's launcher failed
        raise DeviceError(f"the kernel of spectra does not compile for this card: {error}") from error
