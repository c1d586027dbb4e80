"""The card of a network: a small YAML file with the facts that are needed before its weights are opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import torch
from torch import Tensor

from installation.errors import ScoreError
from installation.language.containers import ListOf, NamedMapping, Record, RecordOf, key, read_or_refuse
from installation.language.document import root_of
from installation.language.reading import NeuronLookup, Reading
from installation.language.scalars import FloatRange, IntRange, Name, OneOf, String

Order = Literal["rgb", "bgr"]

LOADERS: Final = ("wiring", "torchvision", "timm", "module")
"""The keys of a card that can define what a network computes; see `loaders.py`."""

FILE_NAME = Name(
    "a file", r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", "a file's name without a folder", 200, "a card", "file name"
)
SHA256 = Name("a sha256", r"[0-9a-f]{64}", "64 digits 0 to 9 and a to f", 64, "a card", "sha256")
NETWORK_NAME = Name("a network", r"[A-Za-z0-9_-]+", "letters a to z, digits, - and _", 80, "a recipe")
LAYER_NAME = Name("a layer", r"[A-Za-z0-9_.-]+", "letters a to z, digits, -, _ and .", 200, "a recipe")
MODEL_NAME = Name("a model", r"[A-Za-z0-9_.-]+", "letters a to z, digits, -, _ and .", 200, "its library")
FUNCTION = Name("a function", r"[A-Za-z0-9_.]+:[A-Za-z0-9_]+", "package:function", 200, "a card", "`package:function`")

COLOURS = ListOf(FloatRange(-1000, 1000), "numbers", 3, 3)
CLASSES: Final = (0, 100_000)
"""The largest lists of classes have some twenty thousand."""


@dataclass(frozen=True, kw_only=True)
class NetworkInput:
    """A network's input in training: (range * picture - mean) / deviation for red, green and blue, then `order`."""

    range: float = key(FloatRange(0.001, 1000), "The value of white before the mean is subtracted: 1 or 255.", 1.0)
    mean: tuple[float, ...] = key(
        COLOURS, "Subtracted from red, green and blue.", (0.0, 0.0, 0.0), default="`[0, 0, 0]`"
    )
    deviation: tuple[float, ...] = key(
        ListOf(FloatRange(0.001, 1000), "numbers", 3, 3),
        "What red, green and blue are divided by.",
        (1.0, 1.0, 1.0),
        default="`[1, 1, 1]`",
    )
    order: Order = key(OneOf(Order, "order"), "Whether red or blue comes first.", "rgb")
    size_px: int = key(IntRange(1, 4096), "Side of the pictures of its training.", 224)

    def see(self, picture: Tensor) -> Tensor:
        """Convert an RGB picture 0..1 (B, 3, H, W) into the network's input."""
        signal = picture if self.range == 1 else self.range * picture
        if any(self.mean):
            signal = signal - _column(self.mean, signal.dtype, signal.device)
        if any(value != 1 for value in self.deviation):
            signal = signal / _column(self.deviation, signal.dtype, signal.device)
        return signal.flip(1) if self.order == "bgr" else signal


