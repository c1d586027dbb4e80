"""How many activations a card could do if it did nothing else: the kernel's own, over and over in registers."""

from typing import Any

import torch
import triton  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
import triton.language as tl  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
from torch import Tensor

from installation.picture.decoding.fused import TILE_PX, UNITS, _activated

PROGRAMS = 1 << 14
"""Of the kernel at once: many times what the largest card runs."""

ROUNDS = 64


# Triton reads the function itself and knows no type but its own, so the string; and no import of annotations.
@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _activate(out: "Any", TILE: tl.constexpr, UNITS: tl.constexpr, ROUNDS: tl.constexpr) -> None:  # noqa: N803  # triton's constants
    place = tl.arange(0, TILE)[:, None] * UNITS + tl.arange(0, UNITS)[None, :]
    total = place.to(tl.float32) / (TILE * UNITS)
    for _ in range(ROUNDS):
        angle, square = _activated(total)
        total = angle + square  # what it begins with next, so that none can be left out
    tl.store(out + tl.program_id(0).to(tl.int64) * (TILE * UNITS) + place, total)


def activate(device: torch.device | str, programs: int = PROGRAMS) -> tuple[Tensor, int]:
    """What came out, (programs, TILE_PX, UNITS), and how many activations it took; the card may still be at work."""
    out = torch.empty(programs, TILE_PX, UNITS, device=device)
    _activate[(programs,)](out, TILE=TILE_PX, UNITS=UNITS, ROUNDS=ROUNDS)
    return out, out.numel() * ROUNDS
