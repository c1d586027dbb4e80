"""What the book costs: search, map, catalogue, stills and prints, each in a process of its own, with its memory.

    python -m installation.benchmarks.book [--neurons 500] [--many 10000]

The atlas is made up: random CPPNs of the usual shape, so that nothing needs a network. The print is drawn at several
resolutions; if its memory no longer grows with them, a larger print takes no more.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import initial
from installation.atlas.format import Family, Index, NetworkProvenance, write_atlas
from installation.benchmarks.made_up import NETWORK, NO_SHA256, made_up_neuron

SHAPE = Architecture()
EACH = 50
"""Neurons of a family."""

PRINT_DPI = 75, 150, 300
STILL_PX = 4096


def made_up(folder: Path, count: int) -> None:
    """Write an atlas of `count` random neurons, in families of EACH."""
    generator = torch.Generator().manual_seed(1)
    families, latents, neurons = {}, {}, []
    for first in range(0, count, EACH):
        name, size = f"f{first // EACH}", min(EACH, count - first)  # `size` neurons
        root = 1.5 * initial(SHAPE, generator)
        latents[name] = root + 0.3 * torch.randn(size, SHAPE.size, generator=generator) * root.abs().mean()
        families[name] = Family(f"families/{name}.00000000.safetensors", NO_SHA256, SHAPE, size)
        neurons += [made_up_neuron(name, row, (row - 1) // 2 if row else None) for row in range(size)]
    index = Index({NETWORK: NetworkProvenance(NO_SHA256, "none", "none")}, families, tuple(neurons))
    write_atlas(folder, index, latents)


def commands(atlas: Path, out: Path) -> dict[str, list[str]]:
    """The commands that are measured on the atlas of 500, by what the table calls them."""
    here = ["--atlas", str(atlas)]
    return {
        "descriptions and map": ["atlas", "index", *here],
        "catalogue": ["atlas", "book", *here, "--out", str(out / "site")],
        "find by colour": ["atlas", "find", "--colour", "teal", *here],
        f"atlas show, {STILL_PX} px": ["atlas", "show", "f0-0", *here, "--size", str(STILL_PX),
                                       "--out", str(out / "a.png")],
        f"still, {STILL_PX} px": ["still", str(out / "still.yaml"), "--size", f"{STILL_PX}x{STILL_PX}", "--at", "0s",
                                  "--out", str(out / "b.png")],
        **{
            f"print 100 x 70 cm, {dpi} dpi": ["print", "f0-0", *here, "--size", "100x70cm", "--dpi", str(dpi),
                                              "--profile", "adobe-rgb", "--out", str(out / f"{dpi}.tif")]
            for dpi in PRINT_DPI
        },
    }  # fmt: skip


def many(atlas: Path, out: Path) -> dict[str, list[str]]:
    """The commands that must stay usable with ten thousand neurons."""
    here = ["--atlas", str(atlas)]
    return {
        "descriptions and map of many": ["atlas", "index", *here],
        "list of many": ["atlas", "list", *here],
        "find among many": ["atlas", "find", "--like", "f1-1", *here],
        "map of many, 2400x1600": ["atlas", "map", *here, "--out", str(out / "many.png")],
        "sheet page of one family": ["atlas", "sheet", "--family", "f1", *here, "--out", str(out / "many.pdf")],
    }


def measured(arguments: list[str]) -> dict[str, float]:
    """Seconds and peak MiB of one command of the installation."""
    code = (
        "import resource, sys\n"
        "from installation.commands.cli import app\n"
        "try:\n    app(standalone_mode=False)\n"
        "finally:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr[-2000:]}")
    return {"seconds": round(seconds, 1), "peak_mib": round(int(done.stderr.split()[-1]) / 1024)}


def searches(count: int = 50_000) -> dict[str, float]:
    """Milliseconds of one search by likeness, colour and measure among `count` made-up descriptions."""
    from installation.atlas.atlas import Atlas
    from installation.book.description import SIDE_PX, describe
    from installation.book.finding import Finder, Query
    from installation.book.order import MEASURES
    from installation.book.picture_index import PictureIndex

    chance = np.random.default_rng(1)
    one = describe(chance.integers(0, 255, (SIDE_PX, SIDE_PX, 3), np.uint8))
    neurons = tuple(made_up_neuron("f0", row, None) for row in range(count))
    embeddings = chance.standard_normal((count, len(one.embedding)), np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    index = PictureIndex(neurons, chance.random((count, len(MEASURES)), np.float32), embeddings, ())
    family = Family("families/f0.00000000.safetensors", NO_SHA256, SHAPE, count)
    finder = Finder(Atlas(Path("made up"), Index({}, {"f0": family}, neurons)), index)
    queries = {"likeness": Query(like="f0-7"), "colour": Query(colour="teal"), "measure": Query(most=("busy",)),
               "words": Query(("f0-77",))}  # fmt: skip
    return {name: round(1000 * _seconds(partial(finder.find, query, 20)), 1) for name, query in queries.items()}


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def main() -> None:
    """Measure, and print the figures as JSON; the progress goes beside them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neurons", type=int, default=500)
    parser.add_argument("--many", type=int, default=10_000, help="0 leaves them out")
    asked = parser.parse_args()
    figures: dict[str, object] = {"processors": len(os.sched_getaffinity(0)), "search of 50,000, ms": searches()}
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        made_up(out / "atlas", asked.neurons)
        (out / "still.yaml").write_text(
            "atlas: atlas\noutputs: {wall: 1920x1080}\ncues: [{id: 1, duration: 9s, layers: [{walk: f0-0}]}]\n"
        )
        runs = commands(out / "atlas", out)
        if asked.many:
            made_up(out / "many", asked.many)
            runs |= many(out / "many", out)
        for words, arguments in runs.items():
            print(words, file=sys.stderr, flush=True)
            figures[words] = measured(arguments)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
