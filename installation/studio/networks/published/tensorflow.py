"""Weights from a frozen TensorFlow graph, a .pb; TensorFlow itself is not needed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from installation.errors import AtlasError
from installation.studio.networks.published.messages import MAX_DIMENSIONS, TENSORFLOW, messages, parse

FLOAT = 1
"""TensorFlow's number for 32-bit floats."""

MAX_FILLED = 1 << 24
"""The most values of a file that repeat a single stored one, so that a small file cannot claim all memory."""

KINDS = {"_w": "weight", "_b": "bias"}


def read_graph(data: bytes, what: str) -> dict[str, Tensor]:
    """Tensors by name, with torch's axes: the constant `conv2d0_w` is `conv2d0.weight`, `conv2d0_b` is `conv2d0.bias`.

    AtlasError for another file.
    """
    graph = parse(data, messages("tensorflow", TENSORFLOW)["Graph"], what)
    tensors = {}
    filled = 0
    for node in graph.node:
        name = node.name.decode("utf-8", "replace").removeprefix("import/")
        kind = KINDS.get(name[-2:])
        value = next((one.value.tensor for one in node.attr if one.key == b"value"), None)
        if node.op == b"Const" and kind and value is not None and value.dtype == FLOAT:
            where = f"{what}: constant {name!r}"
            shape = _shape(value, where)
            filled += math.prod(shape) if len(value.float_val) == 1 else 0
            if filled > MAX_FILLED:
                raise AtlasError(f"{where}: more than {MAX_FILLED} values that are not written in the file")
            tensors[f"{name[:-2]}.{kind}"] = _tensor(value, shape, where)
    if not tensors:
        raise AtlasError(f"{what}: no constants with weights; a frozen graph is needed, not a checkpoint's .meta")
    return tensors


def _shape(value: Any, where: str) -> tuple[int, ...]:
    shape = tuple(dim.size for dim in value.tensor_shape.dim)
    if len(shape) > MAX_DIMENSIONS:
        raise AtlasError(f"{where}: a shape of {len(shape)} sizes; {MAX_DIMENSIONS} at most")
    if min(shape, default=0) < 0:
        raise AtlasError(f"{where}: its shape is {'x'.join(map(str, shape))}; no size is below 0")
    return shape


def _tensor(value: Any, shape: tuple[int, ...], where: str) -> Tensor:
    count = math.prod(shape)
    if value.tensor_content:
        if len(value.tensor_content) != 4 * count:
            raise AtlasError(f"{where}: {len(value.tensor_content)} bytes where its shape needs {4 * count}")
        values = np.frombuffer(value.tensor_content, dtype="<f4").astype(np.float32)
    else:
        values = np.asarray(value.float_val, dtype=np.float32)
        if values.size == 1 and count > 0:  # the last value stands for all that follow
            values = np.full(count, values[0])
        if values.size != count:
            raise AtlasError(f"{where}: {values.size} values where its shape needs {count}")
    tensor = torch.from_numpy(values.reshape(shape))
    if tensor.ndim == 4:
        return tensor.permute(3, 2, 0, 1).contiguous()  # (kh, kw, in, out) -> (out, in, kh, kw)
    return tensor.t().contiguous() if tensor.ndim == 2 else tensor
