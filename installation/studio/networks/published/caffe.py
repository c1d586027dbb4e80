"""Weights from Caffe's .caffemodel, as published before and after its change of format in 2014."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from installation.errors import AtlasError
from installation.studio.networks.published.messages import CAFFE, MAX_DIMENSIONS, messages, parse


def read_caffemodel(data: bytes, what: str) -> dict[str, Tensor]:
    """Tensors by name: those of `conv1/7x7_s2` are `conv1_7x7_s2.weight` and `.bias`. AtlasError for another file."""
    net = parse(data, messages("caffe", CAFFE)["Net"], what)
    tensors = {}
    for layer in (*net.layers, *net.layer):
        name = layer.name.decode("utf-8", "replace").replace("/", "_")
        for blob, kind in zip(layer.blobs, ("weight", "bias"), strict=False):
            tensors[f"{name}.{kind}"] = _tensor(blob, f"{what}: layer {name!r}")
    if not tensors:
        raise AtlasError(f"{what}: no layer with weights; a .caffemodel is needed, not its .prototxt")
    return tensors


def _tensor(blob: Any, where: str) -> Tensor:
    values = np.asarray(blob.data or blob.double_data, dtype=np.float32)
    # The old format always has four sizes: a bias is (1, 1, 1, n), a fully connected layer (1, 1, out, in).
    shape = tuple(blob.shape.dim) or (blob.num, blob.channels, blob.height, blob.width)
    if len(shape) > MAX_DIMENSIONS:
        raise AtlasError(f"{where}: a shape of {len(shape)} sizes; {MAX_DIMENSIONS} at most")
    if min(shape) < 0 or math.prod(shape) != values.size:
        words = "x".join(map(str, shape))
        raise AtlasError(f"{where}: {values.size} values where its shape {words} needs {math.prod(shape)}")
    return torch.from_numpy(values.reshape(shape))
