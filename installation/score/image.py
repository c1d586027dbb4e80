"""A picture from a file, in the words of a score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from installation.errors import MediaError
from installation.language.containers import ByNodeType, Record, RecordOf, key
from installation.language.nodes import Node, NodeError
from installation.language.reading import Reading
from installation.language.scalars import OneOf, Schema, unambiguous_text
from installation.media.image_file import ImageFacts, image_facts
from installation.show.frame import Fit, StillImage


@dataclass(frozen=True)
class CheckedImage:
    """A picture file that was read and is undamaged."""

    file: Path
    facts: ImageFacts


@dataclass(frozen=True)
class ImageScalar:
    """A picture file beside the score; it reads the whole file, which may be damaged anywhere."""

    words: str = "picture file, seen from the score"

    def read(self, node: Node, reading: Reading) -> CheckedImage:
        file = reading.beside(unambiguous_text(node, "the name of a picture file"))
        try:
            return CheckedImage(file, image_facts(file))
        except MediaError as error:
            raise NodeError(node, str(error)) from None

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageSpec(Record):
    """A picture from a file: PNG, JPEG, TIFF, WebP or EXR."""

    file: CheckedImage | None = key(ImageScalar(), "The file.", None, required=True)
    fit: Fit = key(
        OneOf(Fit, "fit"),
        "`contain` shows all of it; `cover` fills its place; `stretch` gives it the shape of its place.",
        "contain",
    )
    synonyms: ClassVar[dict[str, str]] = {"path": "file", "src": "file", "name": "file", "size": "fit", "mode": "fit"}


IMAGE: ByNodeType[ImageSpec | CheckedImage] = ByNodeType(
    "picture file, or an image", ImageScalar(), None, RecordOf(ImageSpec, "an image")
)


def image_of(spec: ImageSpec | CheckedImage | None) -> StillImage | None:
    """The image that `spec` describes; None after a reported mistake. The show sets its aspect for each place."""
    checked = spec.file if isinstance(spec, ImageSpec) else spec
    if checked is None:
        return None
    fit = spec.fit if isinstance(spec, ImageSpec) else "contain"
    return StillImage(str(checked.file), checked.facts.digest, fit)
