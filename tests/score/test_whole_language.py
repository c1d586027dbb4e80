"""Whatever an author puts together of the whole language, a show is the same played, sought and begun again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.atlas.atlas import Atlas
from installation.commands.publish import PROJECT
from installation.score import reader
from installation.show.score import Score
from tests.show.deeds import DEEDS, LAST_FRAME, Deeds, assert_seek_play_and_restart_agree
from tests.small_atlas import small_atlas
from tests.sound.tones import ramp, write

HEAD = """\
atlas: atlas
fps: 10
seed: {seed}
loop: {loop}
outputs: {{left: 32x18, right: 32x18}}
parameters:
  near: {{default: 0.4{smooth}}}
  far: {{default: 0.5, curve: [[0, 1], [1, 0]]}}
cameras:
  approach: [{{at: 0s, zoom: 1}}, {{at: 100%, zoom: $near + 1, degrees: 10, ease: flow}}]
effects: [{{grain: $near * 0.1}}]
cues:
"""

SUBJECTS = (
    "walk: near-1",
    "walk: [near-0, near-3]",
    "walk: near-2, surface: {body: torus, yaw: [{at: 0s, value: 0}, {at: 100%, value: 90}]}",
    "walk: {through: [near-0, near-1, near-2], position: $near}",
    "walk: {through: {choose: 2, from: {family: far}}, pace: times, repeat: ping-pong, duration: 2s}",
    "plate: {neurons: {shuffle: [near-0, far-1, near-2]}, columns: 2}",
    "plate: {neurons: [{family: near}, far-0], gap: 0.1}",
    "descend: [{near-0: [0.1, 0, 0.2]}, {far-0: [0, 0.1, 0.2]}]",
    'text: {words: "$show.cue $near", size: $near * 0.1 + 0.1, type: 2s}',
    "image: {file: window.png, fit: cover}",
    "clip: {file: rings.mp4, rate: 0.5, repeat: ping-pong}",
    "shape: {form: ellipse, softness: 0.2}",
    "gradient: radial",
)
TAKE_OPTIONS = (
    "view: {zoom: {between: [1, 2]}, x: $far * 0.5}",
    "view: [{at: 0s, zoom: 1}, {at: 50%, zoom: 2, x: 0.2, ease: flow}, {at: 100%, zoom: 1, x: 0, ease: flow}]",
    "view: approach",
    "drift: {amount: 0.02, degrees: 1}",
)
LAYER_OPTIONS = (
    "opacity: 1 - $near * 0.8",
    "opacity: {between: [0.2, 1]}",
    "opacity: [{at: 0s, value: 0}, {at: 2s, value: $near, ease: smooth}]",
    "blend: screen",
    "effects: [{grade: {saturation: $far}}, {blur: [{at: 0s, value: 0.05}, {at: 2s, value: 0}]}]",
    "effects: [{kaleidoscope: {degrees: $near * 90}}, {vignette: {amount: {between: [0, 1]}}}]",
    "matte: {shape: {form: rectangle}, use: alpha}",
    'matte: {text: {words: "$show.cue_id"}, invert: true}',
    "outputs: [right]",
)
MONTAGES = ("", "montage: mirror", "montage: {span: 0.1}", "montage: {canon: 5f}")
SOUNDS = (
    "{file: ramp.wav, loop: true, level: $near}",
    "{file: ramp.wav, begin: 0.5s, level: [{at: 0s, value: 0}, {at: 1s, value: 0.8}]}",
    "[{file: ramp.wav, loop: true, bus: ceiling}, {file: ramp.wav, level: {between: [0.2, 1]}, loop: true}]",
)
TRANSITIONS = ("cut", "{dissolve: $near * 2s}", "{wipe: 1s, degrees: 45}", "{morph: 1s}", "{luma: 5f}", "{push: 1s}")
ENDS = ("follow", "follow", "hold", "loop")
WHENS = ("", ", when: $near > 0.5", ", when: $near < 0.3 and not $far == 1", ", weight: 2")


def some_of(options: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    """A few options, no key twice."""
    return st.lists(st.sampled_from(options), max_size=most, unique_by=lambda one: one.partition(":")[0])


@st.composite
def layers(draw: st.DrawFn, number: int) -> str:
    told = [f"name: layer{number}", *draw(some_of(LAYER_OPTIONS, 3))]
    if draw(st.booleans()):
        subject = draw(st.sampled_from(SUBJECTS))
        montage = draw(st.sampled_from(MONTAGES))
        return ", ".join([*told, subject, *draw(some_of(TAKE_OPTIONS, 2)), *([montage] if montage else [])])
    takes = draw(st.lists(st.sampled_from(SUBJECTS), min_size=3, max_size=5))
    listed = ", ".join(f"{{{', '.join([one, *draw(some_of(TAKE_OPTIONS, 1))])}}}" for one in takes)
    form = draw(st.sampled_from([f"[{listed}]", f"{{shuffle: [{listed}]}}", f"{{choose: 3, from: [{listed}]}}"]))
    places = draw(st.sampled_from([["cut: [3f, 1s]"], ["montage: {split: 2x1}"], []]))
    more = places + draw(some_of(("view: approach", "drift: {amount: 0.01}"), 2))
    return ", ".join([*told, f"takes: {form}", *more])


@st.composite
def cues(draw: st.DrawFn, name: str, others: str, on_call: bool) -> str:
    told = [f"id: {name}", f"duration: {draw(st.integers(3, 6))}s", f"transition: {draw(st.sampled_from(TRANSITIONS))}"]
    told.append(f"end: {draw(st.sampled_from(ENDS))}")
    if on_call:
        told += ["on_call: true", f"return: {draw(st.sampled_from(['resume', 'restart', others[0]]))}"]
    elif ways := draw(st.lists(st.tuples(st.sampled_from(others), st.sampled_from(WHENS)), max_size=3)):
        told.append(f"next: [{', '.join(f'{{to: {to}{when}}}' for to, when in ways)}]")
    if draw(st.booleans()):
        told.append(f"sound: {draw(st.sampled_from(SOUNDS))}")
    if draw(st.booleans()):
        told.append("effects: [{posterize: 4}]")
    found = ", ".join(f"{{{draw(layers(number))}}}" for number in range(draw(st.integers(0, 3))))
    return f"  - {{{', '.join(told)}, layers: [{found}]}}\n"


@st.composite
def scores(draw: st.DrawFn) -> str:
    names, calls = "abcd"[: draw(st.integers(2, 4))], "ij"[: draw(st.integers(0, 2))]
    head = HEAD.format(
        seed=draw(st.sampled_from([0, 7, "daily"])),
        loop=draw(st.sampled_from(["true", "false"])),
        smooth=draw(st.sampled_from(["", ", smooth: 1s"])),
    )
    return head + "".join(draw(cues(one, names, one in calls)) for one in names + calls)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("show")
    small_atlas(folder / "atlas")
    write(folder / "ramp.wav", ramp(2.0))
    for name in ("window.png", "rings.mp4"):
        (folder / name).symlink_to(PROJECT / "scores" / "material" / name)
    return folder


@given(scores(), DEEDS, st.randoms(use_true_random=False), st.lists(st.integers(0, LAST_FRAME), min_size=2, max_size=4))
@settings(max_examples=25, deadline=None)
def test_seek_play_and_restart_agree_whatever_a_score_says(
    folder: Path, text: str, deeds: Deeds, chance: random.Random, frames: list[int]
) -> None:
    path, atlas = folder / "score.yaml", Atlas.open(folder / "atlas")
    path.write_text(text)

    def read() -> Score:
        return reader.read(path, atlas)

    if any("morph" in one.message for one in reader.check(path, atlas).mistakes):
        path.write_text(text.replace("{morph: 1s}", "{dissolve: 1s}"))  # not every two cues have a way between them
    assert_seek_play_and_restart_agree(read(), read, deeds, frames, chance)
