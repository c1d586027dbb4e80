"""How many activations a card could compute if it did nothing else: the kernel's own, repeated in registers."""

from typing import Any

import torch
import triton  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
import triton.language as tl  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
from torch import Tensor

from installation.picture.decoding.fused import TILE_PX, UNITS, _activated

PROGRAMS = 1 << 14
"""How many programs of the kernel one launch has: many times what the largest card runs at once."""

ROUNDS = 64


# Triton parses the function and knows only its own types, so the annotation is a string, without `annotations`.
@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _activate(out: "Any", TILE: tl.constexpr, UNITS: tl.constexpr, ROUNDS: tl.constexpr) -> None:  # noqa: N803  # triton's constants
    place = tl.arange(0, TILE)[:, None] * UNITS + tl.arange(0, UNITS)[None, :]
    total = place.to(tl.float32) / (TILE * UNITS)
    for _ in range(ROUNDS):
        angle, square = _activated(total)
        total = angle + square  # the next round depends on it, so the compiler cannot drop any
    tl.store(out + tl.program_id(0).to(tl.int64) * (TILE * UNITS) + place, total)


def activate(device: torch.device | str, programs: int = PROGRAMS) -> tuple[Tensor, int]:
    """The result (programs, TILE_PX, UNITS) and the number of activations; the card may still be working."""
    out = torch.empty(programs, TILE_PX, UNITS, device=device)
    _activate[(programs,)](out, TILE=TILE_PX, UNITS=UNITS, ROUNDS=ROUNDS)
    return out, out.numel() * ROUNDS
