"""Provenance: metadata in a picture's file that says where the picture comes from.

Plain JSON values, equal for equal pictures: no time, no machine, no path on the disk.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version

from installation import __version__
from installation.atlas.atlas import Atlas
from installation.editions.production import Production
from installation.outputs.png import PROVENANCE, SRGB, Chunk, text_chunks

FORMAT = 1
LIBRARIES = ("numba", "numpy", "torch")
"""The libraries that draw: another version may round differently."""

Facts = Mapping[str, object]


def facts_of_atlas(kind: str, atlas: Atlas, neurons: Mapping[str, float], more: Facts) -> dict[str, object]:
    """Facts of a picture of neurons with their shares, straight from an atlas; `kind` is `neuron`, `print`, ..."""
    networks = {atlas.find(address).network for address in neurons}
    return {
        "neural_image": FORMAT,
        "kind": kind,
        "neurons": dict(neurons),
        "atlas": atlas.digest,
        **more,
        "networks": _networks(atlas, networks),
        "versions": versions(),
    }


def facts_of_score(kind: str, production: Production, output: str, more: Facts) -> dict[str, object]:
    """Facts of a picture or film of a score's output."""
    atlas = production.interpolator.atlas
    return {
        "neural_image": FORMAT,
        "kind": kind,
        "score": {"file": production.path.name, "sha256": production.score.digest, "title": production.score.title},
        "atlas": atlas.digest,
        "output": output,
        "size_px": list(production.sizes[output]),
        "fps": str(production.score.fps),
        "settings": list(production.settings),
        **more,
        "networks": _networks(atlas, set(atlas.index.networks)),
        "versions": versions(),
    }


def as_text(facts: Facts) -> str:
    """The facts on one line, for a file's own metadata."""
    return json.dumps(facts, ensure_ascii=True, separators=(",", ":"))


def png_chunks(title: str, facts: Facts) -> list[Chunk]:
    """The chunks with which a PNG of such a picture begins."""
    words = {"Title": title, "Software": f"installation {__version__}", PROVENANCE: as_text(facts)}
    return [SRGB, *text_chunks(words)]


def _networks(atlas: Atlas, names: set[str]) -> dict[str, object]:
    known = atlas.index.networks
    return {
        name: {"architecture": known[name].architecture, "attribution": known[name].attribution}
        for name in sorted(names)
        if name in known
    }


def versions() -> dict[str, str]:
    """The versions of the player, of Python and of LIBRARIES, and the type of machine."""
    found = {"installation": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except ImportError:  # there are platforms without numba
            continue
    return found
