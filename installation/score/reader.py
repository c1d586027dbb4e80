"""Reads a score's file to a Score, or reports all its mistakes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from installation import SHIPPED_ATLAS
from installation.errors import Mistake, ScoreError
from installation.language.containers import read_or_refuse
from installation.language.document import root_of
from installation.language.nodes import MappingNode, Node
from installation.language.reading import NeuronLookup, Reading
from installation.score.cue_time import CueTime
from installation.score.cues import cues_of
from installation.score.effects import effects_of, refuse_guided
from installation.score.model import SCORE, ScoreSpec
from installation.show.score import Score


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check; `score` is None if there are mistakes. A score with warnings can play.

    `files` are the files that the score names, such as pictures.
    """

    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]
    score: Score | None
    atlas_folder: Path | None
    further_atlases: Mapping[str, Path] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


def read(path: Path | str, atlas: NeuronLookup | None = None) -> Score:
    """The score in `path`; raises ScoreError with all mistakes, AtlasError if its atlas is damaged.

    It looks up neurons in `atlas`, or in the atlas that the score names.
    """
    report = check(path, atlas)
    if report.score is None:
        raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
    return report.score


def check(
    path: Path | str,
    atlas: NeuronLookup | None = None,
    open_atlas: Callable[[Path], NeuronLookup] | None = None,
    home: Path | None = None,
) -> CheckResult:
    """Reads the score in `path` and returns its mistakes and warnings; raises AtlasError like `read`.

    `open_atlas` opens the atlas folder of the score, for callers that need the atlas, too. `home` is the folder for
    relative names, if the file is a copy in another place.
    """
    opened = open_atlas or _open_atlas
    reading = Reading(Path(path), opened if atlas is None else lambda _folder: atlas, SHIPPED_ATLAS, home)
    with _without_collecting():
        score = _read(reading)
    further = {name: folder for name, folder in reading.further_atlases.items() if folder is not None}
    whole = None if reading.mistakes else score
    files = tuple(dict.fromkeys(reading.included_files))
    return CheckResult(reading.mistakes, reading.warnings, whole, reading.atlas_folder, further, files)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Suspends Python's garbage collector, which would find nothing in a large score and take half the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def score_atlas_path(path: Path | str) -> Path:
    """The atlas folder that the score in `path` names, or the shipped atlas; raises ScoreError."""
    reading = Reading(Path(path), _open_atlas, SHIPPED_ATLAS)
    root = root_of(reading)[0]
    if isinstance(root, MappingNode) and "atlas" in root:
        read_or_refuse(SCORE.keys["atlas"].kind, root.at("atlas"), reading)
    if reading.mistakes or reading.atlas_folder is None:
        raise ScoreError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    return reading.atlas_folder


def _open_atlas(folder: Path) -> NeuronLookup:
    from installation.atlas.atlas import Atlas

    return Atlas.open(folder)


def _read(reading: Reading) -> Score | None:
    root, digest = root_of(reading)
    if root is None:
        return None
    spec = read_or_refuse(SCORE, root, reading)
    if spec is None:
        return None
    cues = cues_of(spec, reading)
    refuse_guided(spec.effects, reading)
    _unused(spec, reading)
    has_chance = reading.uses_seed or any(len(one.next) > 1 for one in cues)
    if isinstance(root, MappingNode) and "seed" in root and not has_chance:
        reading.warn(root.at("seed"), "seed has no effect: nothing in this score is left to chance")
    return Score(
        spec.title or reading.file.stem,
        reading.fps,
        tuple(reading.outputs.values()),
        cues,
        tuple(reading.parameters.values()),
        max(spec.seed, 0),
        spec.loop,
        digest,
        priority=spec.priority,
        daily=spec.seed < 0,
        effects=effects_of(spec.effects, CueTime(reading, None, undated=True)),
        film_range=spec.film_range,
    )


def _unused(spec: ScoreSpec, reading: Reading) -> None:
    """Warns of outputs that stay dark, and of unused cameras and parameters."""
    seen = {name for cue in spec.cues for layer in cue.layers for name in layer.outputs or reading.outputs}
    for name in reading.outputs:
        if name not in seen:
            reading.warn(_entry(spec.node.at("outputs"), name), f"output {name!r} stays dark: no layer is on it")
    for name in reading.cameras:
        if name not in reading.used_cameras:
            reading.warn(_entry(spec.node.at("cameras"), name), f"camera {name!r} is used nowhere")
    for name in reading.parameters:
        if name not in reading.used:
            reading.warn(
                _entry(spec.node.at("parameters"), name), f"parameter {name!r} moves nothing: ${name} is nowhere"
            )


def _entry(node: Node, name: str) -> Node:
    return node.at(name) if isinstance(node, MappingNode) else node
