"""The page's rig in a real browser: patterns and adjustments by finger and by key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, Page, expect

from installation.desk.page.snapshot import MachineState
from installation.rig.actions import Action
from installation.rig.head import Head
from installation.rig.rigging import Rigging
from installation.rig.venue import read_venue
from installation.rig.warp import Point
from tests.desk.page.fake_show import NAMES, FakeShow, served
from tests.desk.page.test_browser import LAPTOP, PHONE, TABLET, browser, until  # first: it skips where no browser is

__all__ = ["browser"]

RIG = """\
heads:
  left: {monitor: {connector: HDMI-1}}
  centre: {monitor: {connector: HDMI-2}, mesh: 3x3}
  right: {monitor: {connector: HDMI-3}}
"""


class Hall:
    """A fake show with a rig, and a page that has seen it."""

    def __init__(self, show: FakeShow, rigging: Rigging, laid: list[tuple[Head, ...]]) -> None:
        self.show, self.rigging, self.laid = show, rigging, laid
        self.page: Page

    def until(self, condition: object) -> None:
        """Let browser and frames go on until something holds."""

        def holds() -> bool:
            self.rigging.step()
            return bool(condition())  # type: ignore[operator]

        until(self.page, holds)

    def head(self, number: int) -> Head:
        return self.laid[-1][number]


@pytest.fixture
def hall(browser: Browser, tmp_path: Path) -> Iterator[Hall]:
    file = tmp_path / "rig.yaml"
    file.write_text(RIG)
    laid: list[tuple[Head, ...]] = []
    sizes = dict.fromkeys(NAMES, (1000, 500))
    show = FakeShow()
    with (
        Rigging(read_venue(file).heads, file, laid.append, lambda: sizes, lambda: show.control.locked) as rigging,
        served(show) as port,
    ):
        assert show.page is not None
        show.page.rig = rigging.gateway
        hall = Hall(show, rigging, laid)
        hall.page = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}).new_page()
        hall.page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
        hall.page.goto(f"http://127.0.0.1:{port}/#rig")
        expect(hall.page.locator("#rig-outputs button")).to_have_count(3)
        yield hall
        hall.page.context.close()


def test_a_pattern_is_shown_on_one_output_or_on_all(hall: Hall) -> None:
    hall.page.get_by_role("button", name="Grid").click()
    hall.until(lambda: set(hall.rigging.step()) == {"left"})
    expect(hall.page.locator("#rig-pattern-grid")).to_have_attribute("aria-pressed", "true")
    hall.page.get_by_label("On all outputs").check()
    hall.page.get_by_role("button", name="Identity").click()
    hall.until(lambda: set(hall.rigging.step()) == set(NAMES))
    hall.page.get_by_role("button", name="Picture").click()
    hall.until(lambda: not hall.rigging.step())


def test_a_standby_gives_back_by_a_button_that_is_there_while_it_stands_in(hall: Hall) -> None:
    asked: list[str] = []
    hall.rigging.offer("machines", {"/machines/spare/give-back": Action("", lambda _: asked.append("spare"))})
    hall.page.goto(f"{hall.page.url.partition('#')[0]}#show")
    hall.page.get_by_role("tab", name="Counters").click()
    spare = MachineState("spare", True, "0.1", 7, 0.1, 0, 0, ("left",), "attic", 3, "a1b2c3d4")
    hall.show.machines = (spare, MachineState("attic", True, "0.1", 7, 0.1, 0, 0, ("left",)))
    hall.show.tell()
    expect(hall.page.locator("#machines tbody tr").first).to_contain_text("a1b2c3d4")
    button = hall.page.get_by_role("button", name="spare gives back the outputs of attic")
    button.click()
    hall.until(lambda: asked == ["spare"])
    hall.show.machines = tuple(replace(one, stands_in_for="") for one in hall.show.machines)
    hall.show.tell()
    expect(button).to_have_count(0)


def test_corners_edges_and_meshes_are_moved_by_finger_and_by_key_and_never_the_cues(hall: Hall) -> None:
    page = hall.page
    page.get_by_role("button", name="Corner top right").click()
    page.get_by_role("button", name="Move left").click()
    hall.until(lambda: hall.laid and hall.head(0).corners[1] == Point(0.999, 0))
    page.keyboard.press("Shift+ArrowDown")
    hall.until(lambda: hall.head(0).corners[1] == Point(0.999, 0.02))
    page.get_by_role("button", name="Soft edge right", exact=True).click()
    page.keyboard.press("ArrowLeft")  # inwards is wider
    hall.until(lambda: hall.head(0).soft_edge.right == 0.001)
    page.get_by_role("button", name="centre").click()
    page.get_by_role("button", name="Mesh, row and column 2, 2").click()
    page.get_by_role("button", name="Pixels a step: 1").click()
    page.get_by_role("button", name="Move up").click()
    hall.until(lambda: hall.head(1).mesh.points[1][1] == Point(0.5, 0.48))  # type: ignore[union-attr]
    assert hall.show.applied == []


def test_figures_are_stepped_and_places_written(hall: Hall) -> None:
    hall.page.get_by_role("button", name="White blue: less").click()
    hall.until(lambda: hall.laid and hall.head(0).white == (1, 1, 0.995))
    hall.page.get_by_role("button", name="Corner bottom left").click()
    hall.page.get_by_label("x in px").fill("12.5")
    hall.page.get_by_label("x in px").press("Enter")
    hall.until(lambda: hall.head(0).corners[3] == Point(0.0125, 1))


def test_what_was_adjusted_is_undone_and_saved_on_command(hall: Hall, tmp_path: Path) -> None:
    page = hall.page
    expect(page.locator("#rig-save")).to_be_disabled()
    page.get_by_role("button", name="Latency: more").click()
    hall.until(lambda: hall.laid and hall.head(0).latency_ms == 1)
    expect(page.locator("#rig-told")).to_have_text("Not yet saved to rig.yaml")
    page.get_by_role("button", name="Undo").click()
    hall.until(lambda: hall.head(0).latency_ms == 0)
    page.get_by_role("button", name="Black lift: more").click()
    hall.until(lambda: hall.head(0).black_lift == 0.001)
    page.locator("#rig-save").click()
    hall.until(lambda: hall.rigging.gateway.state.shown["told"] == "rig.yaml is saved")
    expect(page.locator("#rig-told")).to_have_text("rig.yaml is saved")
    assert "left: {monitor: {connector: HDMI-1}, black_lift: 0.001}" in (tmp_path / "rig.yaml").read_text()


def test_what_is_refused_is_said(hall: Hall) -> None:
    hall.page.get_by_role("button", name="Lay a mesh").click()
    hall.until(lambda: hall.laid)
    expect(hall.page.get_by_role("button", name="Mesh, row and column 2, 2")).to_be_visible()
    hall.page.get_by_role("button", name="Mesh, row and column 2, 2").click()
    hall.page.get_by_label("x in px").fill("1900")
    hall.page.get_by_label("x in px").press("Enter")
    hall.until(lambda: hall.rigging.gateway.state.shown["failed"])
    expect(hall.page.locator("#rig-told")).to_contain_text("would fold over itself near row 2, column 2")


def test_everybody_can_use_it_on_every_screen(hall: Hall) -> None:
    for width, height in (LAPTOP, TABLET, PHONE):
        hall.page.set_viewport_size({"width": width, "height": height})
        found = Axe().run(hall.page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        assert hall.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for name in ("Move up", "Move left", "Save", "Corner top left"):
            box = hall.page.get_by_role("button", name=name).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
