"""The catalogue: whole, from a disk, without anything from elsewhere; alive in a browser, and for everybody."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.spectrum import Spectrum
from installation.book import catalogue
from installation.book.catalogue import write_book
from installation.book.collections_file import collections_of
from installation.book.picture_index import read_index
from installation.book.pictures import shot_of
from installation.errors import DeviceError
from installation.picture.decoding.numpy_decoder import NumpyDecoder
from installation.show.frame import LatentPoint, Shot, View
from tests.small_atlas import small_atlas

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"]
PATIENCE_MS = 120_000
"""Software GL on a busy machine takes half a minute for its first picture."""

COLLECTIONS = """\
collections:
  - id: near
    title: Near & dear
    by: Somebody
    text: Four of them.
    neurons: [{neuron: near-1, note: "<b>The</b> first"}]
tags: [{tag: favourite, neurons: [near-1]}]
"""


@pytest.fixture(scope="module", autouse=True)
def small_pictures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "PICTURE_PX", 96)
        patch.setattr(catalogue, "DEPTH_PX", 48)
        yield


def made(folder: Path) -> tuple[Atlas, Path]:
    atlas = small_atlas(folder / "atlas", Architecture(width=24, depth=3))
    (atlas.folder / "collections.yaml").write_text(COLLECTIONS)
    write_book(atlas, read_index(atlas), collections_of(atlas), folder / "site")
    return atlas, folder / "site"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Atlas, Path]:
    return made(tmp_path_factory.mktemp("book"))


def test_every_neuron_has_a_page_and_every_link_leads_somewhere(book: tuple[Atlas, Path]) -> None:
    atlas, site = book
    for neuron in atlas.neurons:
        assert (site / "neurons" / f"{neuron.address}.html").is_file()
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r'(?:href|src|data-weights)="([^"#]+)"', text):
            assert not re.match(r"[a-z]+:|//|/", link), f"{page}: {link} is elsewhere"
            assert (page.parent / link).is_file(), f"{page}: {link}"


def test_a_page_says_where_its_neuron_is_from_and_what_people_said(book: tuple[Atlas, Path]) -> None:
    atlas, site = book
    text = (site / "neurons/test/near/1.html").read_text(encoding="utf-8")
    for words in (
        "near, 1",
        "favourite",
        "&lt;b&gt;The&lt;/b&gt; first",
        "Near &amp; dear",
        "0" * 64,
        atlas.digest[:12],
    ):
        assert words in text
    assert text.count("Walk to") == 2, "its parent and its child"


def test_the_same_atlas_gives_the_same_bytes_and_a_new_book_takes_its_place(
    book: tuple[Atlas, Path], tmp_path: Path
) -> None:
    _, site = book
    atlas, again = made(tmp_path)
    files = sorted(one.relative_to(site) for one in site.rglob("*") if one.is_file())
    assert files == sorted(one.relative_to(again) for one in again.rglob("*") if one.is_file())
    assert all((site / one).read_bytes() == (again / one).read_bytes() for one in files)
    (again / "old.html").write_text("of an earlier book")
    write_book(atlas, read_index(atlas), collections_of(atlas), again)
    assert not (again / "old.html").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["atlas", "site"]


def test_a_folder_with_something_else_in_it_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.txt").write_text("mine")
    with pytest.raises(DeviceError, match="there is something other than a book"):
        made(tmp_path)
    assert (tmp_path / "site" / "thesis.txt").read_text() == "mine"


def test_an_address_with_odd_characters_stays_inside_the_site() -> None:
    from installation.book.catalogue import _place

    assert _place("../../etc/pass wd") == "--/--/etc/pass_wd"
    assert _place("insects/block10.expand/60") == "insects/block10-expand/60"


if CHROMIUM is None:
    pytest.skip("no Chromium on this machine (on Debian: apt install chromium)", allow_module_level=True)
pytest.importorskip("playwright.sync_api", reason="the test extra's playwright drives the browser")

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # noqa: E402  as above
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402  # below what needs no browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda request: errors.append(request.url) if not request.url.startswith("file:") else None)
    yield opened
    context.close()
    assert not errors


VIEWS = View(), View(0.3, -0.2, 3.0), View(-0.4, 0.1, 40.0)


@pytest.mark.parametrize("view", VIEWS)
def test_the_living_picture_is_the_decoders_to_within_two_steps(
    book: tuple[Atlas, Path], page: Page, view: View
) -> None:
    atlas, site = book
    page.goto((site / "neurons/test/near/1.html").as_uri(), wait_until="domcontentloaded")
    figure = page.locator("figure[data-live=yes]")
    expect(figure).to_have_count(1, timeout=PATIENCE_MS)
    asked = {"x": view.x, "y": view.y, "zoom": view.zoom}
    seen = figure.evaluate("(figure, view) => figure.live.pixels(view, 48)", asked)
    drawn = np.array(seen, np.float64).reshape(48, 48, 4)[..., :3]
    truth = NumpyDecoder(Interpolator(atlas)).picture(shot_of("test/near/1", view), 48, 48) * 255
    assert np.abs(drawn - truth).max() <= 2
    assert truth.std() > 10


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (Architecture(6, 2, coordinates="loop"), Spectrum(16, 12)),
        (Architecture(6, 2, "sine", "torus", alpha=True), Architecture(5, 2, "relu", "octaves")),
    ],
    ids=["loop and spectrum", "torus with alpha and octaves"],
)
def test_every_way_of_drawing_is_alive_in_a_browser(
    near: Architecture, far: Architecture | Spectrum, page: Page, tmp_path: Path
) -> None:
    atlas = small_atlas(tmp_path / "atlas", near, far=far)
    write_book(atlas, read_index(atlas), collections_of(atlas), tmp_path / "site")
    reference = NumpyDecoder(Interpolator(atlas))
    for family, view, phase in [("near", VIEWS[0], 0.3), ("far", VIEWS[1], 0.0), ("far", View(5.2, -3.1, 0.3), 0.0)]:
        page.goto((tmp_path / f"site/neurons/test/{family}/1.html").as_uri(), wait_until="domcontentloaded")
        figure = page.locator("figure[data-live=yes]")
        expect(figure).to_have_count(1, timeout=PATIENCE_MS)
        asked = {"x": view.x, "y": view.y, "zoom": view.zoom}
        found = figure.evaluate("(figure, [view, phase]) => figure.live.pixels(view, 24, phase)", [asked, phase])
        moves = atlas.drawing(family).has_cycle
        point = LatentPoint(((f"test/{family}/1", 1.0),), phase if moves else 0.0)
        truth = reference.picture(Shot(point, view), 24, 24) * 255
        if truth.shape[2] == 4:
            truth[..., :3] *= truth[..., 3:] / 255  # a page's canvas holds light times alpha
        drawn = np.array(found, np.float64).reshape(24, 24, 4)[..., : truth.shape[2]]
        assert np.abs(drawn - truth).max() <= 2
        assert page.get_by_role("button", name="Let it breathe").is_visible() == moves


def test_the_picture_is_zoomed_moved_and_walked_by_keyboard(book: tuple[Atlas, Path], page: Page) -> None:
    _, site = book
    page.goto((site / "neurons/test/near/1.html").as_uri(), wait_until="domcontentloaded")
    canvas = page.locator("canvas.picture")
    expect(canvas).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    canvas.focus()
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    nearer = canvas.evaluate("canvas => canvas.toDataURL()")
    assert nearer != before
    page.get_by_role("button", name="Walk to near-0").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You see near-0 now.", timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    assert canvas.evaluate("canvas => canvas.toDataURL()") != nearer


def test_without_javascript_it_is_a_book_of_stills(book: tuple[Atlas, Path], browser: Browser, tmp_path: Path) -> None:
    _, site = book
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto((site / "neurons/test/near/1.html").as_uri(), wait_until="domcontentloaded")
    still = page.get_by_role("img").first
    expect(still).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    page.screenshot(path=tmp_path / "phone.png")
    with Image.open(tmp_path / "phone.png") as shot:
        assert np.asarray(shot.convert("L")).std() > 10
    context.close()


@pytest.mark.parametrize(
    "place", ["index.html", "layers.html", "map.html", "collections/near.html", "neurons/test/near/1.html"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(book: tuple[Atlas, Path], page: Page, place: str, scheme: str) -> None:
    _, site = book
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    page.goto((site / place).as_uri(), wait_until="domcontentloaded")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
