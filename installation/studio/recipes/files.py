"""Values of a recipe's settings besides numbers and words: picture files, and channels of a layer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from installation.errors import MediaError
from installation.language.nodes import Node, NodeError
from installation.language.reading import Reading
from installation.language.scalars import Schema, quoted, unambiguous_text
from installation.media.film_file import film_facts
from installation.media.image_file import image_facts
from installation.studio.objectives.references import is_film


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture or film that was read without errors; `sha256` detects later changes."""

    path: str
    sha256: str


@dataclass(frozen=True)
class PictureOfFile:
    """The file of a picture or a film beside the recipe; `read` checks it, since it may be damaged anywhere."""

    words: str = "picture or film file, seen from the recipe"

    def read(self, node: Node, reading: Reading) -> PictureFile:
        file = reading.beside(unambiguous_text(node, "the name of a picture file"))
        try:
            digest = film_facts(file).digest if is_film(file) else image_facts(file).digest
        except MediaError as error:
            raise NodeError(node, str(error)) from None
        return PictureFile(str(Path(file).absolute()), digest)

    def schema(self) -> Schema:
        return {"type": "string"}


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
