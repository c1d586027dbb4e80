"""A score's file -> Score, or every mistake in it at once."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from installation.errors import Mistake, ScoreError
from installation.score import limits
from installation.score.cues import cues_of
from installation.score.model import SCORE, ScoreWords
from installation.score.nodes import Mapping, Node, compose
from installation.score.reading import Atlas, Reading, nearest
from installation.score.shapes import attempt
from installation.show.score import Score

SHIPPED_ATLAS = Path(__file__).parents[2] / "scores" / "atlas"
"""What a score that names no atlas is played with."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; `score` is there when nothing is wrong. Warnings do not keep a score from playing."""

    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]
    score: Score | None
    atlas_folder: Path | None


def read(path: Path | str, atlas: Atlas | None = None) -> Score:
    """The score in `path`; raises ScoreError with all mistakes, AtlasError where the atlas that it names is damaged.

    Neurons are looked up in `atlas`, or in the one that the score names.
    """
    report = check(path, atlas)
    if report.score is None:
        raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
    return report.score


def check(path: Path | str, atlas: Atlas | None = None) -> Report:
    """Read the score in `path` and tell what is wrong or looks unintended; raises AtlasError like `read`."""
    reading = Reading(Path(path), _open_atlas if atlas is None else lambda _folder: atlas, SHIPPED_ATLAS)
    score = _read(reading)
    return Report(reading.mistakes, reading.warnings, None if reading.mistakes else score, reading.atlas_folder)


def score_atlas_path(path: Path | str) -> Path:
    """The atlas folder that the score in `path` names, or the shipped one; raises ScoreError."""
    reading = Reading(Path(path), _open_atlas, SHIPPED_ATLAS)
    root = _root(reading)[0]
    if isinstance(root, Mapping) and "atlas" in root:
        attempt(SCORE.keys["atlas"].kind, root.at("atlas"), reading)
    if reading.mistakes or reading.atlas_folder is None:
        raise ScoreError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    return reading.atlas_folder


def _open_atlas(folder: Path) -> Atlas:
    from installation.atlas.atlas import Atlas as AtlasFolder

    return AtlasFolder.open(folder)


def _read(reading: Reading) -> Score | None:
    root, digest = _root(reading)
    if root is None:
        return None
    words = attempt(SCORE, root, reading)
    if words is None:
        return None
    cues = cues_of(words, reading)
    _unused(words, reading)
    return Score(
        words.title or reading.file.stem,
        reading.fps,
        tuple(reading.outputs.values()),
        cues,
        tuple(reading.parameters.values()),
        words.seed,
        words.loop,
        digest,
    )


def _unused(words: ScoreWords, reading: Reading) -> None:
    """Warn of outputs that stay dark and parameters that move nothing."""
    seen = {name for cue in words.cues for layer in cue.layers for name in layer.outputs or reading.outputs}
    for name in reading.outputs:
        if name not in seen:
            reading.warn(_entry(words.node.at("outputs"), name), f"output {name!r} stays dark: no layer is on it")
    for name in reading.parameters:
        if name not in reading.used:
            reading.warn(
                _entry(words.node.at("parameters"), name), f"parameter {name!r} moves nothing: ${name} is nowhere"
            )


def _entry(node: Node, name: str) -> Node:
    return node.at(name) if isinstance(node, Mapping) else node


def _root(reading: Reading) -> tuple[Node | None, str]:
    """The file's root node, None once a mistake is told, and the digest of its text."""
    data = _bytes(reading)
    if data is None:
        return None, ""
    digest = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        where = Node(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        reading.refuse(where, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8 text")
        return None, digest
    root = compose(text, reading.refuse)
    if root is None and not reading.mistakes:
        reading.refuse(Node(1, 1), "this file is empty: a score has at least `outputs` and `cues`")
    return root, digest


def _bytes(reading: Reading) -> bytes | None:
    """What is in the file; a score is an ordinary file of a size that fits one."""
    file, top = reading.file, Node(1, 1)
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            reading.refuse(top, "this is a folder: name a score in it, such as first_light.yaml")
        elif not stat.S_ISREG(status.st_mode):
            reading.refuse(top, "this is no ordinary file")
        elif status.st_size > limits.FILE_BYTES:
            mebibytes = limits.FILE_BYTES >> 20
            reading.refuse(top, f"{status.st_size} bytes are more than a score has ({mebibytes} MiB at most)")
        else:
            with file.open("rb") as opened:
                return opened.read(limits.FILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        reading.refuse(top, f"there is no such file{nearest(file.name, _scores_beside(file))}")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reading.refuse(top, f"this file cannot be read: {error}")
    return None


def _scores_beside(file: Path) -> list[str]:
    try:
        return [other.name for other in file.parent.iterdir() if other.suffix in (".yaml", ".yml")]
    except (OSError, ValueError):
        return []
