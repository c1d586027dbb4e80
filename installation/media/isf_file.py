"""Shaders in the Interactive Shader Format (ISF), version 2: reads inputs and passes from the JSON at their beginning.

Specified at https://github.com/mrRay/ISF_Spec. Pictures here are functions of time: features that contradict this are
refused with the reason.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import operator
import re
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from installation.errors import MediaError
from installation.files import Stamp, read_regular, stamp_of
from installation.media.image_file import image_facts

MAX_BYTES = 2**20
MAX_PASSES = 16
MAX_INPUTS = 256
MAX_FORMULA = 200
"""The most characters of a pass's side."""

MAX_REASON = 500
"""The most characters of a reason: it may quote a file of a megabyte."""

MAX_SIDE_PX = 8192
MAX_IMAGES = 12
"""Inputs, targets of passes and imported pictures together: OpenGL promises 16 textures to a fragment shader."""

NUMBERS = {"event": 1, "bool": 1, "long": 1, "float": 1, "point2D": 2, "color": 4}
"""The numeric types of inputs, with their number of components."""

LARGEST = {"long": 2.0**31 - 1}
LARGEST_FLOAT = 3.4e38
"""The largest numbers of GLSL's int and float."""

HEARD = ("audio", "audioFFT")

_HEADER = re.compile(r"\ufeff?(?:\s|//[^\n]*\n)*/\*(.*?)\*/", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class IsfInput:
    """An input; `type` is ISF's name of its type. `default`, `low` and `high` have one number per component, none for
    images. `about` is its label."""

    name: str
    type: str
    default: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class IsfPass:
    """A pass: the name of its target, "" for the final picture, its sides as formulas, and whether it draws floats."""

    target: str = ""
    width: str = "$WIDTH"
    height: str = "$HEIGHT"
    is_float: bool = False


@dataclass(frozen=True, slots=True)
class IsfShader:
    """A shader. `text` is the whole file, `vertex` the text of a vertex shader beside it, "" for none; `images` are
    imported pictures, by name and file; `digest` covers all of these.

    A shader with an input `inputImage` is a filter; others generate a picture.
    """

    file: Path
    digest: str
    text: str
    vertex: str
    inputs: tuple[IsfInput, ...]
    passes: tuple[IsfPass, ...]
    images: tuple[tuple[str, Path], ...]
    about: str = ""

    @property
    def numbers(self) -> tuple[IsfInput, ...]:
        """The numeric inputs."""
        return tuple(one for one in self.inputs if one.type in NUMBERS)

    @property
    def is_filter(self) -> bool:
        return any(one.type == "image" and one.name == "inputImage" for one in self.inputs)

    @property
    def further_images(self) -> tuple[str, ...]:
        """The names of inputs that are pictures of other layers."""
        return tuple(one.name for one in self.inputs if one.type == "image" and one.name != "inputImage")

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the shader."""
        beside = (vertex_file(self.file),) if self.vertex else ()
        return self.file, *beside, *(file for _, file in self.images)


def vertex_file(file: Path) -> Path:
    """The path of a shader's own vertex shader, if it has one."""
    return file.with_suffix(".vs")


def read_isf(file: Path) -> IsfShader:
    """Read a shader. The result is cached until somebody saves the file. Raises MediaError with the file's line."""
    shader = _read(file, stamp_of(file), stamp_of(vertex_file(file)))
    if not shader.images:
        return shader
    digests = "".join([shader.digest, *(image_facts(image).digest for _, image in shader.images)])
    return replace(shader, digest=hashlib.sha256(digests.encode()).hexdigest())


def read_known(file: Path, digest: str) -> IsfShader:
    """Read a shader that was checked before. Raises MediaError if the file has changed since."""
    shader = read_isf(file)
    if shader.digest != digest:
        raise MediaError(f"{file}: this shader was saved anew; it is used when the score is read again")
    return shader


@lru_cache(maxsize=256)
def _read(file: Path, _stamp: Stamp | None, _vertex_stamp: Stamp | None) -> IsfShader:
    content = _content(file)
    vertex = _content(vertex_file(file)) if vertex_file(file).is_file() else b""
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    header = _HEADER.match(text)
    if header is None:
        _refuse(file, 1, "this is no ISF shader: it begins with no comment that holds JSON, /*{ ... }*/")
    try:
        told = json.loads(header[1], strict=False)
    except json.JSONDecodeError as error:
        line = text.count("\n", 0, header.start(1)) + error.lineno
        _refuse(file, line, f"the JSON at its beginning cannot be read: {error.msg}")
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 100,000 brackets
        _refuse(file, 1, f"the JSON at its beginning cannot be read: {error}")
    if not isinstance(told, dict):
        _refuse(file, 1, "the JSON at its beginning is no object, {...}")
    parsed = _Header(file, text, told)
    inputs, images = parsed.inputs(), parsed.images()
    passes = parsed.passes(inputs)
    pictures = [one for one in inputs if one.type == "image"]
    if len(pictures) + len({one.target for one in passes if one.target}) + len(images) > MAX_IMAGES:
        _refuse(file, 1, f"it has too many pictures, targets of passes and imported pictures: {MAX_IMAGES} at most")
    digest = hashlib.sha256(content + b"\0" + vertex).hexdigest()
    return IsfShader(
        file,
        digest,
        text,
        vertex.decode("utf-8", "replace"),
        inputs,
        passes,
        images,
        str(told.get("DESCRIPTION", "")),
    )


def _content(file: Path) -> bytes:
    try:
        return read_regular(file, MAX_BYTES)
    except OSError as error:
        raise MediaError(f"shader {file.name!r} cannot be read: {error.strerror or error}") from None


def _refuse(file: Path, line: int, why: str) -> NoReturn:
    raise MediaError(f"{file}:{line}: {why if len(why) <= MAX_REASON else why[:MAX_REASON] + '...'}")


class _Header:
    """The JSON of a shader. Errors name the line of the key or name that they are about."""

    def __init__(self, file: Path, text: str, told: Mapping[str, Any]) -> None:
        self._file, self._text, self._told = file, text, told
        if told.get("PERSISTENT_BUFFERS"):
            self._no_memory("PERSISTENT_BUFFERS")

    def refuse(self, word: str, why: str) -> NoReturn:
        """Refuse the shader at the first line that has the word in quotes."""
        place = self._text.find(f'"{word}"')
        _refuse(self._file, self._text.count("\n", 0, max(place, 0)) + 1, why)

    def _no_memory(self, word: str) -> NoReturn:
        self.refuse(
            word,
            "persistent buffers remember frames before this one, and a picture here is a function of its time alone: "
            "after a seek, on another machine or in a film it would be another one. Use the effect `echo`, or work out "
            "from TIME what is to be seen",
        )

    def _list(self, key: str) -> list[Mapping[str, Any]]:
        found = self._told.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.refuse(key, f"{key} is a list of objects, [{{...}}, ...]")
        return found

    def inputs(self) -> tuple[IsfInput, ...]:
        found: dict[str, IsfInput] = {}
        told = self._list("INPUTS")
        if len(told) > MAX_INPUTS:
            self.refuse("INPUTS", f"{len(told)} inputs are too many: {MAX_INPUTS} at most")
        for one in told:
            name, kind = str(one.get("NAME", "")), str(one.get("TYPE", ""))
            if not _NAME.fullmatch(name):
                self.refuse(name or "INPUTS", f"an input needs a NAME that is a word in GLSL, not {name!r}")
            if name in found:
                self.refuse(name, f"two inputs are called {name!r}")
            if kind in HEARD:
                self.refuse(
                    name,
                    f"input {name!r} is to hear sound ({kind}), and no picture here hears: give it a float, and let "
                    "your sound program move a parameter of the score by OSC",
                )
            if kind not in (*NUMBERS, "image"):
                self.refuse(name, f"input {name!r} is of no type that ISF 2 has: {kind!r}")
            found[name] = IsfInput(name, kind) if kind == "image" else self._number(name, kind, one)
        return tuple(found.values())

    def _number(self, name: str, kind: str, one: Mapping[str, Any]) -> IsfInput:
        count = NUMBERS[kind]

        def numbers(key: str, fallback: float) -> tuple[float, ...]:
            value = one.get(key)
            found = self._floats(name, kind, key, [fallback] * count if value is None else value)
            if kind == "color" and len(found) == 3:
                found = (*found, 1.0)
            if len(found) != count:
                self.refuse(name, f"{key} of input {name!r} is {value!r}, which is no {kind}")
            return found

        limit = 1.0 if kind in ("bool", "event", "color") else 36_000.0
        low, high = numbers("MIN", 0.0 if limit == 1.0 else -limit), numbers("MAX", limit)
        if kind == "long" and isinstance(choices := one.get("VALUES"), list) and choices:
            known = self._floats(name, kind, "VALUES", choices)
            low, high = (min(known),), (max(known),)
        if any(a > b for a, b in zip(low, high, strict=True)):
            self.refuse(name, f"MIN of input {name!r} is above its MAX")
        default = numbers("DEFAULT", 0.0)
        default = tuple(min(max(value, a), b) for value, a, b in zip(default, low, high, strict=True))
        return IsfInput(name, kind, default, low, high, str(one.get("LABEL", "")))

    def _floats(self, name: str, kind: str, key: str, value: object) -> tuple[float, ...]:
        """The numbers of a key of an input: one, or a list of them."""
        largest = LARGEST.get(kind, LARGEST_FLOAT)
        values: list[Any] = value if isinstance(value, list) else [value]
        try:
            found = tuple(float(each) for each in values)
        except (TypeError, ValueError, OverflowError):
            found = ()
        if not found or not all(-largest <= each <= largest for each in found):
            self.refuse(name, f"{key} of input {name!r} is {reprlib.repr(value)}, which is no {kind}")
        return found

    def passes(self, inputs: Sequence[IsfInput]) -> tuple[IsfPass, ...]:
        singles = {one.name: 1.0 for one in inputs if NUMBERS.get(one.type) == 1}
        found = []
        told = self._list("PASSES")
        if len(told) > MAX_PASSES:
            self.refuse("PASSES", f"{len(told)} passes are too many: {MAX_PASSES} at most")
        for one in told:
            target = str(one.get("TARGET", ""))
            if one.get("PERSISTENT"):
                self._no_memory("PERSISTENT")
            if target and not _NAME.fullmatch(target):
                self.refuse(target, f"a TARGET is a word in GLSL, not {target!r}")
            sides = []
            for key in ("WIDTH", "HEIGHT"):
                formula = str(one.get(key, f"${key}"))
                try:
                    side(formula, 100, 100, singles)
                except ValueError as error:
                    self.refuse(key, f"{key} of a pass cannot be worked out: {error}")
                sides.append(formula)
            found.append(IsfPass(target, sides[0], sides[1], bool(one.get("FLOAT"))))
        return tuple(found) or (IsfPass(),)

    def images(self) -> tuple[tuple[str, Path], ...]:
        told = self._told.get("IMPORTED") or {}
        pairs = told.items() if isinstance(told, dict) else [(one.get("NAME"), one) for one in self._list("IMPORTED")]
        found = []
        for name, one in pairs:
            path = one.get("PATH") if isinstance(one, dict) else None
            if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(path, str):
                self.refuse("IMPORTED", "an imported picture needs a name that is a word in GLSL, and a PATH")
            found.append((name, self._file.parent / path))
        return tuple(found)


_OPERATORS: Mapping[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "sqrt": math.sqrt,
    "abs": abs,
    "min": min,
    "max": max,
    "pow": pow,
    "log2": math.log2,
}


def side(formula: str, width: int, height: int, inputs: Mapping[str, float]) -> int:
    """A side of a pass in pixels, by a formula such as `floor($WIDTH / 4)`. Raises ValueError."""
    values = {"WIDTH": float(width), "HEIGHT": float(height), **inputs}

    def worked_out(node: ast.expr) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name) and node.id.startswith("value_") and node.id[6:] in values:
            return values[node.id[6:]]
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](worked_out(node.left), worked_out(node.right))
        if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](worked_out(node.operand))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.lower() in _FUNCTIONS:
            return _FUNCTIONS[node.func.id.lower()](*map(worked_out, node.args))
        raise ValueError(f"{formula!r} has more in it than numbers, $WIDTH, $HEIGHT, inputs and plain functions")

    try:
        found = float(worked_out(_parsed(formula)))  # a root of a negative number is complex, and no float
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"{formula!r}: {error}") from None
    if not math.isfinite(found):
        raise ValueError(f"{formula!r} is no size")
    return min(max(int(found), 1), MAX_SIDE_PX)


@lru_cache(maxsize=256)
def _parsed(formula: str) -> ast.expr:
    """A formula as a tree, kept because every frame works it out. Raises ValueError."""
    if len(formula) > MAX_FORMULA:
        raise ValueError(f"{formula[:40]!r}... is longer than {MAX_FORMULA} characters")
    try:
        return ast.parse(re.sub(r"\$(\w+)", r"value_\1", formula.strip()), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"{formula!r}: {error}") from None
