"""The page's saved edits in a real browser: held back, looked at on an output, applied or discarded."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, Page, expect

from installation.editions.file_watcher import ReadResult
from installation.editions.held_edits import HeldEdits
from installation.notices import Notices
from installation.player.blind_edit import BlindEdit
from installation.rig.rigging import Rigging
from installation.show.playing.performance import Performance
from tests.desk.page.fake_show import NAMES, FakeShow, served, small_score
from tests.desk.page.test_browser import LAPTOP, PHONE, TABLET, browser, until  # first: it skips where no browser is

__all__ = ["browser"]


class ReadyHost:
    """Can draw every edition at once."""

    def prepare(self, _edition: object) -> bool:
        return True

    def prefetch(self, _edition: object, _frame_number: int) -> Any:
        raise AssertionError("a held edit does not take over here")


class Desk:
    """A show without a rig whose edits may be held back, and a page that has seen it."""

    def __init__(self, rigging: Rigging, performance: Performance) -> None:
        self.rigging = rigging
        self.saved: list[ReadResult[Any]] = []
        self.played: list[str] = []
        self.edits: HeldEdits[Any] = HeldEdits(
            lambda: self.saved.pop() if self.saved else None, lambda edition: edition, Notices()
        )
        self.blind_edit = BlindEdit(self.edits, ReadyHost(), performance, rigging, lambda: NAMES, self.failed)
        self.page: Page

    def failed(self, error: Exception) -> None:
        raise error

    def save(self, title: str) -> None:
        self.saved.append(ReadResult(SimpleNamespace(score=small_score(title))))

    def step(self) -> None:
        """A frame of the show."""
        self.rigging.step()
        if (taken := self.edits.take()) is not None and taken.value is not None:
            self.played.append(taken.value.score.title)
        self.blind_edit.step(1)

    def shows(self, **expected: object) -> None:
        """Let browser and frames go on until the state of the edits is as expected."""

        def holds() -> bool:
            self.step()
            state = self.rigging.gateway.state.shown["edit"]
            return all(state[name] == value for name, value in expected.items())

        until(self.page, holds)


@pytest.fixture
def desk(browser: Browser) -> Iterator[Desk]:
    show, sizes = FakeShow(), dict.fromkeys(NAMES, (1000, 500))
    with Rigging((), None, lambda _: None, lambda: sizes, lambda: False) as rigging, served(show) as port:
        desk = Desk(rigging, Performance(show.score, NAMES))
        assert show.page is not None
        show.page.rig = rigging.gateway
        desk.page = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}).new_page()
        desk.page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
        desk.page.goto(f"http://127.0.0.1:{port}/#rig")
        expect(desk.page.locator("#edit-held")).to_have_text("Saved edits play at once.")
        yield desk
        desk.page.context.close()


def test_an_edit_is_held_back_looked_at_and_applied(desk: Desk) -> None:
    page = desk.page
    for name in ("Apply", "Discard", "Look at it on right", "Nowhere"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.get_by_label("Hold back saved edits").check()
    desk.shows(blind=True)
    expect(page.locator("#edit-held")).to_have_text("Nothing is held back yet: save the score.")
    desk.save("Second light")
    desk.shows(held="Second light")
    expect(page.locator("#edit-held")).to_have_text("Held back: Second light")
    page.get_by_role("button", name="Look at it on right").click()
    desk.shows(preview="right")
    expect(page.get_by_role("button", name="Look at it on right")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Nowhere").click()
    desk.shows(preview="")
    expect(page.get_by_role("button", name="Nowhere")).to_have_attribute("aria-pressed", "true")
    assert desk.played == []
    page.get_by_role("button", name="Apply").click()
    desk.shows(held=None)
    assert desk.played == ["Second light"]
    expect(page.get_by_label("Hold back saved edits")).to_be_checked()
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()


def test_an_edit_that_is_discarded_never_plays(desk: Desk) -> None:
    page = desk.page
    page.get_by_label("Hold back saved edits").check()
    desk.shows(blind=True)
    desk.save("Second light")
    desk.shows(held="Second light")
    page.get_by_role("button", name="Discard").click()
    desk.shows(held=None)
    expect(page.locator("#edit-held")).to_have_text("Nothing is held back yet: save the score.")
    page.get_by_label("Hold back saved edits").uncheck()
    desk.shows(blind=False)
    assert desk.played == []
    desk.save("Third light")
    desk.step()
    assert desk.played == ["Third light"]


@pytest.mark.parametrize("size", [LAPTOP, TABLET, PHONE])
def test_a_show_without_a_rig_has_its_edits_within_reach_on_every_screen(desk: Desk, size: tuple[int, int]) -> None:
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    for name in ("Look at it on right", "Discard", "Apply"):
        button = desk.page.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, name
    found = Axe().run(desk.page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
