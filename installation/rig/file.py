"""Writes changed values back into a rig file, and nothing else, so that comments and layout stay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from installation.errors import DeviceError, InstallationError, RigError
from installation.files import next_path, replacing, write_atomically
from installation.language.nodes import LOADER
from installation.rig.head import Head, SoftEdge
from installation.rig.mask import Mask, PictureMask
from installation.rig.venue import read_venue
from installation.rig.warp import Mesh

DECIMALS = 6
"""The decimals of written values: a millionth of 16,384 pixels is far below one pixel."""

Value = float | bool | str | Sequence["Value"] | Mapping[str, "Value"]
"""The value of a key: a number, a word, a list, or a mapping."""


def save_heads(path: Path, before: Sequence[Head], heads: Sequence[Head]) -> None:
    """Write the differences between `heads` and `before`, the heads read from `path`: all of them or none.

    Raises RigError if the heads in the file have changed since then, so that no edit is overwritten, and DeviceError if
    the file cannot be written.
    """
    target = path.resolve()  # a symbolic link stays one
    if target.exists() and not target.stat().st_mode & 0o222:
        raise DeviceError(f"{path}: this file is read-only; chmod u+w it; the wall still shows your adjustment")
    if _heads_of(target, before) != tuple(before):
        raise RigError(
            f"{path}: somebody else has changed its heads since the player read them; revert, and start from those"
        )
    try:
        text = target.read_bytes().decode("utf-8")
    except OSError as error:
        raise DeviceError(f"{path}: {error.strerror}; nothing was written; the wall shows your adjustment") from None
    _write(target, rewritten(text, before, heads), heads)


def replace_heads(path: Path, before: Sequence[Head], heads: Sequence[Head], wall_seconds: float) -> Path:
    """Save heads as `save_heads` does, keep the former file beside it, and return the kept file's name.

    `wall_seconds` is the time of day, in seconds since 1970.
    """
    target = path.resolve()
    kept = next_path(target.parent, f"{target.stem}-before", target.suffix, wall_seconds)
    try:
        text = target.read_bytes()
    except OSError as error:
        raise DeviceError(f"{path}: {error.strerror}; nothing was written") from None
    write_atomically(kept, text)
    try:
        save_heads(path, before, heads)
    except InstallationError:
        kept.unlink(missing_ok=True)
        raise
    return kept


def rewritten(text: str, before: Iterable[Head], heads: Iterable[Head]) -> str:
    """The rig `text` with the values of `heads`, wherever they differ from `before`."""
    mark = text[: text.startswith("\ufeff")]  # UTF-8's byte order mark, which node positions do not count
    text = text.removeprefix(mark)
    root = yaml.compose(text, Loader=LOADER)  # the reader's own loader: every readable rig can be saved
    assert isinstance(root, yaml.MappingNode), "a rig that could be read is a mapping"
    edits: list[_Edit] = []
    known = {head.output: head for head in before}
    entries = _entries(_entries(root)["heads"][1])
    for head in heads:
        old, node = _words(known[head.output]), entries[head.output][1]
        for word, value in _words(head).items():
            if value != old[word]:
                _put(edits, text, node, word, value)
    line_end = "\r\n" if "\r\n" in text else "\n"
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.words.replace("\n", line_end) + text[edit.end :]
    return mark + text


class _Edit(NamedTuple):
    """Characters `start` up to `end` become `words`."""

    start: int
    end: int
    words: str


def _words(head: Head) -> dict[str, Value | None]:
    """The keys of a head that this program writes, as a rig spells them; None for a key that the rig should omit."""
    curve: Value = head.curve[0] if len(set(head.curve)) == 1 else head.curve
    return {
        "corners": head.corners,
        "mesh": _mesh(head.mesh) if head.mesh else None,
        "soft_edge": _soft_edge(head.soft_edge),
        "black_lift": head.black_lift,
        "white": head.white,
        "curve": curve,
        "latency_ms": head.latency_ms,
        "rotation": head.rotation,
        "mirrored": head.mirrored,
        "part": head.part,
        "masks": [_mask(mask) for mask in head.masks] or None,
    }


def _mesh(mesh: Mesh) -> Value:
    return {"points": mesh.points, "interpolation": mesh.interpolation}


def _mask(mask: Mask) -> Value:
    if isinstance(mask, PictureMask):
        return {"picture": json.dumps(mask.file, ensure_ascii=False)}
    words: dict[str, Value] = {"hide" if mask.hides else "keep": mask.points}
    return words | {"feather": mask.feather} if mask.feather else words


def _soft_edge(edge: SoftEdge) -> Value:
    return {side: getattr(edge, side) for side in ("left", "top", "right", "bottom", "gamma")}


_DEFAULTS: Mapping[str, Value] = {"left": 0.0, "top": 0.0, "right": 0.0, "bottom": 0.0, "gamma": 2.2} | {
    "interpolation": "smooth"
}
"""Inner keys of a head that are not written if they have these values."""


def _put(edits: list[_Edit], text: str, node: yaml.Node, word: str, value: Value | None) -> None:
    """Set a key of a mapping; adds the key if it is missing, and removes it if the value is None."""
    assert isinstance(node, yaml.MappingNode), "what could be read has keys here"
    entries = _entries(node)
    if word in entries:
        if value is None:
            _remove(edits, text, node, word)
        else:
            _change(edits, text, node, entries[word], value)
    elif value is not None and _DEFAULTS.get(word) != value:
        _insert(edits, text, node, word, value)


def _change(
    edits: list[_Edit], text: str, parent: yaml.MappingNode, entry: tuple[yaml.Node, yaml.Node], value: Value
) -> None:
    """Change only differing values; rewrites a node of another shape as a whole."""
    key, node = entry
    if isinstance(node, yaml.MappingNode) and isinstance(value, Mapping):
        for word, inner in value.items():
            _put(edits, text, node, word, inner)
    elif not _change_items(edits, node, value):
        start = key.end_mark.index + text[key.end_mark.index :].index(":") + 1
        edits.append(_Edit(start, _end(node), _spelled(value, parent)))


def _change_items(edits: list[_Edit], node: yaml.Node, value: Value) -> bool:
    """Change the scalars in `node` to those in `value`; does nothing and returns False if their shapes differ."""
    found: list[_Edit] = []
    if isinstance(node, yaml.SequenceNode) and isinstance(value, Sequence) and not isinstance(value, str):
        if len(node.value) != len(value):
            return False
        if not all(_change_items(found, item, inner) for item, inner in zip(node.value, value, strict=True)):
            return False
    elif isinstance(node, yaml.ScalarNode) and isinstance(value, float | int | str):
        words = _flow(value)
        is_number = not isinstance(value, bool | str) and _is_number(node.value, value)
        if words != node.value and not is_number:
            found.append(_Edit(node.start_mark.index, node.end_mark.index, words))
    else:
        return False
    edits += found
    return True


def _insert(edits: list[_Edit], text: str, node: yaml.MappingNode, word: str, value: Value) -> None:
    """Add a key after the last key of a mapping, in the mapping's layout."""
    if not node.value:  # written as `{}`
        at = node.start_mark.index + 1
        edits.append(_Edit(at, at, f"{word}: {_flow(value)}"))
        return
    last = _end(node.value[-1][1])
    if node.flow_style:
        edits.append(_Edit(last, last, f", {word}: {_flow(value)}"))
        return
    line_end = text.find("\n", last)
    at = len(text) if line_end < 0 else line_end - (text[line_end - 1] == "\r")
    edits.append(_Edit(at, at, f"{_new_line(node)}{word}:{_spelled(value, node)}"))


