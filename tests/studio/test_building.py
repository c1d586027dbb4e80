"""Building: repeatable, resumable after a kill, and never harming what was there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from installation.atlas.atlas import Atlas
from installation.atlas.drawing import words_of
from installation.errors import AtlasError, DeviceError, ScoreError
from installation.studio.building import adopt, assemble, plan, train_all
from tests.studio.tiny import build_tiny, load_tiny, recipe_of, tiny_recipe, tiny_words

ROOT = Path(__file__).parents[2]

CHECKOUT = Path(__file__).parents[2]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_two_builds_of_a_recipe_are_byte_identical(tmp_path: Path) -> None:
    build_tiny(tmp_path / "one")
    build_tiny(tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_an_atlas_tells_where_every_latent_came_from(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    atlas = Atlas.open(tmp_path / "atlas")
    church = atlas.find("church")
    assert (church.address, church.label, church.network_sha256) == ("tiny/last/1", "church/outdoor", "0" * 64)
    assert (church.steps, church.seed, church.family, church.row) == (3, 1, "spires", 1)
    assert church.parent == "tiny/last/0"
    assert church.code.startswith("installation ")
    assert len(church.recipe) == 64
    assert atlas.find("edges").parent == "tiny/last/0"
    assert atlas.find("sky").parent in {"tiny/last/0", "tiny/last/1", "tiny/first/3"}
    assert [neuron.name for neuron in atlas.of_family("waters")] == ["sea", "wood"]


def test_every_branch_of_a_tree_is_measured_as_a_road(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    atlas = Atlas.open(tmp_path / "atlas")
    edges = [(neuron.parent, neuron.address) for neuron in atlas.neurons if neuron.parent]
    assert [(road.a, road.b) for road in atlas.roads] == edges
    assert all(0 < road.contrast <= 1 and road.length > 0.99 for road in atlas.roads)
    assert {extent.neuron for extent in atlas.index.extents} == {neuron.address for neuron in atlas.neurons}


def test_grading_brightens_what_ships_and_trains_nothing_anew(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    plain = Atlas.open(tmp_path / "atlas")
    before = plain.latent(plain.find("pagoda")).clone()
    results = files(tmp_path / "work")
    changed = tiny_words()
    changed["families"][0]["grade"] = {"darkness": 0.2, "contrast": 1.3, "colour": 1.5}
    build_tiny(tmp_path, recipe_of(changed))
    assert files(tmp_path / "work") == results
    atlas = Atlas.open(tmp_path / "atlas")
    after, outputs = atlas.latent(atlas.find("pagoda")), 3 * (2 * 4 + 1)
    assert torch.equal(after[:-outputs], before[:-outputs])
    assert not torch.allclose(after[-outputs:], before[-outputs:], atol=1e-2)
    assert atlas.find("pagoda").recipe != plain.find("pagoda").recipe
    assert atlas.find("sea") == plain.find("sea")


def test_a_build_killed_in_the_middle_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    build_tiny(whole, tiny_recipe(steps=40))
    command = [sys.executable, "-m", "tests.studio.tiny", str(killed), "40"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as building:
        assert building.stdout is not None
        assert building.stdout.readline() == "pagoda\n"
        assert building.stdout.readline() == "church\n"
        os.kill(building.pid, signal.SIGKILL)
    grown = files(killed / "work")
    assert not (killed / "atlas").exists()
    assert 2 <= len([name for name in grown if name.endswith(".safetensors") and not name.startswith(".")]) < 6
    times = {path.name: path.stat().st_mtime_ns for path in (killed / "work").glob("*.safetensors")}
    build_tiny(killed, tiny_recipe(steps=40))
    assert files(killed) == files(whole)
    assert {name: (killed / "work" / name).stat().st_mtime_ns for name in times} == times, "nothing was grown twice"


def test_changing_one_neuron_grows_only_it_and_its_children_anew(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    changed = tiny_words()
    changed["families"][1]["neurons"][0]["seed"] = 9
    planned = plan(recipe_of(changed), load_tiny)
    assert [job.name for job in train_all(planned, load_tiny, tmp_path / "work", workers=1)] == ["sea", "wood"]


def test_two_workers_give_the_same_as_one(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    planned = plan(tiny_recipe(), load_tiny)
    names = [job.name for job in train_all(planned, load_tiny, tmp_path / "other", workers=2)]
    assert sorted(names) == ["church", "edges", "pagoda", "sea", "sky", "wood"]
    assert files(tmp_path / "other") == files(tmp_path / "work")


RINGS = """
import sys
from pathlib import Path
import docs.examples.rings_in_training
from installation.atlas.atlas import Atlas
from tests.studio.tiny import build_tiny, recipe_of, tiny_words
words = tiny_words(20)
words["settings"] |= {"kind": "rings", "root_rate": 0.1, "child_rate": 0.1}
folder = Path(sys.argv[1])
index = build_tiny(folder, recipe_of(words))
atlas = Atlas.open(folder / "atlas")
print(atlas.drawing("spires"), len(index.neurons), atlas.latent(atlas.find("pagoda")).std().item() > 0.1)
"""


def test_a_kind_of_ones_own_is_trained(tmp_path: Path) -> None:
    """The example of the documentation, in a process of its own: it adds its name to what recipes may say."""
    command = [sys.executable, "-c", RINGS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Rings(rings=4.0) 6 True"


def test_a_full_disk_leaves_the_atlas_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_tiny(tmp_path)
    before = files(tmp_path / "atlas")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    changed = tiny_recipe(steps=4)
    planned = plan(changed, load_tiny)
    assert len(list(train_all(planned, load_tiny, tmp_path / "work", workers=1))) == 6
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DeviceError, match=r"No space left on device.*the old content is unchanged"):
        build_tiny(tmp_path, changed)
    assert files(tmp_path / "atlas") == before
    assert Atlas.open(tmp_path / "atlas").find("pagoda").steps == 3


def test_a_full_disk_while_growing_leaves_no_half_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DeviceError, match="No space left"):
        build_tiny(tmp_path)
    assert files(tmp_path) == {}


def test_a_damaged_result_is_named_with_the_way_out(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    result = next((tmp_path / "work").glob("*.safetensors"))
    result.write_bytes(result.read_bytes()[:-10])
    with pytest.raises(AtlasError, match=f"{result.name}: a damaged result file.*remove it and build again"):
        build_tiny(tmp_path)


def test_an_unknown_channel_is_an_error_with_a_hint() -> None:
    recipe = tiny_words()
    recipe["families"][0]["neurons"][0]["neuron"] = "tiny/last/pagda"
    with pytest.raises(ScoreError, match="no channel 'pagda'; it has 0 to 5; did you mean 'pagoda'"):
        plan(recipe_of(recipe), load_tiny)
    recipe["families"][0]["neurons"][0]["neuron"] = "tiny/middle/1"
    with pytest.raises(ScoreError, match=r"no layer 'middle'; it has first_pre_relu, first, last$"):
        plan(recipe_of(recipe), load_tiny)


def test_a_recipe_that_grows_trains_only_what_the_atlas_does_not_hold(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    before = Atlas.open(tmp_path / "atlas")
    latents = {neuron.name: before.latent(neuron) for neuron in before.neurons}
    grown = tiny_words()
    grown["families"][0]["neurons"].append({"neuron": "tiny/first/1", "name": "cracks", "parent": "church"})
    grown["families"][1]["neurons"][1]["seed"] = 7
    planned = plan(recipe_of(grown), load_tiny)
    assert adopt(planned, tmp_path / "elsewhere", tmp_path / "atlas") == 5, "wood is asked for otherwise"
    names = [job.name for job in train_all(planned, load_tiny, tmp_path / "elsewhere", workers=1)]
    assert names == ["cracks", "wood"]
    assemble(planned, tmp_path / "elsewhere", tmp_path / "atlas")
    after = Atlas.open(tmp_path / "atlas")
    assert after.find("cracks").parent == after.find("church").address
    for name in ("pagoda", "church", "edges", "sky", "sea"):
        assert after.find(name) == before.find(name)
        assert torch.equal(after.latent(after.find(name)), latents[name])
    assert not torch.equal(after.latent(after.find("wood")), latents["wood"])


def test_an_atlas_alone_is_enough_to_grow_the_same_child_on(tmp_path: Path) -> None:
    build_tiny(tmp_path / "whole")
    fewer = tiny_words()
    wood = fewer["families"][1]["neurons"].pop()
    build_tiny(tmp_path / "part", recipe_of(fewer))
    planned = plan(tiny_recipe(), load_tiny)
    adopt(planned, tmp_path / "work", tmp_path / "part" / "atlas")
    assert [job.name for job in train_all(planned, load_tiny, tmp_path / "work", workers=1)] == [wood["name"]]
    assemble(planned, tmp_path / "work", tmp_path / "later")
    one, other = Atlas.open(tmp_path / "whole" / "atlas"), Atlas.open(tmp_path / "later")
    for neuron in one.neurons:
        assert torch.equal(one.latent(neuron), other.latent(other.find(neuron.name))), neuron.name


def test_without_an_atlas_nothing_is_taken_up(tmp_path: Path) -> None:
    planned = plan(tiny_recipe(), load_tiny)
    assert adopt(planned, tmp_path / "work", tmp_path / "none") == 0


def test_a_family_is_drawn_in_one_way() -> None:
    words = tiny_words()
    words["families"][0]["neurons"][1]["settings"] = {"coordinates": "torus"}
    with pytest.raises(ScoreError, match=r"'spires' is drawn in one way, and its neurons say 2: .* as cppn, .*torus"):
        plan(recipe_of(words), load_tiny)


def test_a_neuron_is_addressed_with_the_way_that_it_is_drawn(tmp_path: Path) -> None:
    words = tiny_words()
    for name, settings in (("torus", {"coordinates": "torus"}), ("fourier", {"kind": "fourier"})):
        own = [{"neuron": f"tiny/last/0@{name}", "name": name}]
        words["families"].append({"name": name, "settings": settings, "neurons": own})
    build_tiny(tmp_path, recipe_of(words))
    atlas = Atlas.open(tmp_path / "atlas")
    found = [atlas.find(f"tiny/last/0{word}").name for word in ("", "@torus", "@fourier")]
    assert found == ["pagoda", "torus", "fourier"]
    assert words_of(atlas.drawing("fourier")) == "fourier, height 24, width 24"


def refined_words() -> dict[str, Any]:
    """The tiny recipe, in which the first family's root and a child of the second are refined."""
    words = tiny_words()
    refine = {"child_steps": 4, "size_px": 32, "first_size_px": 24}
    words["families"][0]["neurons"][0]["refine"] = refine
    words["families"][1]["neurons"][1]["refine"] = dict(refine)
    return words


