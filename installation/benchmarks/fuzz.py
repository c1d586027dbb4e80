"""Feeds broken inputs to every reader of the player; figures as JSON.

    python -m installation.benchmarks.fuzz [FORMAT ...|all] [--inputs N] [--seed S] [--first N]

Each input is made from its format, the seed and its number alone. A reader may take it, or refuse it with one of our
errors that names the file; anything else is an escape, and so is an end that does not come. The exit code is 1 where
one escaped: the figures name the number of the first, and `--first` of that number with `--inputs 1` makes it again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from installation.benchmarks.fuzzing import doors, kept, media, networks, warps, written
from installation.benchmarks.fuzzing.osc import osc_round
from installation.benchmarks.fuzzing.rounds import Figures, Format, read_each

READERS: dict[str, Format] = {
    "score": written.score,
    "rig": written.rig,
    "desk": written.desk_file,
    "recipe": written.recipe,
    "card": written.card,
    "cube": written.cube,
    "mask": written.mask,
    **warps.FORMATS,
    "image": media.image,
    "font": media.font,
    "film": media.film,
    "caffemodel": networks.caffemodel,
    "graph": networks.graph,
    "safetensors": networks.safetensors,
    "checkpoint": networks.checkpoint,
    "journal": kept.journal,
    "kept": kept.kept_files,
    "atlas": kept.atlas_index,
    "family": kept.atlas_family,
    "sacn": doors.sacn,
    "artnet": doors.artnet,
    "http": doors.http,
    "websocket": doors.websocket,
}

ROUNDS: dict[str, Callable[[int, int, int], Figures]] = {
    **{name: partial(read_each, opened, name) for name, opened in READERS.items()},
    "osc": osc_round,
}
"""Format -> function that feeds its inputs (their count, the seed, the number of the first) and returns the figures."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", default=["all"], metavar="FORMAT", help=f"all, {', '.join(ROUNDS)}")
    parser.add_argument("--inputs", type=int, default=1_000, metavar="N", help="inputs of each format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first input")
    chosen = parser.parse_args()
    names = list(ROUNDS) if "all" in chosen.formats else chosen.formats
    if unknown := [name for name in names if name not in ROUNDS]:
        parser.error(f"{', '.join(unknown)}: formats are {', '.join(ROUNDS)}")
    found = {name: ROUNDS[name](chosen.inputs, chosen.seed, chosen.first) for name in names}
    print(json.dumps({name: asdict(figures) for name, figures in found.items()}, indent=2))
    raise SystemExit(any(figures.escapes for figures in found.values()))


if __name__ == "__main__":
    main()
