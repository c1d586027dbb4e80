"""The map of an atlas as a picture of any size."""

from __future__ import annotations

from pathlib import Path

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.book.atlas_map import AtlasMap
from installation.player.offline import draw_shot
from installation.player.provenance import facts_of_atlas, png_chunks


def draw_map(found: AtlasMap, atlas: Atlas, size_px: tuple[int, int], out: Path, by: str) -> None:
    """Write a map as PNG; `by` is the order that its metadata names."""
    told = {"size_px": list(size_px), "by": by, "columns": found.columns}
    facts = facts_of_atlas("map", atlas, dict.fromkeys(found.neurons, 1.0), told)
    draw_shot(Interpolator(atlas), found.shot(*size_px), size_px, out, png_chunks(f"Map of {atlas.folder.name}", facts))