def test_refining_goes_on_from_what_the_atlas_holds_and_trains_nothing_else(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    before = Atlas.open(tmp_path / "atlas")
    planned = plan(recipe_of(refined_words()), load_tiny)
    assert adopt(planned, tmp_path / "elsewhere", tmp_path / "atlas") == 4
    names = [job.name for job in train_all(planned, load_tiny, tmp_path / "elsewhere", workers=1)]
    assert names == ["pagoda", "wood"]
    assemble(planned, tmp_path / "elsewhere", tmp_path / "refined")
    after = Atlas.open(tmp_path / "refined")
    for name in ("pagoda", "wood"):
        assert after.find(name).steps == before.find(name).steps + 4
        assert after.find(name).parent == before.find(name).parent
        assert not torch.equal(after.latent(after.find(name)), before.latent(before.find(name)))
        assert after.find(name).recipe != before.find(name).recipe
    assert torch.equal(after.latent(after.find("sea")), before.latent(before.find("sea")))
    moved = after.latent(after.find("church")) - before.latent(before.find("church"))
    assert moved.abs().max() < 1e-3, "a child of a refined root is only rounded anew"


def test_a_refined_atlas_is_taken_over_as_it_is(tmp_path: Path) -> None:
    build_tiny(tmp_path, recipe_of(refined_words()))
    whole = Atlas.open(tmp_path / "atlas")
    planned = plan(recipe_of(refined_words()), load_tiny)
    assert adopt(planned, tmp_path / "elsewhere", tmp_path / "atlas") == 6
    assert list(train_all(planned, load_tiny, tmp_path / "elsewhere", workers=1)) == []
    assemble(planned, tmp_path / "elsewhere", tmp_path / "again")
    again = Atlas.open(tmp_path / "again")
    for neuron in whole.neurons:
        assert again.find(neuron.name) == neuron
        assert torch.equal(again.latent(again.find(neuron.name)), whole.latent(neuron)), neuron.name


def test_a_refinement_that_says_otherwise_is_made_from_the_same_picture(tmp_path: Path) -> None:
    build_tiny(tmp_path, recipe_of(refined_words()))
    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("*.safetensors")}
    words = refined_words()
    words["families"][0]["neurons"][0]["refine"]["child_steps"] = 5
    planned = plan(recipe_of(words), load_tiny)
    trained = [job.name for job in train_all(planned, load_tiny, tmp_path / "work", workers=1)]
    assert trained == ["pagoda", "church", "edges", "sky"], "its children start from what it is then"
    assert planned.jobs[0].unrefined.key + ".safetensors" in times
    assert {name: (tmp_path / "work" / name).stat().st_mtime_ns for name in times} == times


def test_a_graded_neuron_is_refined_as_it_is_seen(tmp_path: Path) -> None:
    words = refined_words()
    words["families"][1]["neurons"][1]["grade"] = {"contrast": 1.5}
    one = build_tiny(tmp_path / "graded", recipe_of(words))
    other = build_tiny(tmp_path / "plain", recipe_of(refined_words()))
    graded, plain = Atlas(tmp_path / "graded" / "atlas", one), Atlas(tmp_path / "plain" / "atlas", other)
    assert not torch.equal(graded.latent(graded.find("wood")), plain.latent(plain.find("wood")))
    assert torch.equal(graded.latent(graded.find("sea")), plain.latent(plain.find("sea")))
