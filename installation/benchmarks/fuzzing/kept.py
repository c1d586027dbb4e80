"""Files that the program itself writes and reads: journals, a show's last good files, atlases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from installation.atlas import INDEX_NAME
from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.drawing import WayOfDrawing
from installation.atlas.format import Family, Index, NetworkProvenance, Road, write_atlas
from installation.atlas.spectrum import Spectrum
from installation.benchmarks.desk import SCORE
from installation.benchmarks.fuzzing.mutation import broken_bytes, broken_value, json_bytes
from installation.benchmarks.fuzzing.rounds import Reader
from installation.benchmarks.made_up import NETWORK, NO_SHA256, made_up_neuron
from installation.desk.journal.journal import check_score, read_journal
from installation.desk.journal.journal_lines import (
    MAX_FRAME,
    ClockAnchor,
    JournalHeader,
    Succession,
    anchor_line,
    header_line,
    journal_tail,
    message_line,
    succession_line,
)
from installation.desk.journal.soundness import sound
from installation.editions.last_good_files import INDEX_NAME as KEPT_NAME
from installation.editions.last_good_files import LastGoodFiles
from installation.show.control import Message, initial_control

ANCHOR = ClockAnchor(1.7e9, 12.5, "b00t")

ARCHITECTURE = Architecture(2, 1)


def _journal_lines() -> list[str]:
    messages = [
        Message(30, 0, "go", value=1.0, source="udp:127.0.0.1:9000"),
        Message(31, 1, "set", "/master", 0.5, 2.0, "page:10.0.0.2"),
        Message(40, 2, "release", "/p/p1", fade_seconds=1.0),
        Message(41, 3, "locate", value=12.5),
        Message(50, 4, "panic", value=1.0, fade_seconds=0.5, hold_seconds=3.0, release_seconds=1.0),
        Message(60, 5, "lock", value=1.0, source="hours:open"),
    ]
    before = initial_control(SCORE).apply(messages[1])
    succession = succession_line(Succession(35, SCORE.digest, SCORE.title, before))
    lines = [message_line(message) for message in messages]
    return [header_line(JournalHeader.of(SCORE, ANCHOR)), *lines[:2], succession, anchor_line(ANCHOR), *lines[2:]]


@contextmanager
def journal(folder: Path) -> Iterator[Reader]:
    """A journal, read as at a restart: unusable lines are left out, and the rest gives a state of control."""
    file, good = folder / "show.journal", [json.loads(line) for line in _journal_lines()]

    def make(chance: Random) -> bytes:
        values = list(good)
        for _ in range(chance.randint(1, 3)):
            at = int(chance.random() ** 2 * len(values))
            values[at] = broken_value(chance, values[at])
        data = b"".join(json_bytes(chance, value) + b"\n" for value in values)
        return broken_bytes(chance, [data]) if chance.random() < 0.2 else data

    def read(data: bytes) -> bool:
        file.write_bytes(data)
        journal_tail(file)
        recording = read_journal(file, forgiving=True)
        check_score(recording, SCORE, file)
        usable = sound(recording, SCORE, MAX_FRAME)
        control = usable.control(SCORE)
        assert Fraction(0) <= Fraction(control.value_at("/master", 100)) <= 1, "a fader is out of its range"
        float(usable.epoch_now(1.8e9, 100.0, "another"))
        return not usable.left_out

    yield Reader(make, read, file)


@contextmanager
def kept_files(folder: Path) -> Iterator[Reader]:
    """The index of the copies that a restart plays if the show's own files have a mistake."""
    score, rig, state = folder / "score.yaml", folder / "rig.yaml", folder / "show.kept"
    kept = LastGoodFiles(state, score, rig)
    kept.keep({score: b"title: kept\n", rig: b"heads: {}\n"})
    index = json.loads((state / KEPT_NAME).read_bytes())

    def read(data: bytes) -> bool:
        (state / KEPT_NAME).write_bytes(data)
        return kept.files() is not None

    yield Reader(lambda chance: json_bytes(chance, broken_value(chance, index)), read)


