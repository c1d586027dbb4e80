"""The atlas on disk: `atlas.json`, the index with every neuron's provenance, and one safetensors file per family.

A family's file holds `root`, float32 (size,), and `latents`, float16 (neurons, size): each neuron's difference from the
root; a family whose way of drawing has no root has one number there, 0. The file's name contains its checksum, so a new
atlas is complete beside the old one until its index replaces the old. This module does not import torch, because
checking a score needs only names.

Format 2 states every family's way of drawing (`drawing.py`); format 1 has only CPPNs on plain coordinates. An atlas
that fits format 1 is written in it, so that older programs can open it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from installation import __version__
from installation.atlas import INDEX_NAME
from installation.atlas.architecture import Architecture
from installation.atlas.drawing import KINDS, WayOfDrawing
from installation.errors import AtlasError
from installation.files import read_regular, replacing

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 2

MAX_INDEX_BYTES = 64 * 2**20
"""Enough for about a hundred thousand neurons; the shipped index has 150 kB."""

MAX_FAMILY_BYTES = 4 * 2**30
"""Enough for a quarter of a million neurons of the usual size."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$", max_length=80)]


@dataclass(frozen=True, slots=True)
class Neuron:
    """One channel of one layer of one network, and its latent's provenance."""

    address: str
    name: Name
    network: str
    layer: str
    channel: Count
    label: str
    family: Name
    parent: str | None
    row: Count
    activation: Finite
    steps: Count
    seed: int
    recipe: str
    code: str
    network_sha256: Sha256


def _drawing_of(found: object) -> WayOfDrawing:
    """The way of drawing in a family's `drawing`; `_check_kinds` has checked that it is one of KINDS."""
    if not isinstance(found, Mapping):
        raise ValueError("a way of drawing is an object with its kind")  # noqa: TRY004  # what pydantic collects
    numbers = {key: value for key, value in found.items() if key not in ("kind", "since")}
    drawing: WayOfDrawing = _drawing_type(found["kind"]).validate_python(numbers)
    return drawing


@cache
def _drawing_type(kind: str) -> TypeAdapter[WayOfDrawing]:
    """Reads a way of drawing of this kind. Making it takes 1 ms, and an atlas has thirty families of few kinds."""
    return TypeAdapter(KINDS[kind])


