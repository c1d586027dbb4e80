"""An artist's own shaders (ISF), in the words of a score: a file, and the values of its inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from installation.errors import MediaError
from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode, SequenceNode
from installation.language.reading import Reading, nearest
from installation.language.scalars import Name, Schema, quoted, unambiguous_text, wrong_node_type
from installation.media.isf_file import IsfInput, IsfShader, read_isf
from installation.score.text import ColourScalar
from installation.show.effects import Quantity

Value = TypeVar("Value")

FILE = "shader"
"""The key of the file, beside the keys of the inputs."""


@dataclass(frozen=True)
class ShaderWords(Generic[Value]):
    """A shader, and the values of its inputs: `values` by the names of `quantities_of`, `layers` by the names of its
    pictures."""

    shader: IsfShader
    values: dict[str, Value]
    layers: dict[str, tuple[Node, str]]


def quantities_of(one: IsfInput) -> list[Quantity]:
    """The numbers of an input: one, or one for each component."""
    parts = {"point2D": ("x", "y"), "color": ("red", "green", "blue", "alpha")}.get(one.type, ("",))
    names = [f"{one.name} {part}".strip() for part in parts]
    ends = zip(names, one.low, one.high, one.default, strict=True)
    return [Quantity(name, low, high, default, one.about) for name, low, high, default in ends]


def shader_words(
    node: Node,
    reading: Reading,
    value_of: Callable[[Node, Quantity, Reading], Value | None],
    fixed: Callable[[float], Value],
) -> ShaderWords[Value]:
    """Reads a file's name, or a mapping with `shader` and inputs.

    `value_of` reads a number, `fixed` makes a value of a constant. Raises NodeError if the file is not an ISF shader.
    """
    if isinstance(node, ScalarNode):
        words: ShaderWords[Value] = ShaderWords(_read(node, reading), {}, {})
    elif isinstance(node, MappingNode) and FILE in node.entries:
        words = ShaderWords(_read(node.entries[FILE][1], reading), {}, {})
        for name, (name_node, value) in node.entries.items():
            if name != FILE:
                _take(words, name, name_node, value, reading, value_of, fixed)
    else:
        raise wrong_node_type(node, "a shader file, or `{shader: FILE}` with its inputs")
    for missing in words.shader.further_images:
        if missing not in words.layers:
            reading.refuse(node, f"input {missing!r} of this shader is a picture: name a layer of the cue for it")
    return words


def _read(node: Node, reading: Reading) -> IsfShader:
    file = reading.beside(unambiguous_text(node, "the name of a shader file"))
    try:
        shader = read_isf(file)
    except MediaError as error:
        raise NodeError(node, str(error)) from None
    reading.included_files += shader.files[1:]
    return shader


def _take(
    words: ShaderWords[Value],
    name: str,
    name_node: Node,
    node: Node,
    reading: Reading,
    value_of: Callable[[Node, Quantity, Reading], Value | None],
    fixed: Callable[[float], Value],
) -> None:
    """Reads one input."""
    one = next((each for each in words.shader.inputs if each.name == name and name != "inputImage"), None)
    if one is None:
        names = [each.name for each in words.shader.inputs if each.name != "inputImage"]
        have = f"it has {', '.join(names)}" if names else "it has none"
        reading.refuse(name_node, f"{quoted(name)} is no input of this shader; {have}{nearest(name, names)}")
        return
    if one.type == "image":
        words.layers[name] = node, Name("the name of a layer").read(node, reading)
        return
    quantities = quantities_of(one)
    if one.type == "color":
        colour = ColourScalar().read(node, reading)
        words.values.update({each.name: fixed(part) for each, part in zip(quantities, colour, strict=True)})
    elif one.type == "point2D":
        if not isinstance(node, SequenceNode) or len(node.items) != len(quantities):
            raise wrong_node_type(node, "two numbers, [x, y]")
        for each, part in zip(quantities, node.items, strict=True):
            if (value := value_of(part, each, reading)) is not None:
                words.values[each.name] = value
    elif isinstance(node, ScalarNode) and node.text in ("true", "false") and one.type in ("bool", "event"):
        words.values[name] = fixed(float(node.text == "true"))
    elif (value := value_of(node, quantities[0], reading)) is not None:
        words.values[name] = value


def schema() -> Schema:
    """A shader in JSON Schema; only the shader's file defines its inputs."""
    named = {"type": "object", "properties": {FILE: {"type": "string"}}, "required": [FILE]}
    return {"anyOf": [{"type": "string"}, named]}
