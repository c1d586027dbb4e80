"""The protocol buffer fields that the project reads from Caffe's and TensorFlow's files, with names and numbers.

The library skips everything else in such a file. Nothing in it can run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installation.errors import AtlasError, DeviceError

MAX_DIMENSIONS = 8
"""The most dimensions of a tensor; a convolution has four."""

Fields = tuple[tuple[str, int, str], ...]
"""Name, number and type of every field; * after the type of a repeated field."""

CAFFE: Mapping[str, Fields] = {
    "Shape": (("dim", 1, "int64*"),),
    "Blob": (
        ("num", 1, "int32"),
        ("channels", 2, "int32"),
        ("height", 3, "int32"),
        ("width", 4, "int32"),
        ("data", 5, "float*"),
        ("shape", 7, "Shape"),
        ("double_data", 8, "double*"),
    ),
    "OldLayer": (("name", 4, "bytes"), ("blobs", 6, "Blob*")),
    "Layer": (("name", 1, "bytes"), ("blobs", 7, "Blob*")),
    "Net": (("layers", 2, "OldLayer*"), ("layer", 100, "Layer*")),
}
"""A .caffemodel is a Net: `layers` until 2014, `layer` since."""

TENSORFLOW: Mapping[str, Fields] = {
    "Dim": (("size", 1, "int64"),),
    "Shape": (("dim", 2, "Dim*"),),
    "Tensor": (
        ("dtype", 1, "int32"),
        ("tensor_shape", 2, "Shape"),
        ("tensor_content", 4, "bytes"),
        ("float_val", 5, "float*"),
    ),
    "Value": (("tensor", 8, "Tensor"),),
    "Attribute": (("key", 1, "bytes"), ("value", 2, "Value")),
    "Node": (("name", 1, "bytes"), ("op", 2, "bytes"), ("attr", 5, "Attribute*")),
    "Graph": (("node", 1, "Node*"),),
}
"""A frozen .pb is a Graph."""


def messages(package: str, table: Mapping[str, Fields]) -> dict[str, Any]:
    """The classes of a table's messages; DeviceError without the library."""
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except ImportError as error:
        raise DeviceError(
            "this file is read with the library protobuf, which is not installed: pip install 'installation[networks]'"
        ) from error
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2")
    for name, fields in table.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind in fields:
            word = kind.removesuffix("*")
            field = message.field.add(name=field_name, number=number)
            field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
            if word in table:
                field.type, field.type_name = field.TYPE_MESSAGE, f".{package}.{word}"
            else:
                field.type = getattr(field, f"TYPE_{word.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: pool.FindMessageTypeByName(f"{package}.{name}") for name in table}
    return {name: message_factory.GetMessageClass(descriptor) for name, descriptor in found.items()}


def parse(data: bytes, message: Any, what: str) -> Any:
    """Parse `data` as a message; AtlasError, which begins with the file's name `what`, if it is not one."""
    from google.protobuf.message import DecodeError

    try:
        return message.FromString(data)
    except DecodeError as error:
        raise AtlasError(f"{what}: damaged or cut short ({error}); fetch it again") from error
