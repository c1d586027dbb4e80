"""Checks that a network computes the same values here as elsewhere, on known pictures."""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from installation.errors import AtlasError
from installation.studio.networks.network import Network
from installation.studio.networks.registry import load_network
from installation.studio.networks.weights import read_whole
from installation.studio.networks.wirings.graph import Graph

TOLERANCE = 1e-3
"""Relative error that a half-precision file, or another processor, may cause."""


@dataclass(frozen=True, slots=True)
class GoldenComparison:
    """The error of a layer's values, relative to the largest known value."""

    layer: str
    error: float

    @property
    def agrees(self) -> bool:
        """Whether the error is within TOLERANCE."""
        return self.error <= TOLERANCE


def golden_picture(size_px: int) -> Tensor:
    """RGB 0..1 (1, 3, size_px, size_px): waves of several lengths, different in every colour."""
    place = torch.arange(size_px, dtype=torch.float64) * (2 * math.pi / 64)  # one turn in 64 pixels
    down, across = place[:, None], place[None, :]
    colours = [
        0.5 + 0.25 * torch.sin((colour + 1) * down + across) + 0.25 * torch.cos(down - (3 - colour) * across)
        for colour in range(3)
    ]
    return torch.stack(colours)[None].float()


def measured(network: Network, layers: list[str]) -> dict[str, float]:
    """Mean absolute value of each layer on the golden picture."""
    with torch.no_grad():
        seen = network.layer_activations(golden_picture(network.card.input.size_px), layers)
    return {layer: values.abs().mean().item() for layer, values in seen.items()}


def compared(network: Network) -> list[GoldenComparison]:
    """Compare the card's golden values with the network's."""
    golden = network.card.golden or {}
    found = measured(network, list(golden))
    return [GoldenComparison(layer, abs(found[layer] - known) / known) for layer, known in golden.items()]


def compared_with_file(network: Network, folder: Path) -> list[GoldenComparison]:
    """Compare the steps of another program's golden file with ours; empty if the card names none or it is missing."""
    golden = network.card.golden_file
    if golden is None or not isinstance(network.wiring, Graph) or not (folder / golden.file).exists():
        return []
    path = folder / golden.file
    data = read_whole(path, "the golden file")
    if hashlib.sha256(data).hexdigest() != golden.sha256:  # first: a foreign .npz may unpack to anything
        raise AtlasError(f"{path}: not the golden file that the card of {network.name!r} names; fetch it again")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            known = {name: np.asarray(file[name], dtype=np.float32) for name in file.files}
        picture = torch.from_numpy(known.pop(golden.input))[None]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise AtlasError(f"{path}: the golden values cannot be read ({error}); fetch the file again") from error
    steps = {name: network.wiring.after_relu(name) for name in known}
    with torch.no_grad():
        seen = network.wiring.layer_activations(picture, network.weights, list(steps.values()), 0.0)
    return [_compare(name, seen[step].mean((0, 2, 3)).numpy(), known[name]) for name, step in steps.items()]


def _compare(name: str, found: np.ndarray, known: np.ndarray) -> GoldenComparison:
    return GoldenComparison(name, float(np.abs(found - known).max() / np.abs(known).max()))


def verdict(name: str, folder: Path) -> str:
    """Check a known network, and report in a sentence; AtlasError if its values differ from the known ones."""
    network = load_network(name, folder)
    words = ["sound"]
    if network.labels:
        words.append(f"{len(network.labels)} class names")
    for found, what in ((compared(network), "golden layers"), (compared_with_file(network, folder), "golden steps")):
        if not found:
            continue
        worst = max(found, key=lambda one: one.error)
        if not worst.agrees:
            raise AtlasError(
                f"{folder / network.card.file}: {worst.layer!r} is {worst.error:.2%} off its known values, up to "
                f"{TOLERANCE:.1%} is allowed; fetch the file again, and if that does not help, report this processor"
            )
        words.append(f"{len(found)} {what} within {worst.error:.3%}")
    if not network.card.golden:
        words.append("no golden values are known")
    return ", ".join(words)