@lru_cache(maxsize=64)
def _column(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Values as a tensor (1, 3, 1, 1), cached so that a graphics card does not wait for them at every step."""
    return torch.tensor(values, dtype=dtype, device=device).view(1, 3, 1, 1)


@dataclass(frozen=True, kw_only=True)
class PublishedFile:
    """The file as the network's makers published it, for `installation network import`."""

    name: str = key(FILE_NAME, "What it is called where it is published.", "", required=True)
    sha256: str | None = key(SHA256, "Its digest, if somebody has checked the file.", None)
    order: Order = key(OneOf(Order, "order"), "Which colour its first convolution begins with.", "rgb")


@dataclass(frozen=True, kw_only=True)
class GoldenFile:
    """An .npz from another program: an input, and for each step, by name, the mean of every channel."""

    file: str = key(FILE_NAME, "The file, in the folder with the network files.", "", required=True)
    sha256: str = key(SHA256, "Its digest.", "", required=True)
    input: str = key(LAYER_NAME, "Which of its arrays is the input.", "", required=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkInputSpec(Record, NetworkInput):
    """How a network expects its input."""

    synonyms: ClassVar[dict[str, str]] = {"std": "deviation", "size": "size_px", "scale": "range"}


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedFileSpec(Record, PublishedFile):
    """The file in which a network was published."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GoldenFileSpec(Record, GoldenFile):
    """A file of activations against which an import is checked."""


def _declare_none(_found: Mapping[str, float | None], _reading: Reading) -> None:
    """No other key of a card refers to its golden values."""


GOLDEN: NamedMapping[float] = NamedMapping(LAYER_NAME, FloatRange(1e-6, 1e6), "layers", 100, _declare_none)


@dataclass(frozen=True, kw_only=True)
class Card:
    """One network. Exactly one of `wiring`, `torchvision`, `timm` and `module` defines what it computes.

    `sha256` is absent if nobody has had this exact file.
    """

    name: str = key(NETWORK_NAME, "The first part of its neurons' addresses.", "", required=True)
    architecture: str = key(String(), "What it is, in a line.", "", required=True)
    wiring: str | None = key(MODEL_NAME, "One of the project's architectures.", None)
    torchvision: str | None = key(MODEL_NAME, "A torchvision model, by its name.", None)
    timm: str | None = key(MODEL_NAME, "A timm model, by its name.", None)
    module: str | None = key(FUNCTION, "What gives a torch module of your own.", None)
    classes: int = key(IntRange(*CLASSES), "How many classes its last layer has.", 0)
    layers: tuple[str, ...] = key(
        ListOf(LAYER_NAME, "layers"), "The submodules to tap; all, if none are named.", (), default="all"
    )
    file: str = key(FILE_NAME, "Its weights, in the folder with the network files.", "", required=True)
    sha256: str | None = key(SHA256, "Their digest.", None)
    published_file: PublishedFile | None = key(
        RecordOf(PublishedFileSpec, "a published file"), "What can be imported.", None
    )
    input: NetworkInput = key(
        RecordOf(NetworkInputSpec, "an input"),
        "The input that it was trained on.",
        NetworkInput(),
        default="rgb, 0 to 1",
    )
    labels_file: str | None = key(FILE_NAME, "Its class names, one a line, in the same folder.", None)
    golden: Mapping[str, float] | None = key(GOLDEN, "Mean size of layers' values on the golden picture.", None)
    golden_file: GoldenFile | None = key(RecordOf(GoldenFileSpec, "a golden file"), "Another program's values.", None)
    attribution: str = key(String(), "Who made it, and what it was trained on.", "", required=True)
    licence: str = key(String(), "The terms of its use.", "", required=True)
    published: str = key(String(), "Where its weights come from.", "", required=True)

    @property
    def loaders(self) -> tuple[str, ...]:
        """Which of wiring, torchvision, timm and module are given."""
        return tuple(word for word in LOADERS if getattr(self, word) is not None)


@dataclass(frozen=True, kw_only=True, eq=False)
class CardSpec(Record, Card):
    """What is known of a network: its files, its input and its licence."""

    synonyms: ClassVar[dict[str, str]] = {"license": "licence", "labels": "labels_file", "weights": "file"}


def read_card(path: Path) -> Card:
    """Read a card; ScoreError lists every mistake with its line and column."""
    reading = Reading(path, _no_atlas, Path())
    root, _ = root_of(reading)
    spec = read_or_refuse(RecordOf(CardSpec, "a network's card"), root, reading) if root else None
    if spec and (given := len(spec.node.entries.keys() & set(LOADERS))) != 1:
        reading.refuse(spec.node, f"one of {', '.join(LOADERS)} says what the network computes, not {given}")
    if reading.mistakes or spec is None:
        raise ScoreError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    plain: dict[type[Record], Any] = {
        NetworkInputSpec: NetworkInput,
        PublishedFileSpec: PublishedFile,
        GoldenFileSpec: GoldenFile,
    }
    said = {
        word: plain[type(value)](**value.said) if isinstance(value, Record) else value
        for word, value in spec.said.items()
    }
    return Card(**said)


def _no_atlas(_folder: Path) -> NeuronLookup:
    raise AssertionError("a card names no atlas")
