"""The catalogue: an atlas as a static site that works from disk, with a page for each neuron at a permanent address.

The site loads nothing from elsewhere and needs no server. Without JavaScript, every page shows stills; with JavaScript
and WebGL2, the pictures are alive. The same atlas gives the same bytes.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from installation import __version__
from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.drawing import words_of
from installation.atlas.interpolate import Interpolator
from installation.book.atlas_map import AtlasMap, map_of, places_of
from installation.book.collections_file import Collections
from installation.book.describing import classes_of
from installation.book.finding import Finder, Query
from installation.book.live_weights import fragment_shaders, is_alive, weights_script
from installation.book.order import in_order
from installation.book.picture_classes import Seen, spoken
from installation.book.picture_index import PictureIndex
from installation.book.pictures import Pictures, shot_of
from installation.errors import DeviceError
from installation.files import sync, take_name
from installation.show.frame import Address, View

PAGES = Path(__file__).with_name("pages")
MARK = ".neural-image-book"
"""The file that marks a folder as a book, which may be replaced."""

PICTURE_PX, DEPTH_PX, THUMB_PX = 640, 320, 160
DEPTHS = 4, 16
SIMILAR = 8
JPEG = {"quality": 88, "subsampling": 0}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A template's view of a neuron: its names, and the site's paths of its page, pictures and weights."""

    address: Address
    name: str
    alt: str
    page: str
    picture: str
    thumb: str
    weights: str
    px: int = PICTURE_PX
    depth_px: int = DEPTH_PX

    @classmethod
    def of(cls, neuron: Neuron) -> Leaf:
        place, name = _place(neuron.address), neuron.name.replace("_", " ")
        alt = f"What channel {neuron.channel} of {neuron.layer} in the network {neuron.network} wants to see: {name}."
        return cls(
            *(
                neuron.address,
                name,
                alt,
                f"neurons/{place}.html",
                f"pictures/{place}.jpg",
                f"pictures/{place}-small.jpg",
            ),
            f"weights/{place}.js",
        )

    @property
    def depths(self) -> list[dict[str, object]]:
        """The close-up pictures, with their zooms."""
        return [{"zoom": zoom, "file": f"{self.picture.removesuffix('.jpg')}-{zoom}.jpg"} for zoom in DEPTHS]


