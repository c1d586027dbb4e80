"""The contact sheet: every picture at a glance, none lost, each with its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from pikepdf import PdfImage
from PIL import Image, ImageFont
from typer.testing import CliRunner

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.book.contact_sheet import GROUND, draw_sheet, fitting, write_sheet
from installation.book.identity import facts_in, make_again, origin_of
from installation.book.paper import paper
from installation.book.pictures import Pictures
from installation.book.sheet_pages import Layout, write_sheet_pages
from installation.commands.cli import app
from installation.errors import DeviceError, ScoreError
from tests.small_atlas import small_atlas

SIZE_PX = 24


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(6, 2))


@pytest.fixture(scope="module")
def drawn(atlas: Atlas) -> dict[str, NDArray[np.uint8]]:
    """Every neuron's picture, by address."""
    with Pictures(Interpolator(atlas)) as pictures:
        return {neuron.address: pictures.neuron(neuron.address, SIZE_PX) for neuron in atlas.neurons}


def holds(sheet: Image.Image, picture: NDArray[np.uint8]) -> bool:
    """Whether a picture lies somewhere on the sheet, pixel for pixel."""
    whole = np.asarray(sheet)
    places = np.argwhere((whole[: 1 - SIZE_PX, : 1 - SIZE_PX] == picture[0, 0]).all(2))
    return any((whole[y : y + SIZE_PX, x : x + SIZE_PX] == picture).all() for y, x in places)


def test_every_neuron_is_on_the_sheet(atlas: Atlas, drawn: dict[str, NDArray[np.uint8]]) -> None:
    sheet = draw_sheet(atlas, atlas.neurons, SIZE_PX)
    assert sheet.width > sheet.height / 2
    assert sheet.getpixel((0, 0)) == GROUND
    assert all(holds(sheet, picture) for picture in drawn.values())


def test_a_series_is_pages_of_a_pdf_that_says_where_it_is_from(atlas: Atlas, tmp_path: Path) -> None:
    sheet = paper("150x120mm", dpi=60)
    layout = Layout.on(sheet)
    assert (layout.columns, layout.rows) == (3, 1)
    series = [atlas.find(name) for name in ("far-2", "near-0", "near-3", "far-1")]
    out = tmp_path / "new" / "series.pdf"
    assert write_sheet_pages(atlas, out, series, sheet, "Series (one)") == 2
    with pikepdf.open(out) as pdf:
        assert [round(float(side) / 72 * 25.4) for side in pdf.pages[0].mediabox[2:]] == [150, 120]
        image = pdf.pages[1].obj.Resources.XObject.Sheet
        assert isinstance(image, pikepdf.Stream)
        page = PdfImage(image).as_pil_image().convert("L")
    assert np.asarray(page)[: page.height // 3, : page.width // 2].min() < 128, "it has its title"
    assert np.asarray(page)[page.height // 3 :, page.width // 2 :].min() > 200, "the last page has one picture"
    facts = facts_in(out)
    assert list(facts["neurons"]) == [one.address for one in series]
    (again,) = make_again(facts, origin_of(facts, tmp_path, atlas=atlas.folder), tmp_path, tmp_path / "again.pdf")
    assert again.read_bytes() == out.read_bytes()


def test_a_sheet_that_no_memory_holds_is_refused_with_a_way_out(atlas: Atlas) -> None:
    with pytest.raises(ScoreError, match=r"choose a smaller --size, or pages with --out FILE\.pdf"):
        draw_sheet(atlas, atlas.neurons * 1250, 160)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--collection", "nothing"], "collection 'nothing' is not in collections.yaml of this atlas; it has none"),
        (["near-0", "--family", "near"], "give one of them"),
        (["nobody"], "neuron 'nobody' is not in the atlas"),
        (["--paper", "a9"], "--paper: 'a9' is not a size of paper"),
    ],
)
def test_a_wrong_series_is_told(atlas: Atlas, tmp_path: Path, words: list[str], told: str) -> None:
    arguments = ["atlas", "sheet", *words, "--atlas", str(atlas.folder), "--out", str(tmp_path / "series.pdf")]
    done = CliRunner().invoke(app, arguments)
    assert told in str(done.exception)
    assert not (tmp_path / "series.pdf").exists()


def test_a_family_has_a_sheet_of_its_own(atlas: Atlas, drawn: dict[str, NDArray[np.uint8]], tmp_path: Path) -> None:
    write_sheet(atlas, tmp_path / "sheets" / "near.png", atlas.of_family("near"), size_px=SIZE_PX)
    with Image.open(tmp_path / "sheets" / "near.png") as sheet:
        found = {address for address, picture in drawn.items() if holds(sheet, picture)}
    assert found == {neuron.address for neuron in atlas.of_family("near")}


def test_a_sheet_of_one_neuron_is_no_wider_than_its_picture_needs(atlas: Atlas) -> None:
    assert draw_sheet(atlas, atlas.neurons[:1], SIZE_PX).width < 2 * SIZE_PX


def test_a_sheet_that_cannot_be_written_leaves_nothing(atlas: Atlas, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceError, match="cannot be written"):
        write_sheet(atlas, tmp_path / "file" / "sheet.png", atlas.neurons, size_px=SIZE_PX)


def test_a_long_address_stays_below_its_picture_and_keeps_its_channel() -> None:
    font = ImageFont.load_default(8)
    address = "googlenet/inception_4a_5x5_reduce/13"
    assert fitting(address, font, 500) == address
    cut = fitting(address, font, 80)
    assert cut.startswith("...")
    assert cut.endswith("_reduce/13")
    assert font.getlength(cut) <= 80
