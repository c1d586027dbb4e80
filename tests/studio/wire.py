"""Caffe's and TensorFlow's files written byte by byte, with no library that could share a mistake with the reader."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def text(field: int, content: str) -> bytes:
    return block(field, content.encode())


def floats(value: Tensor) -> bytes:
    return value.contiguous().numpy().astype("<f4").tobytes()


def caffemodel(layers: Mapping[str, tuple[Tensor, Tensor]]) -> bytes:
    """NetParameter: name = 1, layer = 100 {name = 1, blobs = 7 {data = 5, shape = 7 {dim = 1}}}."""
    return text(1, "random") + b"".join(
        block(100, text(1, name) + text(2, "Convolution") + b"".join(block(7, blob(value)) for value in values))
        for name, values in layers.items()
    )


def blob(value: Tensor) -> bytes:
    return block(5, floats(value)) + block(7, block(1, b"".join(map(varint, value.shape))))


def old_caffemodel(layers: Mapping[str, tuple[Tensor, Tensor]]) -> bytes:
    """NetParameter of 2014: layers = 2 {name = 4, type = 5, blobs = 6 {num = 1 .. width = 4, data = 5}}."""
    return text(1, "random") + b"".join(
        block(2, text(4, name) + number(5, 4) + b"".join(block(6, old_blob(value)) for value in values))
        for name, values in layers.items()
    )


def old_blob(value: Tensor) -> bytes:
    shape = (*(1,) * (4 - value.ndim), *value.shape)
    return b"".join(number(field, size) for field, size in enumerate(shape, 1)) + block(5, floats(value))


def attribute(name: str, value: bytes) -> bytes:
    return block(5, text(1, name) + block(2, value))


def node(name: str, operation: str, *inputs: str, **attributes: bytes) -> bytes:
    """GraphDef: node = 1 {name = 1, op = 2, input = 3, attr = 5 {key = 1, value = 2}}."""
    sources = b"".join(text(3, source) for source in inputs)
    content = text(1, name) + text(2, operation) + sources
    return block(1, content + b"".join(attribute(key, value) for key, value in attributes.items()))


def constant(name: str, value: np.ndarray) -> bytes:
    """AttrValue: type = 6, tensor = 8 {dtype = 1, tensor_shape = 2 {dim = 2 {size = 1}}, tensor_content = 4}."""
    kind = 1 if value.dtype == np.float32 else 3
    shape = b"".join(block(2, number(1, size)) for size in value.shape)
    content = block(4, value.tobytes()) if value.ndim else block(7, varint(int(value)))  # a scalar is an int_val = 7
    tensor = number(1, kind) + block(2, shape) + content
    return node(name, "Const", dtype=number(6, kind), value=block(8, tensor))


def numbers(*values: int) -> bytes:
    """AttrValue: list = 1 {i = 3}."""
    return block(1, block(3, b"".join(map(varint, values))))


def real(value: float) -> bytes:
    """AttrValue: f = 4."""
    return varint(4 << 3 | 5) + np.float32(value).tobytes()


def word(content: str) -> bytes:
    """AttrValue: s = 2."""
    return text(2, content)


def whole(value: int) -> bytes:
    """AttrValue: i = 3."""
    return number(3, value)