def write_book(
    atlas: Atlas,
    index: PictureIndex,
    collections: Collections,
    out: Path,
    title: str = "The Neural Image",
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the site into the folder `out`, completely or not at all; `progress` receives finished and total neurons.

    Raises DeviceError if writing fails, or for a folder that holds anything but a book.
    """
    if out.exists() and not (out / MARK).is_file() and any(out.iterdir() if out.is_dir() else [out]):
        raise DeviceError(f"{out}: there is something other than a book; choose another folder, or empty this one")
    beside = out.with_name(f".{out.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        _write(atlas, index, collections, beside, title, progress)
        (beside / MARK).write_text(f"{atlas.digest}\n", encoding="utf-8")
        sync(beside)
        former = out.with_name(f".{out.name}.before")
        shutil.rmtree(former, ignore_errors=True)
        if out.exists():
            out.rename(former)
        take_name(beside, out)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise DeviceError(f"{out}: cannot be written: {error.strerror}; the old content is unchanged") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(
    atlas: Atlas,
    index: PictureIndex,
    collections: Collections,
    folder: Path,
    title: str,
    progress: Callable[[int, int], None] | None,
) -> None:
    seen = classes_of(atlas, index)
    site = _Site(folder, atlas, collections, seen, title)
    interpolator = Interpolator(atlas)
    finder = Finder(atlas, index, collections.tags or {}, seen)
    for name in ("live.js", "book.css"):
        shutil.copyfile(PAGES / name, folder / name)
    shaders = json.dumps(fragment_shaders(), indent=0)
    (folder / "shader.js").write_text(f"neuralImage.start({shaders});\n", encoding="utf-8")
    ordered = in_order(atlas.neurons, "layer")
    with Pictures(interpolator) as pictures:
        for number, neuron in enumerate(ordered):
            leaf = Leaf.of(neuron)
            for file, view, side in _pictures_of(leaf, pictures):
                _save(pictures.shot(shot_of(neuron.address, view), side, side), folder / file)
            if is_alive(atlas.drawing(neuron.family)):
                _text_into(folder / leaf.weights, weights_script(neuron.address, interpolator))
                site.alive.add(neuron.family)
            site.neuron(neuron, [one.neuron for one in finder.find(Query(like=neuron.address), SIMILAR)])
            if progress is not None:
                progress(number + 1, len(ordered))
    site.cover(_cover(ordered, collections))
    site.layers(ordered)
    site.map(map_of(index, places_of(atlas.folder, index)))
    for collection in collections.collections:
        site.page(
            "collection.html",
            f"collections/{collection.id}.html",
            collection=collection,
            shown=[(Leaf.of(atlas.find(entry.neuron)), entry.note) for entry in collection.entries],
        )


def _cover(ordered: Sequence[Neuron], collections: Collections) -> Neuron:
    """The neuron on the cover: the first of the last collection, or else the one with the most steps."""
    if collections.collections:
        first = collections.collections[-1].entries[0].neuron
        return next(one for one in ordered if one.address == first)
    return max(ordered, key=lambda one: one.steps)


class _Site:
    """Fills the templates."""

    def __init__(
        self, folder: Path, atlas: Atlas, collections: Collections, seen: Mapping[Address, Seen], title: str
    ) -> None:
        jinja = _jinja()
        self._folder, self._atlas, self._collections, self._seen = folder, atlas, collections, seen
        self.alive: set[str] = set()
        """Families whose pictures a page can decode."""
        self._templates = jinja.Environment(
            loader=jinja.FileSystemLoader(PAGES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja.StrictUndefined,
        )
        self._templates.filters["spoken"] = spoken
        self._common = {
            "title": title,
            "collections": collections.collections,
            "places": [
                ("index.html", title),
                ("layers.html", "Layer by layer"),
                ("map.html", "Map"),
                *((f"collections/{one.id}.html", one.title) for one in collections.collections),
            ],
            "neurons": len(atlas.neurons),
            "networks": atlas.index.networks,
            "digest": atlas.digest[:12],
            "version": __version__,
            "thumb_px": THUMB_PX,
        }

    def page(self, template: str, path: str, **words: Any) -> None:
        """Write one page; `path` is relative to the site's root."""
        root = "../" * path.count("/")
        text = self._templates.get_template(template).render(self._common | {"root": root, "path": path} | words)
        _text_into(self._folder / path, text)

    def cover(self, neuron: Neuron) -> None:
        self.page("index.html", "index.html", cover=Leaf.of(neuron), is_alive=neuron.family in self.alive)

    def layers(self, ordered: Sequence[Neuron]) -> None:
        layers: dict[tuple[str, str], list[Leaf]] = {}
        for one in ordered:
            layers.setdefault((one.network, one.layer), []).append(Leaf.of(one))
        found = [{"network": network, "layer": layer, "neurons": all_} for (network, layer), all_ in layers.items()]
        self.page("layers.html", "layers.html", layers=found)

    def map(self, found: AtlasMap) -> None:
        leaves = [Leaf.of(self._atlas.find(address)) for address in found.neurons]
        self.page("map.html", "map.html", leaves=leaves, columns=found.columns)

    def neuron(self, neuron: Neuron, similar: Sequence[Neuron]) -> None:
        atlas = self._atlas
        parent = [atlas.find(neuron.parent)] if neuron.parent else []
        children = [one for one in atlas.neurons if one.parent == neuron.address]
        leaf = Leaf.of(neuron)
        notes = [
            {"text": entry.note, "id": one.id, "title": one.title}
            for one in self._collections.collections
            for entry in one.entries
            if entry.neuron == neuron.address and entry.note
        ]
        self.page(
            "neuron.html",
            leaf.page,
            one=leaf,
            is_alive=neuron.family in self.alive,
            roads=[Leaf.of(one) for one in (*parent, *children)],
            notes=notes,
            seen=self._seen.get(neuron.address),
            facts=list(self._facts(neuron)),
            cite=f"The Neural Image, {leaf.name} ({neuron.address}), atlas {atlas.digest[:12]}, version {__version__}.",
            neighbours=[
                ("Grown from", [Leaf.of(one) for one in parent]),
                ("What grew from it", [Leaf.of(one) for one in children]),
                ("Like it", [Leaf.of(one) for one in similar]),
            ],
        )

    def _facts(self, neuron: Neuron) -> Iterator[tuple[str, str]]:
        family = self._atlas.families[neuron.family]
        yield "Network", neuron.network
        yield "Layer, channel", f"{neuron.layer}, {neuron.channel}"
        if neuron.label:
            yield "Class", neuron.label
        if tags := self._collections.tags_of(neuron.address):
            yield "Tags", ", ".join(tags)
        yield "Family", f"{neuron.family}, drawn as {words_of(family.drawing)}"
        yield "Activation", f"{neuron.activation:.2f} after {neuron.steps} steps"
        yield "Recipe", f"{neuron.recipe}, seed {neuron.seed}"
        yield "Code", neuron.code
        yield "Network's sha256", neuron.network_sha256
        yield "Family's sha256", family.sha256


def _place(address: Address) -> str:
    """The path of a neuron's files: its address, without characters that have a meaning in paths or links."""
    return "/".join(re.sub(r"[^\w-]", "_", part.replace(".", "-")) or "_" for part in address.split("/"))


def _pictures_of(leaf: Leaf, pictures: Pictures) -> Iterator[tuple[str, View, int]]:
    yield leaf.picture, View(), PICTURE_PX
    yield leaf.thumb, View(), THUMB_PX
    x, y = _busiest(pictures, leaf.address)
    for depth in leaf.depths:
        yield str(depth["file"]), View(x, y, float(str(depth["zoom"]))), DEPTH_PX


def _busiest(pictures: Pictures, address: Address) -> tuple[float, float]:
    """The position in a picture, in its own coordinates, with the most detail for a close-up."""
    side, cells = 96, 8
    light = pictures.neuron(address, side).mean(-1)
    down, across = np.gradient(light)
    strength = np.hypot(down, across).reshape(cells, side // cells, cells, side // cells).mean((1, 3))
    strength[[0, -1], :] = strength[:, [0, -1]] = 0  # not at the edge
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    return float((2 * column + 1) / cells - 1), float((2 * row + 1) / cells - 1)


def _save(picture: np.ndarray[Any, np.dtype[np.uint8]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, "JPEG", **JPEG)


def _text_into(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _jinja() -> ModuleType:
    try:
        import jinja2
    except ImportError as error:
        raise DeviceError("jinja2 is missing, which fills pages: pip install 'installation[book]'") from error
    return jinja2