def _said(drawing: WayOfDrawing) -> dict[str, Any]:
    """A way of drawing as JSON values."""
    return {"kind": drawing.kind, "since": drawing.since, **asdict(drawing)}  # type: ignore[call-overload]  # a dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """A tree of neurons with one way of drawing, each fine-tuned from its parent; `file` is relative to the atlas
    folder."""

    file: Annotated[str, Field(pattern=r"^families/[A-Za-z0-9_\-]+\.[0-9a-f]{8}\.safetensors$")]
    sha256: Sha256
    drawing: Annotated[Any, BeforeValidator(_drawing_of)]
    neurons: Count


@dataclass(frozen=True, slots=True)
class NetworkProvenance:
    """A network for which neurons of the atlas were optimised."""

    sha256: Sha256
    architecture: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Road:
    """The measurements on the way from parent `a` to child `b` (addresses), with statistics repair.

    `contrast` is the share left at the worst point (1 = no loss); `length` is in end-point distances (1 = a fade).
    """

    a: str
    b: str
    contrast: Finite
    length: Finite


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a neuron's picture extends from its middle, in half short sides: to the sides, and up and down.

    Within this extent it keeps at least half the slope of its square; beyond it lies little but smears. See
    studio/extents.py.
    """

    neuron: str
    wide: Annotated[float, Field(ge=1)]
    tall: Annotated[float, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Index:
    """Everything about an atlas but the latents themselves."""

    networks: dict[str, NetworkProvenance]
    families: dict[str, Family]
    neurons: tuple[Neuron, ...]
    roads: tuple[Road, ...] = ()
    extents: tuple[Extent, ...] = ()

    @property
    def format(self) -> int:
        """The oldest format that can state all families' ways of drawing."""
        return 1 if all(_is_plain(family.drawing) for family in self.families.values()) else FORMAT

    def content(self) -> dict[str, Any]:
        """The index as JSON values, without its digest."""
        families = {}
        for name, family in self.families.items():
            drawing = _said(family.drawing) if self.format > 1 else None
            old = {} if drawing else {word: getattr(family.drawing, word) for word in _WORDS_OF_FORMAT_1}
            new = {"drawing": drawing} if drawing else {}
            families[name] = {"file": family.file, "sha256": family.sha256, **old, **new, "neurons": family.neurons}
        content = {"format": self.format, **asdict(replace(self, families={})), "families": families}
        if not self.extents:
            del content["extents"]  # an atlas from before these measurements keeps its digest
        return content

    @property
    def digest(self) -> str:
        """sha256 over the index; it includes the families' checksums, so it stands for the whole atlas."""
        canonical = json.dumps(self.content(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


_INDEX = TypeAdapter(Index)

_WORDS_OF_FORMAT_1 = ("width", "depth", "activation")


def _is_plain(drawing: WayOfDrawing) -> bool:
    """Whether format 1 can state it."""
    return (
        isinstance(drawing, Architecture)
        and drawing == Architecture(drawing.width, drawing.depth, drawing.activation)
        and len(drawing.features) == 2
    )


def read_index(folder: Path) -> Index:
    """Read and check `folder/atlas.json` and its family files: complete, unchanged, and with finite numbers only.

    Takes 17 ms for the shipped atlas's 4 MB, including 5 ms for the search for NaN (two shared AMD EPYC cores).
    """
    path = folder / INDEX_NAME
    try:
        found = json.loads(read_regular(path, MAX_INDEX_BYTES))
    except FileNotFoundError as error:
        raise AtlasError(f"{folder}: no atlas here ({INDEX_NAME} is missing); an atlas is a folder made by "
                         "`installation atlas build`") from error  # fmt: skip
    except OSError as error:
        raise AtlasError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise AtlasError(
            f"{path}: truncated or damaged, not JSON ({error}); restore or build the atlas again"
        ) from error
    found = _in_this_format(found, path)
    try:
        index = _INDEX.validate_json(json.dumps({key: found[key] for key in found if key not in ("format", "digest")}))
    except RecursionError as error:  # deep JSON that can be read may be too deep to write
        raise AtlasError(f"{path}: not an atlas index ({error}); restore or build the atlas again") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AtlasError(f"{path}: {where}: {first['msg']} (found {reprlib.repr(first['input'])}); restore or build "
                         "the atlas again") from error  # fmt: skip
    if found.get("digest") != index.digest:
        raise AtlasError(f"{path}: its digest does not match its content: damaged, or changed by hand; restore it, or "
                         "change the recipe and build the atlas again")  # fmt: skip
    _check_references(index, path)
    rows = {(neuron.family, neuron.row): neuron.name for neuron in index.neurons}
    for name, family in index.families.items():
        file = folder / family.file
        _check_finite(_checked_bytes(file, name, family), file, name, rows)
    return index


def _in_this_format(found: object, path: Path) -> dict[str, Any]:
    """An index converted to this format; raises AtlasError for a newer format or a newer way of drawing."""
    number = found.get("format") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(number, int) or number < 1:
        raise AtlasError(f"{path}: format number is {number!r}, this program reads {FORMAT}; is this an atlas index?")
    if number > FORMAT:
        raise AtlasError(
            f"{path}: an atlas of a newer format ({number}; this program reads {FORMAT}); update the program"
        )
    _check_kinds(found, path)
    families = found.get("families")
    if number > 1 or not isinstance(families, dict):
        return found
    return {**found, "families": {name: _from_format_1(one) for name, one in families.items()}}


def _from_format_1(family: object) -> object:
    """A family converted to format 2."""
    if not isinstance(family, dict):
        return family
    drawing = {word: family[word] for word in _WORDS_OF_FORMAT_1 if word in family}
    return {
        **{word: value for word, value in family.items() if word not in drawing},
        "drawing": {"kind": "cppn", **drawing},
    }


def _check_kinds(found: dict[str, Any], path: Path) -> None:
    """Check that this program knows every family's way of drawing."""
    families = found.get("families")
    for name, family in families.items() if isinstance(families, dict) else ():
        drawing = family.get("drawing") if isinstance(family, dict) else None
        if not isinstance(drawing, dict):
            continue
        kind = drawing.get("kind")
        if isinstance(kind, str) and kind in KINDS:
            continue
        since = drawing.get("since")
        told = f"version {since} does" if isinstance(since, str) else "a newer version may"
        raise AtlasError(
            f"{path}: family {name!r} is drawn as {reprlib.repr(kind)}, which this program (version "
            f"{__version__}) does not know; {told:.80}: update the program, or leave that family out"
        )


def _check_references(index: Index, path: Path) -> None:
    """Check that names are unique, and that the neurons' families, rows and parents exist."""
    rows: dict[str, set[int]] = {name: set() for name in index.families}
    addresses = {neuron.address: neuron for neuron in index.neurons}
    names = {neuron.name for neuron in index.neurons}
    if len(addresses) != len(index.neurons) or len(names) != len(index.neurons):
        raise AtlasError(f"{path}: two neurons share a name or an address; build the atlas again")
    for neuron in index.neurons:
        family = index.families.get(neuron.family)
        if family is None or neuron.row >= family.neurons or neuron.row in rows[neuron.family]:
            raise AtlasError(f"{path}: neuron {neuron.name!r} points at row {neuron.row} of family {neuron.family!r}, "
                             "which does not exist or is taken; build the atlas again")  # fmt: skip
        rows[neuron.family].add(neuron.row)
        parent = addresses.get(neuron.parent) if neuron.parent else None
        if neuron.parent and (parent is None or parent.family != neuron.family or parent.row >= neuron.row):
            raise AtlasError(f"{path}: neuron {neuron.name!r} has the parent {neuron.parent!r}, which is not before it "
                             f"in family {neuron.family!r}; build the atlas again")  # fmt: skip


def _checked_bytes(path: Path, name: str, family: Family) -> bytes:
    try:
        data = read_regular(path, MAX_FAMILY_BYTES)
    except OSError as error:
        raise AtlasError(f"{path}: latents of family {name!r} cannot be read ({error.strerror}); restore the file or "
                         "build the atlas again") from error  # fmt: skip
    found = hashlib.sha256(data).hexdigest()
    if found != family.sha256:
        raise AtlasError(f"{path}: latents of family {name!r} are truncated or damaged: {len(data)} bytes with sha256 "
                         f"{found[:12]}..., the index says {family.sha256[:12]}...; restore the file or build the "
                         "atlas again")  # fmt: skip
    return data


def _check_finite(data: bytes, path: Path, family: str, rows: Mapping[tuple[str, int], str]) -> None:
    """Check that no latent contains NaN or infinity; `rows` has the neurons' names by family and row."""
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(data)
    except SafetensorError as error:
        raise AtlasError(f"{path}: not a family file ({error}); build the atlas again") from error
    for tensor in tensors.values():
        # numpy's isfinite takes ten times as long for half floats; an exponent of all ones means NaN or infinity.
        finite = (tensor.view(np.uint16) & 0x7C00) != 0x7C00 if tensor.dtype == np.float16 else np.isfinite(tensor)
        if not finite.all():
            row = int(np.argwhere(~finite)[0, 0]) if tensor.ndim == 2 else 0
            name = rows.get((family, row), f"in row {row}")
            raise AtlasError(f"{path}: neuron {name!r} of family {family!r} holds numbers that are not finite; restore "
                             "the file or build the atlas again")  # fmt: skip


def read_family(folder: Path, name: str, family: Family, size: int) -> tuple[Tensor, Tensor]:
    """(root (size,) or (1,), differences (neurons, size)) of a family, both float32."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = folder / family.file
    try:
        tensors = load(_checked_bytes(path, name, family))
        root, latents = tensors["root"], tensors["latents"]
    except (SafetensorError, KeyError) as error:
        raise AtlasError(
            f"{path}: not a family file with `root` and `latents` ({error}); build the atlas again"
        ) from error
    if root.shape != (size if family.drawing.from_root else 1,) or latents.shape != (family.neurons, size):
        raise AtlasError(f"{path}: root {tuple(root.shape)} and latents {tuple(latents.shape)} do not fit "
                         f"{family.neurons} neurons of {size} numbers; build the atlas again")  # fmt: skip
    return root.float(), latents.float()


def write_atlas(folder: Path, index: Index, latents: Mapping[str, Tensor]) -> Index:
    """Write an atlas; `latents` has every family's whole latents, float32 (neurons, size), in row order.

    The first row becomes the family's root, if its way of drawing has one. Returns the index with the families' files
    and checksums filled in. It replaces the index last, and then removes unused family files.
    """
    import torch
    from safetensors.torch import save

    families = {}
    for name, whole in latents.items():
        if not re.fullmatch(r"[A-Za-z0-9_\-]+", name):
            raise AtlasError(f"family name {name!r}: letters, digits, _ and - are allowed")
        if not whole.isfinite().all():
            raise AtlasError(f"family {name!r} holds numbers that are not finite; train it again")
        drawing = index.families[name].drawing
        root = whole[0].float().contiguous() if drawing.from_root else torch.zeros(1)
        difference = (whole - root).to(torch.float16)
        if not difference.isfinite().all():
            raise AtlasError(f"family {name!r}: a difference from the root exceeds half precision; train it again")
        data = save({"root": root, "latents": difference.contiguous()})
        checksum = hashlib.sha256(data).hexdigest()
        file = f"families/{name}.{checksum[:8]}.safetensors"
        with replacing(folder / file, make_folder=True) as out:
            out.write(data)
        families[name] = replace(index.families[name], file=file, sha256=checksum, neurons=len(whole))
    written = replace(index, families=families)
    write_index(folder, written)
    kept = {family.file for family in families.values()}
    for path in (folder / "families").glob("*.safetensors"):
        if f"families/{path.name}" not in kept:
            path.unlink()
    return written


def write_index(folder: Path, index: Index) -> None:
    """Replace only the index, for instance after measuring roads."""
    if any(not math.isfinite(neuron.activation) for neuron in index.neurons):
        raise AtlasError("a neuron's activation is not finite; train it again")
    text = json.dumps({**index.content(), "digest": index.digest}, indent=1, ensure_ascii=False)
    with replacing(folder / INDEX_NAME, make_folder=True) as out:
        out.write(f"{text}\n".encode())
