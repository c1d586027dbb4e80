"""Pictures that are spectra: the published formulas, the spline through them, and what lies between two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from installation.atlas.atlas import Atlas
from installation.atlas.format import Family, Index, NetworkProvenance, write_atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.spectrum import (
    COLOURS,
    MAX_COLUMN_NORM,
    Spectrum,
    colour_matrix,
    frequency_scale,
    image,
    level_of,
    level_sizes,
    logit_spectrum,
    spline,
)
from installation.atlas.spline_sampling import gathered, sampled
from installation.atlas.travel import contrast
from installation.errors import AtlasError
from tests.small_atlas import ANY_SHA256, neuron


def golden() -> tuple[Spectrum, torch.Tensor]:
    drawing = Spectrum(8, 10)
    return drawing, torch.sin(0.1 * torch.arange(drawing.size, dtype=torch.float64))


def test_the_published_picture_comes_out() -> None:
    drawing, latent = golden()
    logits = image(logit_spectrum(latent, drawing), drawing)
    plain = torch.linalg.solve(colour_matrix().double(), logits.view(3, -1)).view(3, 8, 10)
    assert plain.sum().item() == pytest.approx(3.778690, abs=2e-5)
    assert plain.square().sum().item() == pytest.approx(161.550797, rel=1e-6)
    assert plain[0, 0, 0].item() == pytest.approx(2.510676, abs=2e-6)
    assert plain[2, 7, 9].item() == pytest.approx(2.888200, abs=2e-6)
    picture = torch.sigmoid(logits)
    assert picture.sum().item() == pytest.approx(119.221015, rel=1e-6)
    assert picture[0, 0, 0].item() == pytest.approx(0.736128, abs=1e-6)


def test_no_column_of_the_colours_is_longer_than_one() -> None:
    assert np.linalg.norm(np.array(COLOURS), axis=0).max() == pytest.approx(MAX_COLUMN_NORM, abs=1e-6)


@pytest.mark.parametrize(("height", "width"), [(9, 8), (8, 11), (2, 8), (1026, 8)])
def test_odd_and_too_large_spectra_are_refused(height: int, width: int) -> None:
    with pytest.raises(ValueError, match=rf"a spectrum of {width} x {height}: sides are even, 4 to 1024"):
        Spectrum(height, width)


def test_the_spline_goes_through_the_picture() -> None:
    drawing, latent = golden()
    spectrum = logit_spectrum(latent, drawing)
    x, y = (np.arange(10) + 0.5) / 8 * 2 - 10 / 8, (np.arange(8) + 0.5) / 8 * 2 - 1
    places = torch.from_numpy(np.stack(np.meshgrid(x, y)).reshape(2, -1))
    found = sampled(spline(spectrum, drawing, (8, 10)), *places)
    torch.testing.assert_close(found.view(3, 8, 10), image(spectrum, drawing))
    beyond = sampled(spline(spectrum, drawing, (8, 10)), places[0] + 2 * 10 / 8, places[1] - 4)
    torch.testing.assert_close(beyond, found)


def test_the_compiled_spline_is_the_plain_one() -> None:
    drawing, latent = golden()
    coefficients = spline(logit_spectrum(latent.float(), drawing), drawing, (8, 10))
    places = 6 * torch.rand(2, 500, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 3
    plain = gathered(coefficients.double(), places[0] * 4 + 4.5, places[1] * 4 + 3.5)
    torch.testing.assert_close(sampled(coefficients, *places).double(), plain, atol=1e-5, rtol=1e-5)


def test_a_smaller_size_is_the_same_picture_without_its_finest_detail() -> None:
    """At every level, a wave that all levels can tell has the same values at the same places."""
    drawing = Spectrum(64, 48)
    latent = torch.zeros(drawing.shape, dtype=torch.float64)
    latent[0, 2, 1], latent[1, 62, 2], latent[2, 0, 0] = 1.0, 2.0, 3.0
    spectrum = logit_spectrum(latent.flatten(), drawing)
    places = 2 * torch.rand(2, 300, generator=torch.Generator().manual_seed(2), dtype=torch.float64) - 1
    whole, *smaller = (
        gathered(
            spline(spectrum, drawing, (height, width)),
            *((place * min(height, width) + side - 1) / 2 for place, side in zip(places, (width, height), strict=True)),
        )
        for height, width in level_sizes(drawing)
    )
    for number, one in enumerate(smaller[:2]):
        assert (one - whole).abs().max() < 0.02 * (number + 1) * whole.std()


def test_pixels_far_apart_see_a_smaller_size_and_near_ones_the_whole() -> None:
    drawing = Spectrum(256, 256)
    assert level_of(drawing, 2 / 256 / 8) == 0.0
    levels = [level_of(drawing, 2 / pixels) for pixels in (512, 256, 128, 64, 1)]
    assert levels == sorted(levels)
    assert levels[-1] == len(level_sizes(drawing)) - 1


def spectra_atlas(folder: Path, drawing: Spectrum) -> Atlas:
    generator = torch.Generator().manual_seed(4)
    families = {"near": Family("", "", drawing, 4)}
    neurons = tuple(neuron("near", row) for row in range(4))
    index = Index({"test": NetworkProvenance(ANY_SHA256, "none", "none")}, families, neurons)
    write_atlas(folder, index, {"near": 2 * torch.randn(4, drawing.size, generator=generator)})
    return Atlas.open(folder)


def test_spectra_lie_in_half_precision_without_a_root(tmp_path: Path) -> None:
    drawing = Spectrum(16, 12, morph="phase")
    atlas = spectra_atlas(tmp_path, drawing)
    (file,) = (tmp_path / "families").iterdir()
    assert file.stat().st_size < 4 * drawing.size * 2 + 400
    assert atlas.drawing("near") == drawing
    assert atlas.latent(atlas.find("near-3")).shape == (drawing.size,)


def test_an_odd_spectrum_in_an_atlas_is_told_with_its_family(tmp_path: Path) -> None:
    spectra_atlas(tmp_path, Spectrum(16, 12))
    path = tmp_path / "atlas.json"
    index = json.loads(path.read_text())
    index["families"]["near"]["drawing"]["height"] = 15
    path.write_text(json.dumps(index))
    with pytest.raises(AtlasError, match=r"families\.near\.drawing: .*a spectrum of 12 x 15: sides are even"):
        Atlas.open(tmp_path)


@pytest.mark.parametrize("morph", ["logits", "phase"])
def test_between_two_spectra_the_picture_keeps_its_contrast(morph: Literal["logits", "phase"], tmp_path: Path) -> None:
    drawing = Spectrum(16, 16, morph=morph)
    atlas = spectra_atlas(tmp_path, drawing)
    assert contrast(atlas, "test/near/1", "test/near/2") > 0.9
    shares = torch.tensor([[1.0, 0.0], [1 - 1e-6, 1e-6]])
    there, almost = Interpolator(atlas).sketches(("test/near/1", "test/near/2"), shares)
    assert (there - almost).abs().max() < 1e-3


def test_frequencies_fall_as_those_of_photographs() -> None:
    scale = frequency_scale(Spectrum(64, 64))
    assert scale[0, 0] == 64
    assert scale[0, 32] == pytest.approx(2.0)
