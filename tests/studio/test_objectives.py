"""Every objective's formula against one written out anew, in double precision and in plain loops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from installation.atlas.cppn import HALF_RANGE, grid
from installation.errors import ScoreError
from installation.media.film_file import film_facts
from installation.media.image_file import image_facts
from installation.studio.judging import Aim, check_wishes, excitement
from installation.studio.objectives.colours import flatness, glare, harshness, softness
from installation.studio.objectives.directions import towards
from installation.studio.objectives.grams import difference, gram, likeness
from installation.studio.objectives.references import read_reference, sampled
from installation.studio.recipes.files import RecipeFile
from installation.studio.recipes.recipe import Objective, Settings
from tests.studio.tiny import load_tiny

Doubles = NDArray[np.float64]

ROOT = Path(__file__).parents[2]

seeds = st.integers(0, 2**32 - 1)

few = trying(max_examples=20, deadline=None)


def some(seed: int, count: int = 6, side: int = 4) -> Doubles:
    return np.random.default_rng(seed).normal(size=(count, side, side))


def tensor(values: Doubles) -> Tensor:
    return torch.from_numpy(values[None]).float()


def dot_times_cosine(x: Doubles, y: Doubles, power: float) -> float:
    total = 0.0
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            a, b = x[:, row, column], y[:, row, column]
            product = float(a @ b)
            cosine = float(product / (1e-4 + np.sqrt(a @ a)) / (1e-4 + np.sqrt(b @ b)))
            total += product * max(0.1, cosine) ** power
    return float(total / (x.shape[1] * x.shape[2]))


@few
@given(seeds, st.sampled_from([0.0, 1.0, 2.0, 3.5]))
def test_a_caricature_is_the_product_times_a_power_of_the_cosine(seed: int, power: float) -> None:
    x, y = some(seed), some(seed + 1)
    assert towards(tensor(x), tensor(y), power).item() == pytest.approx(dot_times_cosine(x, y, power), abs=1e-4)


def test_a_direction_is_the_same_vector_at_every_place() -> None:
    x = some(3)
    vector = np.array([0, 1, 0, -0.5, 0, 0.25])
    settings = Settings(objective="direction", also=(3, 5), also_weights=(-0.5, 0.25), cosine=2)
    wanted = dot_times_cosine(x, np.broadcast_to(vector[:, None, None], x.shape), 2)
    assert excitement(tensor(x), 1, settings).item() == pytest.approx(wanted, abs=1e-5)


def test_where_nothing_is_excited_a_direction_still_has_a_gradient() -> None:
    nothing = torch.zeros(1, 6, 4, 4, requires_grad=True)
    towards(nothing, torch.ones(1, 6, 1, 1), 2.0).backward()  # type: ignore[no-untyped-call]  # torch leaves it so
    assert nothing.grad is not None
    assert nothing.grad.isfinite().all()


@pytest.mark.parametrize(
    ("place", "row", "column"),
    [((0, 0), 2, 2), ((-1, -1), 0, 0), ((1, 1), 3, 3), ((1, -1), 0, 3), ((0.49, -0.6), 0, 2)],
)
def test_a_neuron_at_a_place_is_one_value(place: tuple[float, float], row: int, column: int) -> None:
    x = some(4)
    settings = Settings(objective="place", place=place)
    assert excitement(tensor(x), 2, settings).item() == pytest.approx(x[2, row, column])


def test_channels_by_their_formulas() -> None:
    x = some(5)
    means = [float(one.mean()) for one in x]
    expected: dict[Objective, float] = {
        "channel": means[2],
        "least": -means[2],
        "strong_places": float((np.maximum(x[2], 0) ** 2).mean()),
        "against_others": means[2] - 0.3 * float(np.log(np.exp(means).sum())),
    }
    for objective, value in expected.items():
        settings = replace(Settings(), objective=objective)
        assert excitement(tensor(x), 2, settings).item() == pytest.approx(value, abs=1e-6)
    both = Settings(also=(4, 0))
    assert excitement(tensor(x), 2, both).item() == pytest.approx((means[2] + means[4] + means[0]) / 3, abs=1e-6)
    against = Settings(also=(4,), also_weights=(-3.0,))
    assert excitement(tensor(x), 2, against).item() == pytest.approx((means[2] - 3 * means[4]) / 4, abs=1e-6)


def products(x: Doubles) -> Doubles:
    count = len(x)
    found = np.zeros((count, count))
    for one in range(count):
        for other in range(count):
            found[one, other] = (x[one] * x[other]).mean()
    return found


@few
@given(seeds)
def test_a_gram_matrix_is_the_mean_product_of_pairs_of_channels(seed: int) -> None:
    x, y = some(seed), some(seed + 1)
    assert gram(tensor(x)).numpy() == pytest.approx(products(x), abs=1e-5)
    wanted = np.abs(products(x) - products(y)).mean() / np.abs(products(y)).mean()
    assert difference(gram(tensor(x)), gram(tensor(y))).item() == pytest.approx(wanted, rel=1e-4)


def test_a_manner_knows_no_places_and_a_content_does() -> None:
    x = some(6)
    moved = np.roll(x, 1, axis=2)
    assert difference(gram(tensor(moved)), gram(tensor(x))).item() < 1e-6
    assert difference(tensor(moved), tensor(x)).item() > 0.5


@few
@given(seeds)
def test_diversity_is_the_cosine_of_gram_matrices(seed: int) -> None:
    x, others = some(seed), [some(seed + 1), some(seed + 2)]
    cosines = []
    for other in others:
        a, b = products(x).ravel(), products(other).ravel()
        cosines.append(a @ b / np.sqrt(a @ a) / np.sqrt(b @ b))
    found = likeness(gram(tensor(x)), [gram(tensor(one)) for one in others]).item()
    assert found == pytest.approx(np.mean(cosines), abs=1e-5)
    assert likeness(gram(tensor(x)), [gram(tensor(x))]).item() == pytest.approx(1, abs=1e-5)


def test_colours_by_their_formulas() -> None:
    x = np.random.default_rng(7).uniform(0.001, 0.999, (3, 5, 5))
    red, green, blue = (one.ravel() for one in x)
    spreads = [np.std(one, ddof=1) for one in ((red + green + blue) / 3, red - blue, green - (red + blue) / 2)]
    wanted = sum(max(0.0, 1 - spread / enough) ** 2 for spread, enough in zip(spreads, (0.6, 0.9, 0.7), strict=True))
    assert flatness(tensor(x), (0.6, 0.9, 0.7)).item() == pytest.approx(wanted, rel=1e-5)
    logits = np.log(x / (1 - x))
    assert glare(tensor(x)).item() == pytest.approx((np.maximum(np.abs(logits) - 2.9, 0) ** 2).mean(), rel=1e-4)
    assert harshness(tensor(x), 0.1).item() == pytest.approx((spreads[0] / 0.1 - 1) ** 2, rel=1e-5)


def stripes(height: int, width: int, crisp_columns: int) -> Doubles:
    """Grey (3, height, width) whose first columns alternate between .25 and .75; the rest is flat."""
    picture = np.full((3, height, width), 0.5)
    picture[:, :, :crisp_columns] = np.where(np.arange(crisp_columns) % 2, 0.75, 0.25)
    return picture


def test_a_frame_is_crisp_only_if_it_is_crisp_to_its_edges() -> None:
    """Steps of half the range are 127.5 of 255 a pixel: enough, if a frame of 224 pixels is asked for that."""
    assert softness(tensor(stripes(224, 400, 400)), 127.5).item() == pytest.approx(0, abs=1e-4)
    half = softness(tensor(stripes(224, 400, 200)), 40.0).item()
    assert half == pytest.approx(0.5, abs=0.02)  # the left half has three times what suffices, the right half none
    assert softness(tensor(stripes(224, 400, 200).transpose(0, 2, 1).copy()), 40.0).item() == pytest.approx(
        half, abs=0.02
    )
    assert softness(tensor(stripes(224, 400, 0)), 40.0).item() == pytest.approx(1, abs=0.02)


def test_a_slope_means_the_same_at_every_size() -> None:
    """A ramp over 112 pixels is twice as steep a pixel as the same picture at 224."""
    for side in (112, 224, 448):
        ramp = np.broadcast_to(np.linspace(0, 1, side), (3, side, side))
        assert softness(tensor(ramp.copy()), 2 * 255 / 224).item() == pytest.approx(0.25, abs=0.02)


def test_a_picture_is_seen_where_a_neurons_would_be(tmp_path: Path) -> None:
    """Its short side is the square; what is beside the square lies beside it."""
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[:, :4], pixels[:, 12:, 1] = (255, 0, 0), 255  # red at the far left, green at the far right
    path = tmp_path / "stripes.png"
    Image.fromarray(pixels).save(path)
    picture = read_reference(path, digest_of(path), 0.0, 8)
    assert picture.shape == (1, 3, 8, 16)
    seen = sampled(picture)
    assert seen(0.85 * grid(8, 8), 8, 8).max() < 1e-6, "the square is black"
    wide = seen(grid(8, 16), 8, 16)
    assert wide[0, :, 4, 1].tolist() == pytest.approx([1, 0, 0], abs=1e-5)
    assert wide[0, :, 4, 14].tolist() == pytest.approx([0, 1, 0], abs=1e-5)
    beyond = seen(torch.tensor([[-2.2 * HALF_RANGE, 0.0]]), 1, 1)
    assert beyond[0, :, 0, 0].tolist() == pytest.approx([1, 0, 0], abs=1e-5), "mirrored"
    path.write_bytes(b"")
    with pytest.raises(ScoreError, match=r"stripes\.png"):
        read_reference(path, "0" * 64, 0.0, 8)


def test_a_moment_of_a_film_is_a_content_too() -> None:
    film = ROOT / "scores" / "material" / "rings.mp4"
    pytest.importorskip("av")
    first, later = (read_reference(film, film_facts(film).digest, seconds, 48) for seconds in (0.0, 1.0))
    assert first.shape == later.shape == (1, 3, 48, first.shape[3])
    assert first.shape[3] >= 48
    assert (first - later).abs().mean() > 0.01


def digest_of(path: Path) -> str:
    return image_facts(path).digest


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"also": (4,), "also_weights": (1.0, 2.0)}, "also_weights: 2 numbers for 1 channels of `also`; give one for"),
        ({"also": (6,)}, r"also: tiny/last has no channel 6; it has 0 to 5"),
        ({"style_layers": ("first",)}, "style_layers: name in `style` the picture whose manner is meant"),
        ({"content_layer": "first"}, "content: a neuron without a parent needs the file of a picture or a film"),
        ({"content_layer": "frist"}, "network 'tiny' has no layer 'frist'; did you mean 'first'"),
        ({"objective": "caricature"}, "content: a neuron without a parent needs the file"),
        ({"texture": "first/9"}, "tiny/first has no channel '9'; it has 0 to 4"),
        ({"even": 1.0}, "even: only pictures on a loop have moments; say `coordinates: loop`, or leave it out"),
        (
            {"body": "torus", "alpha": True},
            "body: what a body wears is neither compared with a content nor transparent",
        ),
        ({"magnitudes": (RecipeFile("mine.png", ""),)}, "magnitudes: only kind maco keeps the magnitudes"),
        ({"kind": "maco", "road_steps": 5}, "road_steps: between phases contours travel by themselves"),
    ],
    ids=str,
)
def test_wishes_that_nothing_can_meet_are_refused_before_anything_is_trained(
    changes: dict[str, Any], told: str
) -> None:
    settings = replace(Settings(size_px=24, first_size_px=24), **changes)
    with pytest.raises(ScoreError, match=told):
        check_wishes(load_tiny("tiny"), Aim("last", 2, settings), has_parent=False)
