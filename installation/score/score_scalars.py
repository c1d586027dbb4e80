"""The kinds of words that only a score has: frame rates, atlases, cameras, seeds, neurons, outputs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from installation.atlas import INDEX_NAME, MAP_NAME
from installation.atlas.map import ORDERS
from installation.errors import ScoreError
from installation.language.nodes import MappingNode, Node, NodeError
from installation.language.reading import Reading, nearest
from installation.language.scalars import IntRange, Name, Schema, quoted, scalar, unambiguous_text, wrong_node_type
from installation.score import limits
from installation.show.controls import CONTROLS

OWN_ROOTS = frozenset({row.address.split("/")[1] for row in CONTROLS} | {"atlas", "edit", "rig", "passcode"})
"""The first parts of the player's own addresses."""

NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "47.95": 48, "59.94": 60, "119.88": 120}


def frames_per_second(text: str) -> Fraction:
    """Reads a frame rate; raises ValueError, which says what is allowed."""
    match = re.fullmatch(r"(\d{1,9})/([1-9]\d{0,8})|(\d{1,3}(?:\.\d{1,6})?)", text, re.ASCII)
    if not match:
        raise ValueError(f"{quoted(text)} is not a frame rate; write 30, 29.97 or 30000/1001")
    whole = NTSC.get(text)
    fps = Fraction(whole * 1000, 1001) if whole else Fraction(text)
    low, high = limits.FRAMES_PER_SECOND
    if not low <= fps <= high:
        raise ValueError(f"{text} frames per second are outside {low}..{high}")
    return fps


@dataclass(frozen=True)
class FrameRate:
    """Frames per second: `30`, `29.97` (which means 30000/1001), `30000/1001`. Stores the rate in the reading."""

    words: str = "`30`, `29.97` or `30000/1001`"

    def read(self, node: Node, reading: Reading) -> Fraction:
        text = scalar(node, "frames per second").text
        try:
            fps = frames_per_second(text)
        except ValueError as error:
            raise NodeError(node, str(error)) from None
        reading.fps = fps
        return fps

    def schema(self) -> Schema:
        low, high = limits.FRAMES_PER_SECOND
        return {
            "anyOf": [
                {"type": "number", "minimum": low, "maximum": high},
                {"type": "string", "pattern": r"^\d{1,9}/[1-9]\d{0,8}$|^\d{1,3}(\.\d{1,6})?$"},
            ]
        }


@dataclass(frozen=True)
class FolderScalar:
    """The atlas: a folder beside the score. Stores its path in the reading; the default is the shipped atlas."""

    words: str = "folder, seen from the score"

    def read(self, node: Node, reading: Reading) -> str:
        reading.atlas_folder = None
        reading.atlas_folder = atlas_folder(node, reading)
        return str(reading.atlas_folder)

    def schema(self) -> Schema:
        return {"type": "string"}


def atlas_folder(node: Node, reading: Reading) -> Path:
    """The atlas beside the score that `node` names; raises NodeError."""
    text = unambiguous_text(node, "the atlas folder")
    folder = reading.home / text
    if not _is_folder(folder):
        raise NodeError(
            node,
            f"atlas {quoted(text)} is not a folder beside the score ({folder}); `installation atlas build` makes one",
        )
    if not _is_there(folder / INDEX_NAME):
        raise NodeError(node, f"folder {quoted(text)} is not an atlas: {INDEX_NAME} is missing in it")
    return folder


MAIN = "main"


@dataclass(frozen=True)
class SeveralAtlases:
    """Atlases by name: neurons of `main` need no prefix; `mine:slug` is the neuron slug of the atlas `mine`."""

    words: str = "`{main: FOLDER, NAME: FOLDER}`"

    def read(self, node: Node, reading: Reading) -> str:
        if not isinstance(node, MappingNode):
            raise wrong_node_type(node, self.words)
        for key, value in node.entries.values():
            try:
                Name("the name of an atlas", addressed_by="a score").read(key, reading)
                if key.text == MAIN:
                    FolderScalar().read(value, reading)
                else:
                    reading.further_atlases[key.text] = None
                    reading.further_atlases[key.text] = atlas_folder(value, reading)
            except NodeError as wrong:
                reading.refuse(wrong.node, wrong.message)
        return ""

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # the name is too long or has a NUL, or the folder is not accessible
        return False


