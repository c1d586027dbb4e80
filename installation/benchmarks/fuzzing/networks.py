"""Weights files of networks: Caffe's, TensorFlow's, safetensors and torch's."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import torch
from safetensors.torch import save

from installation.benchmarks.fuzzing.mutation import broken_bytes
from installation.benchmarks.fuzzing.rounds import Format, Reader
from installation.studio.networks.published.caffe import read_caffemodel
from installation.studio.networks.published.messages import CAFFE, TENSORFLOW, messages
from installation.studio.networks.published.tensorflow import FLOAT, read_graph
from installation.studio.networks.weights import WeightFile, fitted, read_weights

SHAPES = {"conv1.weight": (2, 3, 1, 1), "conv1.bias": (2,)}

Tensors = dict[str, torch.Tensor]


@contextmanager
def _file(
    suffix: str, examples: Callable[[], Sequence[bytes]], take: Callable[[Path], WeightFile], folder: Path
) -> Iterator[Reader]:
    file, good = folder / f"net{suffix}", examples()

    def read(data: bytes) -> bool:
        file.write_bytes(data)
        fitted(take(file), SHAPES, "net")
        return True

    yield Reader(lambda chance: _broken(chance, good), read, file)


def _broken(chance: Random, good: Sequence[bytes]) -> bytes:
    """A broken example, often with up to three changed bytes: readers trust lengths and shapes."""
    if chance.random() < 0.5:
        return broken_bytes(chance, good)
    data = bytearray(chance.choice(good))
    for _ in range(chance.randint(1, 3)):
        data[chance.randrange(len(data))] = chance.choice((0, 1, 2, 4, 8, 127, 128, 255, chance.randrange(256)))
    return bytes(data)


def _published(reader: Callable[[bytes, str], Tensors], path: Path) -> WeightFile:
    return WeightFile(path, "", reader(path.read_bytes(), str(path)), {})


def _caffemodels() -> list[bytes]:
    net = messages("caffe", CAFFE)["Net"]
    new, old = net(), net()
    new_layer, old_layer = new.layer.add(name=b"conv1"), old.layers.add(name=b"conv1")
    for shape in SHAPES.values():
        values = [0.5] * torch.Size(shape).numel()
        new_layer.blobs.add(data=values).shape.dim.extend(shape)
        blob = old_layer.blobs.add(data=values)
        blob.num, blob.channels, blob.height, blob.width = (*([1] * (4 - len(shape))), *shape)
    return [new.SerializeToString(), old.SerializeToString()]


def _graphs() -> list[bytes]:
    graph = messages("tensorflow", TENSORFLOW)["Graph"]
    written, filled = graph(), graph()
    for name, shape in (("conv1_w", (1, 1, 3, 2)), ("conv1_b", (2,))):
        content = torch.full(shape, 0.5).numpy().tobytes()
        _constant(written, name, shape).tensor_content = content
        _constant(filled, name, shape).float_val.append(0.5)
    return [written.SerializeToString(), filled.SerializeToString()]


def _constant(graph: Any, name: str, shape: tuple[int, ...]) -> Any:
    node = graph.node.add(name=name.encode(), op=b"Const")
    tensor = node.attr.add(key=b"value").value.tensor
    tensor.dtype = FLOAT
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


def _weights() -> Tensors:
    return {name: torch.full(shape, 0.5) for name, shape in SHAPES.items()}


def _checkpoints() -> list[bytes]:
    found = []
    for value, zipped in ((_weights(), True), (_weights(), False), ({"state_dict": _weights()}, True)):
        buffer = io.BytesIO()
        torch.save(value, buffer, _use_new_zipfile_serialization=zipped)
        found.append(buffer.getvalue())
    return found


caffemodel: Format = partial(_file, ".caffemodel", _caffemodels, partial(_published, read_caffemodel))
graph: Format = partial(_file, ".pb", _graphs, partial(_published, read_graph))
safetensors: Format = partial(_file, ".safetensors", lambda: [save(_weights(), {"a": "b"})], read_weights)
checkpoint: Format = partial(_file, ".pt", _checkpoints, read_weights)
