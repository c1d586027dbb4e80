"""Values of a recipe's settings besides numbers and words: files, and channels of a layer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installation.errors import MediaError
from installation.language.named_files import NameOrFile
from installation.language.nodes import Node, NodeError
from installation.language.reading import Reading
from installation.language.scalars import Schema, quoted, unambiguous_text
from installation.media.bodies import BODIES, SUFFIXES, body_of
from installation.media.film_file import film_facts
from installation.media.image_file import image_facts
from installation.studio.objectives.magnitudes import TABLE, table_digest
from installation.studio.objectives.references import is_film


@dataclass(frozen=True, slots=True)
class RecipeFile:
    """A file that was read without errors; `sha256` detects later changes."""

    path: str
    sha256: str


@dataclass(frozen=True)
class FileBeside:
    """A file beside the recipe. `digest_of` checks it, since it may be damaged anywhere: MediaError, or its sha256."""

    words: str
    digest_of: Callable[[Path], str]

    def read(self, node: Node, reading: Reading) -> RecipeFile:
        file = reading.beside(unambiguous_text(node, "the name of a file"))
        try:
            return RecipeFile(str(Path(file).absolute()), self.digest_of(file))
        except MediaError as error:
            raise NodeError(node, str(error)) from None

    def schema(self) -> Schema:
        return {"type": "string"}


PICTURE = FileBeside(
    "picture or film file, seen from the recipe",
    lambda file: film_facts(file).digest if is_film(file) else image_facts(file).digest,
)

MAGNITUDES = FileBeside(
    "picture or `.npy` file, seen from the recipe",
    lambda file: table_digest(file) if file.suffix == TABLE else image_facts(file).digest,
)


class BodyToTrainFor:
    """`none`, a body by its name, or a file beside the recipe; reads as the name or the file."""

    def __init__(self) -> None:
        self._names = ("none", *BODIES)
        words = "`none`, `sphere`, `torus`, `plane`, or a file in OBJ or glTF, seen from the recipe"
        self._text = NameOrFile("body", self._names, SUFFIXES, body_of, words)
        self.words = self._text.words

    def read(self, node: Node, reading: Reading) -> str | RecipeFile:
        text = self._text.read(node, reading)
        if text in self._names:
            return text
        return RecipeFile(str(Path(text).absolute()), hashlib.sha256(Path(text).read_bytes()).hexdigest())

    def schema(self) -> Schema:
        return self._text.schema()


@dataclass(frozen=True)
class NeuronOfLayer:
    """layer/channel of the neuron's own network; only the network can tell whether it exists."""

    words: str = "`layer/channel`"

    def read(self, node: Node, _reading: Reading) -> str:
        text = unambiguous_text(node, "a channel of a layer")
        if not re.fullmatch(r"[^/\s]+/\S(.*\S)?", text):
            raise NodeError(node, f"{quoted(text)} is not a channel of a layer, such as conv2_3x3/17")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^[^/\s]+/\S"}