@dataclass(frozen=True)
class CameraScalar:
    """The name of one of the score's cameras; reads as that camera's view."""

    words: str = "name of a camera"

    def read(self, node: Node, reading: Reading) -> Any:
        text = unambiguous_text(node, "a camera")
        known = reading.cameras
        if text not in known:
            have = f"the score has {', '.join(known)}" if known else "the score has none: add it under `cameras`"
            raise NodeError(node, f"camera {quoted(text)} is unknown; {have}{nearest(text, known)}")
        reading.used_cameras.add(text)
        return known[text]

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class TimeOfDay:
    """A time of the day, `18:00` or `18:00:30`; reads as seconds since midnight."""

    words: str = "time of the day"

    def read(self, node: Node, _reading: Reading) -> int:
        text = scalar(node, "a time of the day such as 18:00").text
        match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", text, re.ASCII)
        if not match:
            raise NodeError(node, f"{quoted(text)} is not a time of the day; write 18:00 or 18:00:30")
        hours, minutes, seconds = (int(one or 0) for one in match.groups())
        return hours * 3600 + minutes * 60 + seconds

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"}


DAILY = "daily"


@dataclass(frozen=True)
class SeedScalar:
    """A whole number, which it stores in the reading, or `daily`, which reads as -1."""

    words: str = f"whole number, {limits.SEED[0]}..{limits.SEED[1]}, or `{DAILY}`"

    def read(self, node: Node, reading: Reading) -> int:
        if scalar(node, "a whole number or `daily`").text == DAILY:
            return -1
        reading.seed = IntRange(*limits.SEED).read(node, reading)
        return reading.seed

    def schema(self) -> Schema:
        return {"anyOf": [IntRange(*limits.SEED).schema(), {"const": DAILY}]}


@dataclass(frozen=True)
class OscAddress:
    """An address to which another program sends; not one of the player's own."""

    words: str = "OSC address"

    def read(self, node: Node, _reading: Reading) -> str:
        text = unambiguous_text(node, "an OSC address")
        if not re.fullmatch(r"(?:/[!\"$-)+.0-;<-Z^-z|~-]+)+", text, re.ASCII) or len(text) > limits.OSC_ADDRESS:
            told = f"letters, digits and signs, each part behind a /, {limits.OSC_ADDRESS} characters at most"
            raise NodeError(node, f"{quoted(text)} is not an OSC address such as /sensor/1; it has {told}")
        if text.casefold().split("/")[1] in OWN_ROOTS:
            raise NodeError(node, f"{quoted(text)} is an address of the player itself; let the sensor send to another")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^/.+$"}


@dataclass(frozen=True)
class NeuronScalar:
    """A neuron by name or address; reads as its address."""

    words: str = "neuron"

    def read(self, node: Node, reading: Reading) -> str:
        text = unambiguous_text(node, "a neuron")
        try:
            return reading.address(text)
        except ScoreError as error:
            several = list(filter(None, re.split(r"\s*(?:,|->|=>|→|\s)\s*", text)))
            if len(several) > 1 and all(_is_known(one, reading) for one in several):
                raise NodeError(
                    node,
                    f"{quoted(text)} is one word here, and no neuron; several stand in a list, [{', '.join(several)}]",
                ) from None
            raise NodeError(node, str(error)) from None

    def schema(self) -> Schema:
        return {
            "type": "string",
            "description": "A neuron's name, such as pagoda, or address, such as places365/conv10/251",
        }


def _is_known(word: str, reading: Reading) -> bool:
    try:
        reading.address(word)
    except ScoreError:
        return False
    return True


@dataclass(frozen=True)
class LayerScalar:
    """A layer of a network; reads as the addresses of its neurons."""

    words: str = "network/layer"

    def read(self, node: Node, reading: Reading) -> tuple[str, ...]:
        text = unambiguous_text(node, "a layer")
        try:
            return reading.layer(text)
        except ScoreError as error:
            raise NodeError(node, str(error)) from None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[^/]+/.+$"}


@dataclass(frozen=True)
class MapScalar:
    """An atlas's map, by its order; `mine:likeness` is the map of the atlas `mine`. Reads as written."""

    words: str = " or ".join(f"`{order}`" for order in ORDERS)

    def read(self, node: Node, reading: Reading) -> str:
        text = unambiguous_text(node, "the order of a map")
        name, colon, order = text.rpartition(":")
        if order not in ORDERS:
            known = ", ".join(ORDERS)
            raise NodeError(node, f"map {quoted(text)} is unknown; there is {known}{nearest(order, ORDERS)}")
        folder = reading.further_atlases.get(name) if colon else reading.atlas_folder
        if order != "layer" and folder is not None:
            reading.included_files.append(folder / MAP_NAME)
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^([^:]+:)?({'|'.join(ORDERS)})$"}


@dataclass(frozen=True)
class OutputScalar:
    """The name of one of the score's outputs."""

    words: str = "output"

    def read(self, node: Node, reading: Reading) -> str:
        text = unambiguous_text(node, "an output")
        if text not in reading.outputs and reading.outputs:
            known = reading.outputs
            raise NodeError(
                node, f"output {quoted(text)} is unknown; the score has {', '.join(known)}{nearest(text, known)}"
            )
        return text

    def schema(self) -> Schema:
        return {"type": ["string", "number"]}
