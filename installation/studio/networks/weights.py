"""Reads weights from disk without running any code in them, and checks that they fit a network."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load
from torch import Tensor

from installation.errors import AtlasError
from installation.files import read_regular

IMPORTED = "imported"
"""The key of a safetensors file's metadata under which `installation network import` records its origin."""

MAX_BYTES = 16 * 2**30
"""The largest size of a network's file: a hundred times the largest on a card."""

MAX_UNPACKED = 4
"""The largest unpacked size of a checkpoint, relative to its own size; torch does not compress."""

UNUSED = "num_batches_tracked"
"""The counter that batch norms keep in training; older files lack it."""


@dataclass(frozen=True, slots=True, eq=False)
class WeightFile:
    """The tensors of a file by name, its sha256 and its metadata."""

    path: Path
    sha256: str
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]


def read_whole(path: Path, what: str) -> bytes:
    """All bytes of a network's file; AtlasError, which names `what`, for a pipe, a device or an oversized file."""
    try:
        return read_regular(path, MAX_BYTES)
    except OSError as error:
        raise AtlasError(f"{path}: {what} cannot be read ({error.strerror})") from error


def read_weights(path: Path) -> WeightFile:
    """Read a .safetensors file, or unpickle only the tensors of a .pt or .pth file; AtlasError if that fails."""
    data = read_whole(path, "the network's file")
    digest = hashlib.sha256(data).hexdigest()
    if path.suffix in (".pt", ".pth"):
        return WeightFile(path, digest, _checkpoint(path, data), {})
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
        return WeightFile(path, digest, load(data), metadata)
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise AtlasError(f"{path}: not a safetensors file, or a part of one ({error}); fetch the file again") from error


def _checkpoint(path: Path, data: bytes) -> dict[str, Tensor]:
    try:
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MAX_UNPACKED * len(data):
                raise ValueError("it unpacks to far more than it holds, as no program of torch's packs it")
        found: Any = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # arbitrary bytes may make the unpickler raise anything; such a file is damaged
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AtlasError(
            f"{path}: this file holds more than weights ({reason}); save `module.state_dict()` as safetensors"
        ) from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in found.items()
    ):
        raise AtlasError(f"{path}: holds no state dict; save `module.state_dict()`")
    return {name.removeprefix("module."): value for name, value in found.items()}


def origin(path: Path, sha256: str) -> dict[str, str]:
    """The metadata of a file written by importing another one."""
    return {IMPORTED: json.dumps({"file": path.name, "sha256": sha256}, sort_keys=True)}


def fitted(file: WeightFile, shapes: Mapping[str, tuple[int, ...]], network: str) -> dict[str, Tensor]:
    """The tensors that `shapes` ask for, in 32 bits; AtlasError unless all are there, of that shape, and finite."""
    found = {}
    for name, shape in shapes.items():
        value = file.tensors.get(name)
        if value is None:
            if name.endswith(UNUSED):
                continue
            raise AtlasError(f"{file.path}: has no tensor {name!r}; this is not a file of network {network!r}")
        if tuple(value.shape) != shape:
            raise AtlasError(
                f"{file.path}: {name!r} is {times(value.shape)}, network {network!r} needs {times(shape)}; "
                "this is a file of another network"
            )
        if not value.isfinite().all():
            raise AtlasError(
                f"{file.path}: {name!r} holds values that are not finite; the file is damaged, fetch it again"
            )
        value = value.float() if value.is_floating_point() else value
        # Channels last: 1.3 times as fast on the CPU.
        found[name] = value.to(memory_format=torch.channels_last) if value.ndim == 4 else value
    return found


def times(shape: tuple[int, ...]) -> str:
    """A shape in words, for messages."""
    return "x".join(map(str, shape)) or "a single number"
