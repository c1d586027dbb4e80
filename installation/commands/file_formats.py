"""The formats of the files that people write: finds a file's format and mistakes, and renames its former words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installation.book.collections_file import COLLECTIONS, read_collections
from installation.desk.desk_file import DESK, read_desk_file
from installation.editions.shader_trials import try_shaders
from installation.errors import DeviceError, Mistake, ScoreError
from installation.files import write_atomically
from installation.language.containers import RecordOf, read_or_refuse
from installation.language.document import root_of
from installation.language.former_words import Renaming, renamed
from installation.language.nodes import MappingNode
from installation.language.reading import Reading
from installation.rig.venue import VENUE, read_venue
from installation.score import reader
from installation.score.model import SCORE
from installation.studio.recipes.spec import RECIPE, load_recipe


@dataclass(frozen=True)
class FileFormat:
    """One format. `warnings` reads a file and returns what looks unintended; it raises an error with all mistakes."""

    spec: RecordOf[Any]
    warnings: Callable[[Path], Sequence[Mistake]]

    def knows(self, word: str) -> bool:
        """Whether `word` is a key of such a file, a former key, or a synonym of one."""
        return word in self.spec.keys or word in self.spec.record.former_words or word in self.spec.record.synonyms


def _score_warnings(score: Path) -> Sequence[Mistake]:
    found = reader.check(score)
    if found.score is None:
        raise ScoreError("\n".join(map(str, found.mistakes)), found.mistakes)
    try_shaders(found.score, {one.name: (one.width, one.height) for one in found.score.outputs})
    return found.warnings


FORMATS = (
    FileFormat(SCORE, _score_warnings),
    FileFormat(VENUE, lambda rig: read_venue(rig).warnings),
    FileFormat(DESK, lambda desk: read_desk_file(desk).warnings),
    FileFormat(RECIPE, lambda recipe: load_recipe(recipe).warnings),
    FileFormat(COLLECTIONS, lambda collections: read_collections(collections).warnings),
)
"""A file of an unknown format is read as the first one, a score."""


def format_of(file: Path) -> FileFormat:
    """The format that knows most keys of a file; a score if the file cannot be read, or no format knows any key."""
    root, _ = root_of(_reading(file))
    words = root.entries if isinstance(root, MappingNode) else {}
    return max(FORMATS, key=lambda one: sum(map(one.knows, words)))


def rename_former_words(file: Path, spec: RecordOf[Any]) -> tuple[Renaming, ...]:
    """Replace a file's former words by the current ones, and nothing else; a link stays a link. Raises DeviceError."""
    reading = _reading(file)
    root, _ = root_of(reading)
    if root is not None:
        read_or_refuse(spec, root, reading)
    if reading.renamings:
        target = file.resolve()
        if not target.stat().st_mode & 0o222:
            raise DeviceError(f"{file}: this file is read-only; chmod u+w it; nothing was changed")
        before = target.read_bytes().decode("utf-8")
        mode = target.stat().st_mode & 0o7777
        write_atomically(target, renamed(before, reading.renamings).encode("utf-8"))
        target.chmod(mode)
    return tuple(reading.renamings)


class _AnyNeuron:
    """Stands for any neuron that a score names, so that its words can be renamed without its atlas."""

    address = name = family = ""

    def find(self, _word: str, /) -> _AnyNeuron:
        return self

    def layer(self, _network: str, _layer: str, /) -> Sequence[_AnyNeuron]:
        return (self,)

    def has_cycle(self, _word: str, /) -> bool:
        return True

    def has_alpha(self, _word: str, /) -> bool:
        return True

    def on_map(self, _by: str, _columns: int | None, /) -> Sequence[_AnyNeuron]:
        return (self,)

    def of_family(self, _family: str, /) -> Sequence[_AnyNeuron]:
        return (self,)


def _reading(file: Path) -> Reading:
    return Reading(file, lambda _folder: _AnyNeuron(), Path())
