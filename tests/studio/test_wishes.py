"""What recipes wish beside a channel, trained: each brings the picture nearer to it than a training without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from installation.atlas.cppn import HALF_RANGE, logits
from installation.errors import ScoreError
from installation.media.bodies import body_of
from installation.media.image_file import image_facts
from installation.picture.view import picture_coordinates
from installation.picture.ways.body_views import Pose, body_seen
from installation.show.frame import View
from installation.studio.building import assemble, plan, train_all
from installation.studio.cppn_parameterization import architecture_of, random_start
from installation.studio.judging import Aim, excitement
from installation.studio.objectives.grams import difference, gram, likeness
from installation.studio.objectives.references import read_reference
from installation.studio.random_views import random_body_look
from installation.studio.recipes.files import RecipeFile
from installation.studio.recipes.recipe import Settings
from installation.studio.training import activation, picture_of, train
from tests.media.obj_files import SQUARE
from tests.studio.tiny import load_tiny, recipe_of, tiny_words

NETWORK = load_tiny("tiny")

TINY = Settings(
    width=6, depth=2, size_px=24, first_size_px=24, root_steps=40, child_steps=30, root_rate=0.02, contrast=0
)


@pytest.fixture
def stripes(tmp_path: Path) -> RecipeFile:
    path = tmp_path / "stripes.png"
    bright = np.where(np.arange(48) % 12 < 6, 230, 20).astype(np.uint8)
    pixels = np.full((48, 48, 3), 90, np.uint8)
    pixels[..., ::2] = bright[None, :, None]
    Image.fromarray(pixels).save(path)
    return RecipeFile(str(path), image_facts(path).digest)


def manner(picture: Tensor) -> Tensor:
    return gram(NETWORK.activations(picture, "first"))


def shown(file: RecipeFile) -> Tensor:
    return read_reference(Path(file.path), file.sha256, 0.0, 24)


@pytest.mark.parametrize("kind", ["cppn", "fourier"])
def test_a_picture_takes_the_manner_of_another(stripes: RecipeFile, kind: str) -> None:
    rate = 0.02 if kind == "cppn" else 0.1
    plain = replace(TINY, kind=kind, root_rate=rate, root_steps=80)
    styled = replace(plain, style=stripes, style_layers=("first",), style_weight=3.0, excite=0.0)
    apart = [
        difference(
            manner(picture_of(train(NETWORK, "last", 2, None, one, seed=3).latent, plain, 24)), manner(shown(stripes))
        )
        for one in (plain, styled)
    ]
    assert apart[1] < 0.85 * apart[0]


@pytest.mark.parametrize("given", ["photograph", "parent"])
def test_a_picture_keeps_its_content(stripes: RecipeFile, given: str) -> None:
    parent = train(NETWORK, "last", 2, None, TINY, seed=3).latent
    plain = replace(TINY, zoom=(1.0, 1.0), shift=0.0, rotate_degrees=0.0, child_turn_degrees=60.0, child_rate=0.02)
    kept = replace(plain, content_layer="first", excite=0.0, content=stripes if given == "photograph" else None)
    wanted = shown(stripes) if given == "photograph" else picture_of(parent, TINY, 24)
    apart = [
        difference(
            NETWORK.activations(picture_of(train(NETWORK, "last", 4, parent, one, seed=3).latent, TINY, 24), "first"),
            NETWORK.activations(wanted, "first"),
        )
        for one in (plain, kept)
    ]
    assert apart[1] < 0.8 * apart[0]


def test_a_caricature_is_of_its_photograph(stripes: RecipeFile) -> None:
    settings = replace(TINY, objective="caricature", content=stripes, zoom=(1.0, 1.0), shift=0.0, rotate_degrees=0.0)
    content = NETWORK.activations(shown(stripes), "last")

    def like(one: Settings) -> float:
        picture = picture_of(train(NETWORK, "last", 2, None, one, seed=3).latent, TINY, 24)
        return excitement(NETWORK.activations(picture, "last"), 2, settings, content).item()

    assert like(settings) > 1.2 * like(TINY)


def test_a_second_picture_of_a_neuron_keeps_away_from_the_first() -> None:
    first = train(NETWORK, "last", 2, None, TINY, seed=3).latent
    second = train(NETWORK, "last", 2, first, TINY, seed=3).latent
    settings = replace(TINY, diversity=20.0)
    other = train(NETWORK, "last", 2, first, settings, seed=3, unlike=[first]).latent
    layers = [gram(NETWORK.activations(picture_of(one, TINY, 24), "last")) for one in (first, second, other)]
    assert likeness(layers[2], layers[:1]) < likeness(layers[1], layers[:1]) - 0.02


def test_a_class_has_the_surface_of_a_low_layer() -> None:
    rough = replace(TINY, texture="first/3", texture_weight=2.0)
    felt = [
        activation(NETWORK, "first", 3, train(NETWORK, "last", 2, None, one, 3).latent, TINY) for one in (TINY, rough)
    ]
    assert felt[1] > felt[0]


def test_a_trained_road_excites_both_neurons_on_its_way() -> None:
    parent = train(NETWORK, "last", 2, None, TINY, seed=3).latent
    plain = replace(TINY, child_rate=0.05)
    road = replace(plain, road_steps=40, road_rate=0.02)
    found = {}
    for settings in (plain, road):
        trained = train(NETWORK, "last", 4, parent, settings, 3, road_from=parent, road=Aim("last", 2, TINY))
        assert trained.steps == 30 + settings.road_steps
        middles = [parent.lerp(trained.latent, share) for share in (0.25, 0.5, 0.75)]
        found[settings] = sum(
            activation(NETWORK, "last", channel, middle, TINY) for middle in middles for channel in (2, 4)
        )
    assert found[road] > found[plain]


def test_a_loop_that_is_to_be_even_excites_its_neuron_at_every_moment() -> None:
    lively = replace(TINY, coordinates="loop", root_steps=120, motion_start=5.0)

    def weakest(settings: Settings) -> float:
        latent = train(NETWORK, "last", 2, None, settings, seed=3).latent
        with torch.no_grad():
            pictures = torch.cat([picture_of(latent, settings, 24, moment / 8) for moment in range(8)])
            strengths = NETWORK.activations(pictures, "last")[:, 2].mean((1, 2))
        return (strengths.min() / strengths.mean()).item()

    assert weakest(lively) < 0.93
    assert weakest(replace(lively, even=1.0)) > 0.95


def test_a_loop_moves_as_much_as_its_start_says() -> None:
    def moved(gain: float) -> float:
        settings = replace(TINY, coordinates="loop", motion_start=gain)
        latent = random_start(settings, torch.Generator().manual_seed(1))
        pictures = [picture_of(latent, settings, 24, moment / 4) for moment in range(4)]
        return (pictures[0] - pictures[2]).abs().mean().item()

    assert moved(0.2) < 0.5 * moved(1.0)


def on_a_sphere(latent: Tensor, yaw: float) -> Tensor:
    """What the network sees of a sphere that wears a latent, before grey, (1, 3, 24, 24)."""
    affine = picture_coordinates(View(), 1.0)
    seen = body_seen(body_of("sphere"), Pose(yaw, 10.0, 0.0, 1.0, 0.5), affine, 24, 24)
    u, v, light, opacity = (torch.from_numpy(one).flatten() for one in seen)
    places = HALF_RANGE * torch.stack([2 * (2 * u - 1), 2 * v - 1], 1)
    worn = logits(latent, places, architecture_of(TINY)).sigmoid().t() * light ** (1 / 2.2)
    return (0.5 + (worn - 0.5) * opacity).view(1, 3, 24, 24)


def test_a_picture_is_trained_for_the_body_that_wears_it() -> None:
    def weakest_side(steps: int) -> float:
        settings = replace(TINY, body="sphere", root_steps=steps)
        latent = train(NETWORK, "last", 2, None, settings, seed=3).latent
        sides = torch.cat([on_a_sphere(latent, 60.0 * side) for side in range(6)])
        return NETWORK.activations(sides, "last")[:, 2].mean((1, 2)).min().item()

    assert weakest_side(100) > weakest_side(1) + 0.03


def test_a_picture_is_trained_for_a_body_from_a_file(tmp_path: Path) -> None:
    """A square seen from any side: the neuron is excited by it, and more than by what it was before."""
    pytest.importorskip("trimesh")
    (tmp_path / "square.obj").write_text(SQUARE)
    words = changed(lambda neuron: neuron.update(settings={"body": "square.obj"}))
    (job,) = [one for one in plan(recipe_of(words, tmp_path), load_tiny).jobs if one.name == "sky"]
    assert isinstance(job.settings.body, RecipeFile)
    assert job.recipe != next(one for one in plan(recipe_of(tiny_words()), load_tiny).jobs if one.name == "sky").recipe
    look = random_body_look(24, 24, job.settings, torch.Generator().manual_seed(1))
    assert look.places.abs().max() <= HALF_RANGE
    settings = replace(TINY, body=job.settings.body, root_steps=100)
    before, after = (train(NETWORK, "last", 2, None, replace(settings, root_steps=steps), seed=3) for steps in (1, 100))
    assert after.activation > before.activation


def test_a_look_at_a_body_sees_its_picture_where_the_player_does() -> None:
    look = random_body_look(16, 24, replace(TINY, body="torus"), torch.Generator().manual_seed(1))
    assert look.places.shape == (len(look.pixels), 2)
    assert look.places.abs().amax(0).tolist() <= [2 * HALF_RANGE, HALF_RANGE]
    assert 0 < look.opacity.min() <= look.opacity.max() == 1
    assert 0.2 < look.light.min() < look.light.max() <= 1


def changed(change: Callable[[dict[str, object]], None]) -> dict[str, object]:
    words = tiny_words()
    change(words["families"][0]["neurons"][3])
    return words


def test_what_a_neuron_is_unlike_is_trained_before_it_and_changes_its_training(tmp_path: Path) -> None:
    words = changed(lambda neuron: neuron.update(unlike=["edges", "church"], parent="pagoda"))
    planned = plan(recipe_of(words), load_tiny)
    jobs = {job.name: job for job in planned.jobs}
    assert jobs["sky"].needed == (jobs["pagoda"].key, jobs["edges"].key, jobs["church"].key)
    alone = plan(recipe_of(changed(lambda neuron: neuron.update(parent="pagoda"))), load_tiny)
    assert jobs["sky"].recipe != next(job for job in alone.jobs if job.name == "sky").recipe
    assert [job.key for job in planned.jobs if job.name != "sky"] == [
        job.key for job in alone.jobs if job.name != "sky"
    ]
    assert len(list(train_all(planned, load_tiny, tmp_path / "work", workers=1))) == 6
    assert len(assemble(planned, tmp_path / "work", tmp_path / "atlas").neurons) == 6


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"unlike": ["wood"]}, "family 'spires' has no 'wood' before this neuron"),
        ({"settings": {"style": "gone.png"}}, r"picture 'gone\.png' cannot be read: there is no such file"),
        ({"settings": {"content": "gone.mp4"}}, r"film 'gone\.mp4' cannot be read"),
        ({"settings": {"body": "gone.obj"}}, r"body 'gone\.obj' is not a file here"),
        ({"settings": {"body": "cube"}}, "body 'cube' is unknown; there is none, sphere, torus, plane, or a file"),
        ({"settings": {"magnitudes": ["gone.npy"]}}, r"gone\.npy: cannot be read \(No such file"),
        ({"settings": {"texture": "first"}}, "'first' is not a channel of a layer, such as conv2_3x3/17"),
        ({"settings": {"road_steps": 5}}, "road_steps: name the `parent` of 'sky', from which its road leads"),
    ],
    ids=str,
)
def test_wishes_that_are_wrong_are_told_before_anything_is_trained(words: dict[str, object], told: str) -> None:
    with pytest.raises(ScoreError, match=told):
        plan(recipe_of(changed(lambda neuron: neuron.update(words))), load_tiny)


def test_a_picture_that_was_changed_is_another_training(stripes: RecipeFile) -> None:
    styled = replace(TINY, style=stripes, style_layers=("first",))
    elsewhere = replace(styled, style=RecipeFile("/elsewhere/stripes.png", stripes.sha256))
    anew = replace(styled, style=RecipeFile(stripes.path, "0" * 64))
    assert styled.changed_settings(root=True) == elsewhere.changed_settings(root=True)
    assert styled.changed_settings(root=True) != anew.changed_settings(root=True)
