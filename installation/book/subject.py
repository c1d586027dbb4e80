"""Subjects of prints: a neuron, a point between neurons, a layer as a plate, a map, or a frame of a score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.book.paper import Paper
from installation.editions.production import Production
from installation.errors import ScoreError
from installation.player.provenance import Facts, facts_of_atlas, facts_of_score
from installation.player.tiles import ALONE, frame_alone
from installation.show.frame import Frame, LatentPoint, Plate, Shot, Subject, View
from installation.show.playing.performance import Performance

SCORES = (".yaml", ".yml")
PLATE_GAP = 0.04
MAP = "map:"
"""Before the order of a map: likeness or layer."""


@dataclass(frozen=True, slots=True)
class PrintSubject:
    """Something to print: `frame_on` gives the frame for a sheet, on its `output`; `facts` are the provenance.

    `shot` is the visible part of a single picture after trimming.
    """

    title: str
    interpolator: Interpolator
    output: str
    frame_on: Callable[[Paper], Frame]
    facts: Facts
    shot: Shot | None = None


def of_atlas(words: str, folder: Path = SHIPPED_ATLAS, view: View | None = None) -> PrintSubject:
    """The subject that `words` name: `pagoda`, `pagoda:3+arch:1`, a layer `places365/conv10` or a map `map:likeness`.

    Raises ScoreError.
    """
    atlas, seen = Atlas.open(folder), view or View()
    if words.startswith(MAP):
        return _map(words, atlas, seen)
    layers = {f"{neuron.network}/{neuron.layer}" for neuron in atlas.neurons}
    if words in layers:
        neurons = tuple(one.address for one in atlas.layer(*words.rsplit("/", 1)))
        shown = {"words": words, "view": list(seen), "plate": words}
        facts = facts_of_atlas("print", atlas, dict.fromkeys(neurons, 1.0), shown)
        return PrintSubject(
            *(words, Interpolator(atlas), ALONE),
            lambda sheet: _plate(neurons, _columns(len(neurons), sheet), sheet, seen),
            facts,
        )
    shares = _shares(words)
    total = sum(shares.values())
    point = LatentPoint(tuple((atlas.find(name).address, share / total) for name, share in shares.items()))
    facts = facts_of_atlas("print", atlas, dict(point.shares), {"words": words, "view": list(seen)})
    title = " + ".join(atlas.find(name).name.replace("_", " ") for name in shares)
    return PrintSubject(
        title, Interpolator(atlas), ALONE, lambda sheet: _shot_on(point, sheet, seen), facts, Shot(point, seen)
    )


def of_score(path: Path, at: str, output: str | None, sheet: Paper) -> PrintSubject:
    """A frame of a score; it fills the sheet and its bleed. Raises ScoreError."""
    production = Production.open(path, size=sheet.picture_px, output=output, in_tiles=True)
    if len(production.sizes) > 1:
        raise ScoreError(f"--output: {path} has {', '.join(production.sizes)}; say which one is printed")
    (name,) = production.sizes
    number = production.frame_number(at, "--at")
    frame = Performance(production.score, production.sizes).frame_at(number)
    facts = facts_of_score("print", production, name, {"frame": number})
    return PrintSubject(
        f"{production.score.title}, frame {number}", production.interpolator, name, lambda _: frame, facts
    )


def _shares(words: str) -> dict[str, float]:
    shares: dict[str, float] = {}
    for part in words.split("+"):
        name, colon, share = part.strip().partition(":")
        try:
            shares[name] = float(share) if colon else 1.0
        except ValueError:
            shares[name] = 0.0
        if not 0 < shares[name] < 1e6:
            raise ScoreError(
                f"{words!r}: {share!r} is not a share of {name!r}; it is a number above 0, as in pagoda:3+arch:1"
            )
    return shares


def _shot_on(subject: Subject, sheet: Paper, view: View) -> Frame:
    """A frame whose view fills the trimmed sheet; the picture continues into the bleed."""
    zoom = view.zoom * min(sheet.trim_px) / min(sheet.picture_px)
    return frame_alone(Shot(subject, view._replace(zoom=zoom)))


def _map(words: str, atlas: Atlas, view: View) -> PrintSubject:
    """The map of an atlas, in as many columns as fill the sheet best."""
    by = words.removeprefix(MAP)
    shares = dict.fromkeys((one.address for one in atlas.on_map(by)), 1.0)
    facts = facts_of_atlas("print", atlas, shares, {"words": words, "view": list(view)})

    def frame(sheet: Paper) -> Frame:
        columns = _columns(len(shares), sheet)
        return _plate(tuple(one.address for one in atlas.on_map(by, columns)), columns, sheet, view)

    return PrintSubject(f"Map by {by}", Interpolator(atlas), ALONE, frame, facts)


def _columns(count: int, sheet: Paper) -> int:
    """How many squares in a row are largest on a sheet."""
    return max(range(1, count + 1), key=lambda columns: _cell_px(count, columns, sheet))


def _cell_px(count: int, columns: int, sheet: Paper) -> float:
    width, height = sheet.trim_px
    return min(width / columns, height / -(-count // columns))


def _plate(neurons: tuple[str, ...], columns: int, sheet: Paper, view: View) -> Frame:
    """Neurons as a grid of squares that fills the sheet."""
    plate = Plate(neurons, columns, PLATE_GAP)
    # At zoom 1 the longer side of the grid is as long as the short side of the sheet.
    fills = _cell_px(len(neurons), columns, sheet) * max(plate.columns, plate.rows) / min(sheet.trim_px)
    return _shot_on(plate, sheet, view._replace(zoom=view.zoom * fills))
