"""A way of drawing that is not a CPPN: every decoder draws it, alone, on plates, and across from and to one that is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.spectrum import Spectrum
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing import choice
from installation.picture.decoding.decoder import Decoder
from installation.picture.decoding.glsl_decoder import GlslDecoder
from installation.picture.decoding.numba_decoder import NumbaDecoder
from installation.picture.decoding.torch_decoder import TorchDecoder
from tests.atlas.test_spectrum import spectra_atlas
from tests.picture.rings_atlas import rings_atlas
from tests.picture.shots import NEURONS, holds_for_shots

NEAR = NEURONS[:4]


every_decoder = pytest.mark.parametrize(
    "make",
    [
        partial(TorchDecoder, threads=2),
        partial(NumbaDecoder, threads=2),
        partial(GlslDecoder, open_gl=Headless, compute=False, software=True),
    ],
    ids=["torch", "numba", "glsl"],
)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return rings_atlas(tmp_path_factory.mktemp("atlas"))


@every_decoder
def test_every_decoder_draws_a_kind_that_has_only_a_definition(
    make: Callable[[Interpolator], Decoder], atlas: Atlas
) -> None:
    decoder = make(Interpolator(atlas))
    try:
        holds_for_shots(decoder, Interpolator(atlas), 20)
    finally:
        decoder.close()


@every_decoder
def test_every_decoder_draws_spectra_as_their_definition_says(
    make: Callable[[Interpolator], Decoder], tmp_path_factory: pytest.TempPathFactory
) -> None:
    interpolator = Interpolator(spectra_atlas(tmp_path_factory.mktemp("atlas"), Spectrum(24, 20)))
    decoder = make(interpolator)
    try:
        holds_for_shots(decoder, interpolator, 20, NEAR)
    finally:
        decoder.close()


def test_what_a_kind_without_a_kernel_costs_is_said(
    atlas: Atlas, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    times = iter(range(1000))
    candidates = {"torch-cpu": partial(TorchDecoder, Interpolator(atlas), threads=1)}
    with caplog.at_level("INFO"):
        choice.choose(Interpolator(atlas), lambda: float(next(times)), candidates=candidates).decoder.close()
    (line,) = [record.getMessage() for record in caplog.records if "no kernel" in record.getMessage()]
    assert "neurons drawn as 'rings', such as far-0" in line
    assert "2.4e+02 us a pixel" in line, "a second for 64 x 64 pixels"