def _remove(edits: list[_Edit], text: str, node: yaml.MappingNode, word: str) -> None:
    """Remove a key and its value, with the surplus lines or comma."""
    place = next(number for number, (key, _) in enumerate(node.value) if key.value == word)
    key, value = node.value[place]
    start, end = key.start_mark.index, _end(value)
    if node.flow_style and place:
        start = _end(node.value[place - 1][1])
    elif node.flow_style:
        end = node.value[1][0].start_mark.index
    else:
        start = text.rfind("\n", 0, start)
        end = len(text) if (line_end := text.find("\n", end)) < 0 else line_end
    edits.append(_Edit(start, end, ""))


def _spelled(value: Value, parent: yaml.MappingNode) -> str:
    """The text after the colon of a key of `parent`: a mesh has a line for each row, all else is on one line."""
    if parent.flow_style or not isinstance(value, Mapping) or "points" not in value:
        return f" {_flow(value)}"
    step = _new_line(parent) + "  "
    rows: Any = value["points"]
    rest = "".join(f"{step}{word}: {_flow(inner)}" for word, inner in _said(value).items() if word != "points")
    return f"{step}points:" + "".join(f"{step}  - {_flow(row)}" for row in rows) + rest


def _said(value: Mapping[str, Value]) -> dict[str, Value]:
    return {word: inner for word, inner in value.items() if _DEFAULTS.get(word) != inner}


def _flow(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{word}: {_flow(inner)}" for word, inner in _said(value).items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_flow, value)) + "]"
    rounded = round(value, DECIMALS) + 0.0  # turns -0 into 0
    return f"{rounded:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _is_number(text: str, value: float) -> bool:
    try:
        return float(text) == value
    except ValueError:
        return False


def _new_line(node: yaml.MappingNode) -> str:
    """A line break and the indentation of the mapping's keys."""
    column: int = node.value[0][0].start_mark.column
    return "\n" + " " * column


def _end(node: yaml.Node) -> int:
    """The end of a node; in block style PyYAML reports the beginning of the next token, after all comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last: Any = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _entries(node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    assert isinstance(node, yaml.MappingNode), "what could be read has keys here"
    return {key.value: (key, value) for key, value in node.value}


def _heads_of(path: Path, heads: Iterable[Head]) -> tuple[Head, ...]:
    """The heads of a file that are on the same machine as `heads`."""
    machines = {head.machine for head in heads}
    return tuple(head for head in read_venue(path).heads if head.machine in machines)


def _write(path: Path, text: str, heads: Sequence[Head]) -> None:
    """Write the new text, and read it back before it replaces the file."""
    mode = path.stat().st_mode & 0o7777
    with replacing(path, mode=mode, way_out="the wall still shows your adjustment") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        if _heads_of(Path(file.name), heads) != tuple(heads):
            raise RigError(f"{path}: the player could not read back what it would write; nothing was written")