@contextmanager
def atlas_index(folder: Path) -> Iterator[Reader]:
    """An atlas with a changed index, half of the time with a matching digest."""
    octaves = Architecture(2, 1, coordinates="octaves")
    _write_small_atlas(folder, {"near": ARCHITECTURE, "far": octaves, "waves": Spectrum(4, 4)})
    path = folder / INDEX_NAME
    index = json.loads(path.read_bytes())

    def make(chance: Random) -> bytes:
        changed = broken_value(chance, index)
        if isinstance(changed, dict) and chance.random() < 0.5:
            _sign(changed)
        return json_bytes(chance, changed)

    def read(data: bytes) -> bool:
        path.write_bytes(data)
        _read_all(folder)
        return True

    yield Reader(make, read, folder)


@contextmanager
def atlas_family(folder: Path) -> Iterator[Reader]:
    """A changed family file, with a matching sha256 in the index."""
    _write_small_atlas(folder)
    path = folder / INDEX_NAME
    index = json.loads(path.read_bytes())
    file = folder / index["families"]["near"]["file"]
    good = file.read_bytes()
    header_bytes = int.from_bytes(good[:8], "little")
    header: Any = json.loads(good[8 : 8 + header_bytes])
    numbers: bytes = good[8 + header_bytes :]

    def make(chance: Random) -> bytes:
        if chance.random() < 0.5:
            return broken_bytes(chance, [good])
        changed = broken_value(chance, header)
        if isinstance(changed, dict) and isinstance(one := changed.get("latents"), dict):
            one["dtype"] = chance.choice(("F16", "BF16", "F8_E4M3", "F8_E5M2", "BOOL", "I64", "U8", "F64", "F32", "F4"))
            one["shape"] = chance.choice(([3, 19], [3, 20], [57], [0], [], [1, 1, 57], [3, 38], [2**40, 2**40]))
        text = json_bytes(chance, changed)
        length = len(text) if chance.random() < 0.9 else chance.choice((0, 2**63, 2**64 - 1, len(text) - 1))
        return b"".join((length.to_bytes(8, "little"), text, numbers))

    def read(data: bytes) -> bool:
        file.write_bytes(data)
        index["families"]["near"]["sha256"] = hashlib.sha256(data).hexdigest()
        _sign(index)
        path.write_text(json.dumps(index))
        _read_all(folder)
        return True

    yield Reader(make, read, folder)


def _write_small_atlas(
    folder: Path, ways: Mapping[str, WayOfDrawing] = MappingProxyType({"near": ARCHITECTURE})
) -> None:
    """Write an atlas with three neurons in each family; `ways` names the families and their ways of drawing."""
    import torch

    families = {name: Family(f"families/{name}.00000000.safetensors", NO_SHA256, way, 3) for name, way in ways.items()}
    neurons = tuple(made_up_neuron(name, row, 0 if row else None) for name in ways for row in range(3))
    roads = (Road(f"{NETWORK}/near/0", f"{NETWORK}/near/1", 0.9, 1.1),)
    generator = torch.Generator().manual_seed(1)
    latents = {name: torch.randn((3, way.size), generator=generator) for name, way in ways.items()}
    networks = {NETWORK: NetworkProvenance(NO_SHA256, "none", "none")}
    write_atlas(folder, Index(networks, families, neurons, roads), latents)


def _sign(index: dict[str, Any]) -> None:
    """Set an index's digest to that of its content."""
    content = {key: value for key, value in index.items() if key != "digest"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    index["digest"] = hashlib.sha256(canonical.encode(errors="replace")).hexdigest()


def _read_all(folder: Path) -> None:
    """Read an atlas as a show does: the index, every latent, and the paths between neurons."""
    atlas = Atlas.open(folder)
    for neuron in atlas.neurons:
        atlas.latent(neuron)
        if neuron.family == atlas.neurons[0].family:
            atlas.path(atlas.neurons[0], neuron)
