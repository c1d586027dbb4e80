"""The card of a network: what is known of it before its file is opened, as a small YAML file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor

from installation.studio.networks.strict import Strict, read_strictly

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$", max_length=80)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-][A-Za-z0-9_\-.]*$", max_length=200)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Three = tuple[float, float, float]

DOORS = ("wiring", "torchvision", "timm", "module")
"""What may say on a card what a network computes; see `doors.py`."""


class Input(Strict):
    """How a network was trained to see: (range * picture - mean) / deviation for red, green and blue, then `order`."""

    range: float = Field(default=1.0, gt=0)
    mean: Three = (0.0, 0.0, 0.0)
    deviation: Three = (1.0, 1.0, 1.0)
    order: Literal["rgb", "bgr"] = "rgb"
    size_px: int = Field(default=224, ge=1, le=4096, description="side of the pictures of its training")

    def see(self, picture: Tensor) -> Tensor:
        """An RGB picture 0..1 (B, 3, H, W) as the network wants it."""
        signal = picture if self.range == 1 else self.range * picture
        if any(self.mean):
            signal = signal - _column(self.mean, signal.dtype, signal.device)
        if self.deviation != (1, 1, 1):
            signal = signal / _column(self.deviation, signal.dtype, signal.device)
        return signal.flip(1) if self.order == "bgr" else signal


@lru_cache(maxsize=64)
def _column(values: Three, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(1, 3, 1, 1), kept so that a graphics card does not wait for three numbers at every step."""
    return torch.tensor(values, dtype=dtype, device=device).view(1, 3, 1, 1)


class PublishedFile(Strict):
    """The file as the network's makers published it, for `installation network import`."""

    name: FileName
    sha256: Sha256 | None = None
    order: Literal["rgb", "bgr"] = "rgb"


class GoldenFile(Strict):
    """An .npz with an input and the mean of every channel, by the name of each step, as another program computed it."""

    file: FileName
    sha256: Sha256
    input: Name


class Card(Strict):
    """One network. Exactly one of `wiring`, `torchvision`, `timm` and `module` says what it computes.

    `sha256` is left out where nobody has had the very file in hand.
    """

    name: Name
    architecture: str
    wiring: Name | None = None
    torchvision: Name | None = Field(default=None, description="a torchvision model by its name")
    timm: str | None = Field(default=None, max_length=200, description="a timm model by its name")
    module: str | None = Field(
        default=None, pattern=r"^[\w.]+:\w+$", description="package:function that gives a torch module"
    )
    classes: int = Field(default=0, ge=0, le=1_000_000)
    layers: tuple[str, ...] = Field(default=(), description="the submodules to tap; all, if none are named")
    file: FileName
    sha256: Sha256 | None = None
    published_file: PublishedFile | None = None
    input: Input = Input()
    labels_file: FileName | None = None
    golden: dict[str, float] = Field(default={}, description="mean size of layers' values on the golden picture")
    golden_file: GoldenFile | None = None
    attribution: str
    licence: str
    published: str = Field(description="where its weights come from")

    @model_validator(mode="after")
    def _one_door(self) -> Card:
        if len(self.doors) != 1:
            raise ValueError(f"one of {', '.join(DOORS)} says what the network computes, not {len(self.doors)}")
        return self

    @property
    def doors(self) -> tuple[str, ...]:
        """Which of wiring, torchvision, timm and module are given."""
        return tuple(door for door in DOORS if getattr(self, door) is not None)


def read_card(path: Path) -> Card:
    """Read a card; ScoreError lists every mistake with its place."""
    return read_strictly(path, Card, "the network's card")
