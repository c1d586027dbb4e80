"""The console page in a real browser: every action changes the show, and everybody can use it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from installation.desk.guard import AccessGuard
from installation.errors import Mistake
from installation.show.control import Message
from installation.show.score import Keyframe, Sound, Track
from tests.desk.page.fake_show import FakeShow, served, small_score

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine (on Debian: apt install chromium)", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="the test extra's playwright drives the browser")

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # noqa: E402  after the skips, as it needs playwright
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP, TABLET, PHONE = (1440, 900), (820, 1180), (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def show() -> Iterator[FakeShow]:
    show = FakeShow()
    with served(show) as show.port:
        yield show


@pytest.fixture
def console(browser: Browser, show: FakeShow) -> Iterator[Page]:
    with_page = opened(browser, show)
    yield with_page
    with_page.context.close()


def opened(browser: Browser, show: FakeShow, size: tuple[int, int] = LAPTOP) -> Page:
    """A page of a browser of its own that has seen the show; an error in its scripts fails the test."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
    page.goto(f"http://127.0.0.1:{show.port}/")
    expect(page.locator("#cues li.now .name")).to_have_text("Dawn over the spires")
    return page


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Lets the browser work until a condition of the show holds."""
    for _ in range(500):
        if condition():
            return
        page.wait_for_timeout(10)
    pytest.fail("nothing happened within five seconds")


ACTIONS: dict[str, tuple[Callable[[Page], object], tuple[str, str, float]]] = {
    "GO": (lambda page: page.locator("#go").click(), ("go", "tides", 0.0)),
    "back": (lambda page: page.locator("#back").click(), ("back", "embers", 0.0)),
    "pause": (lambda page: page.locator("#pause").click(), ("pause", "", 0.0)),
    "standby next": (lambda page: page.locator("#standby-next").click(), ("load", "plate", 0.0)),
    "standby previous": (lambda page: page.locator("#standby-previous").click(), ("load", "dawn", 0.0)),
    "a cue on standby": (lambda page: page.locator(".cue").nth(3).click(), ("load", "embers", 0.0)),
    "a cue at once": (lambda page: page.locator(".jump").nth(3).click(), ("go", "embers", 0.0)),
    "rate": (lambda page: page.locator("#rate").select_option("2"), ("rate", "", 2.0)),
    "ignore the desk": (lambda page: page.locator("#engage").click(), ("engage", "", 0.0)),
    "restore": (lambda page: page.locator("#restore").click(), ("restore", "", 1.0)),
    "master": (lambda page: page.locator("#fader-master").fill("0.25"), ("set", "/master", 0.25)),
    "an output": (lambda page: page.locator("#fader-out-left-level").fill("0.5"), ("set", "/out/left/level", 0.5)),
    "a layer": (
        lambda page: page.get_by_label("Spires", exact=True).fill("0.5"),
        ("set", "/layer/spires/opacity", 0.5),
    ),
    "a parameter": (lambda page: page.get_by_label("Drift", exact=True).fill("-1"), ("set", "/p/drift", -1.0)),
    "home": (lambda page: page.get_by_label("drift: back to the score").click(), ("set", "/p/drift", 0.2)),
    "all home": (lambda page: page.locator("#release").click(), ("release", "", 0.0)),
    "Space": (lambda page: page.keyboard.press("Space"), ("go", "tides", 0.0)),
    "G": (lambda page: page.keyboard.press("g"), ("go", "tides", 0.0)),
    "Backspace": (lambda page: page.keyboard.press("Backspace"), ("back", "embers", 0.0)),
    "P": (lambda page: page.keyboard.press("p"), ("pause", "", 0.0)),
    "arrow down": (lambda page: page.keyboard.press("ArrowDown"), ("load", "plate", 0.0)),
    "timeline by key": (lambda page: page.locator("#head").press("Shift+ArrowRight"), ("locate", "", 10.0)),
}


def test_a_show_that_is_heard_has_a_level_for_all_sounds_and_a_meter_for_each_bus(browser: Browser) -> None:
    score = small_score()
    loud = Sound("tide.wav", "tide", 4.0, Track((Keyframe(0.0, 1.0),)), bus="ceiling")
    show = FakeShow(replace(score, cues=(replace(score.cues[0], sounds=(loud,)), *score.cues[1:])))
    with served(show) as show.port:
        page = opened(browser, show)
        meter = page.get_by_role("meter", name="Ceiling: how loud")
        expect(meter).to_have_attribute("title", "silent")
        show.peaks = {"ceiling": 0.1}
        show.step()
        expect(meter).to_have_attribute("title", "-20 dB")
        assert meter.evaluate("one => one.value") == pytest.approx(-20.0)
        page.locator("#fader-sound-level").fill("0.5")
        until(page, lambda: bool(show.applied))
        assert (show.applied[0].target, show.applied[0].value) == ("/sound/level", 0.5)
        assert not Axe().run(page).response["violations"]
        page.context.close()


def test_every_action_changes_the_show(console: Page, show: FakeShow) -> None:
    for action, (act, (kind, target, value)) in ACTIONS.items():
        act(console)
        until(console, lambda: bool(show.applied))
        [message] = show.applied
        assert (message.kind, message.target) == (kind, target), action
        assert message.value == pytest.approx(value) or kind == "restore", action
        show.compact()
        expect(console.locator("#fader-p-drift")).to_have_value("0.2")
        expect(console.locator("#go-cue")).to_have_text("Tides")
        expect(console.locator("#head")).to_have_attribute("style", "left: 0%;")


@pytest.mark.parametrize("name", ["panic", "blackout"])
def test_what_stops_the_show_asks_twice(console: Page, show: FakeShow, name: str) -> None:
    console.locator(f"#{name}").click()
    expect(console.locator(f"#{name}")).to_contain_text("sure?")
    assert show.applied == []
    console.locator(f"#{name}").click()
    expect(console.locator(f"#{name}")).to_have_class("danger on")
    assert [message.kind for message in show.applied] == [name]


def test_a_cue_is_tried_out_on_one_output_and_returned(console: Page, show: FakeShow) -> None:
    console.get_by_role("button", name="Audition a cue on right").click()
    expect(console.get_by_role("button", name="Tides standby")).to_be_focused()
    console.get_by_role("button", name="All neurons of a layer").last.click()
    expect(console.locator("figure.auditioning")).to_contain_text("Audition: All neurons of a layer")
    expect(console.locator("#notes")).to_contain_text("Audition on right: All neurons of a layer")
    expect(console.locator("#cues li.now .name")).to_have_text("Dawn over the spires")
    console.get_by_role("button", name="Return right to the show").click()
    expect(console.locator("#notes li")).to_have_count(0)
    said = [(message.kind, message.output, message.target) for message in show.applied]
    assert said == [("audition", "right", "plate"), ("return", "right", "")]


def test_a_locked_show_can_only_be_run_and_unlocking_asks_twice(
    browser: Browser, console: Page, show: FakeShow
) -> None:
    console.locator("#lock").click()
    for page in (console, other := opened(browser, show)):
        expect(page.locator("#notes")).to_contain_text("Locked by the page on 127.0.0.1")
        for touch in ("#fader-master", "#rate", "#engage", "#release", ".jump >> nth=0", ".audition >> nth=0"):
            expect(page.locator(touch)).to_be_disabled()
    other.context.close()
    console.locator("#head").press("ArrowRight")
    console.locator("#go").click()
    expect(console.locator("#cues li.now .name")).to_have_text("Tides")
    console.locator("#lock").click()
    expect(console.locator("#lock")).to_have_text("Unlock: sure?")
    console.locator("#lock").click()
    expect(console.locator("#fader-master")).to_be_enabled()
    assert [message.kind for message in show.applied] == ["lock", "go", "lock"]


def test_who_ignores_the_desk_is_seen_and_what_was_passed_over(console: Page, show: FakeShow) -> None:
    console.get_by_role("switch", name="Desk engaged").click()
    expect(console.get_by_role("switch", name="Desk ignored")).not_to_be_checked()
    show.put(Message(0, 0, "set", "/master", 0.5, source="osc:10.0.0.4"))
    show.step(30 * 61)
    expect(console.locator("#notes")).to_contain_text("Desk ignored by the page on 127.0.0.1, messages ignored: 1")
    expect(console.locator("#notes .age")).to_have_text("1:01")
    expect(console.locator("#desk-entries")).to_contain_text("ignored: set /master to 0.5")


def test_escape_twice_is_panic(console: Page, show: FakeShow) -> None:
    console.keyboard.press("Escape")
    console.keyboard.press("Escape")
    expect(console.locator("#panic")).to_have_class("danger on")
    assert [message.kind for message in show.applied] == ["panic"]


def test_scrubbing_lands_where_the_pointer_is_let_go(console: Page, show: FakeShow) -> None:
    box = console.locator("#track").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    console.mouse.move(box["x"] + 5, middle)
    console.mouse.down()
    for share in (0.2, 0.4, 0.5):
        console.mouse.move(box["x"] + box["width"] * share, middle)
    console.mouse.up()
    expect(console.locator("#cues li.now .name")).to_have_text("All neurons of a layer")
    expect(console.locator("#position")).to_have_text("0:37.5")
    assert {message.kind for message in show.applied} == {"locate"}


def test_everybody_sees_the_same_show(browser: Browser, console: Page, show: FakeShow) -> None:
    tablet = opened(browser, show, TABLET)
    tablet.locator("#go").click()
    for page in (console, tablet):
        expect(page.locator("#cues li.now .name")).to_have_text("Tides")
        expect(page.locator("#go-cue")).to_have_text("All neurons of a layer")
    console.locator("#fader-master").fill("0.4")
    expect(tablet.locator(".fader").first.locator("output")).to_have_text("40 %")
    expect(tablet.locator("#fader-master")).to_have_value("0.4")
    tablet.context.close()


def test_a_go_too_soon_is_seen_to_be_refused(console: Page, show: FakeShow) -> None:
    console.keyboard.press("g")
    console.keyboard.press("g")
    expect(console.locator("#alert")).to_contain_text("after the last GO")
    assert len(show.applied) == 1


def test_the_pictures_are_live(console: Page, show: FakeShow) -> None:
    page = show.page
    assert page is not None
    until(console, lambda: page.pictures.wanted)
    show.show(left=40, centre=120, right=220)
    show.frame_number = 4_711
    show.show(left=40, centre=120, right=90)
    canvas = console.get_by_label("Output right, live picture")
    expect(canvas).to_have_attribute("data-frame", "4711")
    seen = canvas.evaluate("canvas => canvas.getContext('2d').getImageData(3, 3, 1, 1).data[0]")
    assert seen == pytest.approx(90, abs=3)


def test_an_edit_leaves_whoever_is_at_work_where_they_were(console: Page, show: FakeShow) -> None:
    console.locator(".jump").nth(2).focus()
    canvas = console.get_by_role("img", name="Output left, live picture")
    canvas.evaluate("canvas => { canvas.dataset.mine = 'still here' }")
    show.score = replace(show.score, title="Second light")
    show.tell()
    expect(console.locator("#title")).to_have_text("Second light")
    expect(console.get_by_role("button", name="Start cue 3, All neurons of a layer now")).to_be_focused()
    expect(canvas).to_have_attribute("data-mine", "still here")
    show.score = replace(show.score, outputs=show.score.outputs[:2])
    show.tell()
    expect(console.locator("#pictures canvas")).to_have_count(2)


def test_the_timeline_comes_closer_and_goes_with_the_show(console: Page, show: FakeShow) -> None:
    roll, track = console.locator("#roll"), console.locator("#track")

    def wide() -> float:
        box = track.bounding_box()
        assert box is not None
        return box["width"]

    whole = wide()
    expect(console.get_by_role("button", name="Wider")).to_be_disabled()
    for _ in range(3):
        console.get_by_role("button", name="Closer").click()
    assert wide() == pytest.approx(whole * 1.5**3, rel=0.01)
    expect(console.locator(".block").nth(2)).to_have_text("All neurons of a layerhold")
    show.step(30 * 55)
    until(console, lambda: roll.evaluate("roll => roll.scrollLeft") > 0)
    head, seen = console.locator("#head").bounding_box(), roll.bounding_box()
    assert head is not None
    assert seen is not None
    assert seen["x"] <= head["x"] + 12 <= seen["x"] + seen["width"]
    console.locator("#head").press("-")
    assert wide() == pytest.approx(whole * 1.5**2, rel=0.01)
    console.locator("#head").focus()
    for _ in range(20):
        console.keyboard.press("+")
    expect(console.get_by_role("button", name="Closer")).to_be_disabled()
    track.click(position={"x": wide() / 2, "y": 30})
    until(console, lambda: bool(show.applied))
    assert show.applied[-1].value == pytest.approx(75 / 2, abs=0.5), "a click means the time that it is on"


def test_a_picture_that_cannot_be_read_costs_itself_only(console: Page, show: FakeShow) -> None:
    console.evaluate("""() => {
        const real = createImageBitmap;
        window.createImageBitmap = () => { window.createImageBitmap = real; throw new Error("no picture"); };
    }""")

    def is_shown() -> bool:
        show.step()
        show.show(left=80)
        return bool(console.locator("#pictures canvas").first.get_attribute("data-frame"))

    until(console, is_shown)


def test_the_counters_tell_where_the_time_of_a_frame_goes(console: Page) -> None:
    console.get_by_role("tab", name="Counters").click()
    expect(console.get_by_role("row", name="mix")).to_have_text("mix9.8714.261.02")


def test_the_help_can_be_read_on_a_small_window(browser: Browser, show: FakeShow) -> None:
    page = opened(browser, show, (700, 320))
    page.locator("#help-open").click()
    close = page.get_by_role("dialog").get_by_role("button", name="Close")
    close.scroll_into_view_if_needed()
    expect(close).to_be_in_viewport()
    close.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()


def test_a_mistake_in_the_score_is_shown_until_it_is_mended(console: Page, show: FakeShow) -> None:
    mistake = Mistake("/scores/sea.yaml", 31, 5, "cues[0].layers[0].opacity", "1.4 is outside 0..1")
    show.mistakes = (mistake, mistake)
    show.step()
    expect(console.locator("#mend")).to_contain_text("sea.yaml:31: 1.4 is outside 0..1 (1 more below)")
    console.get_by_role("tab", name="Mistakes").click()
    expect(console.locator("#mistakes")).to_contain_text("cues[0].layers[0].opacity: 1.4 is outside 0..1")
    console.keyboard.press("Escape")
    expect(console.locator("#alert")).to_contain_text("Press Esc again for panic")
    expect(console.locator("#mend")).to_contain_text("sea.yaml:31")
    show.mistakes = ()
    show.step()
    expect(console.locator("#mend")).to_be_empty()


def test_a_warning_stays_in_sight_as_long_as_it_is_so(console: Page, show: FakeShow) -> None:
    show.warnings = ("cue 'dawn' is playing but is no longer in the score",)
    show.score = small_score("Another light")  # the page is laid out anew
    show.step()
    expect(console.locator("#mend")).to_have_text("cue 'dawn' is playing but is no longer in the score")
    show.warnings = ()
    show.step()
    expect(console.locator("#mend")).to_be_empty()


def test_the_timeline_is_whole_when_the_page_was_opened_at_the_rig(browser: Browser, show: FakeShow) -> None:
    page = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}).new_page()
    page.goto(f"http://127.0.0.1:{show.port}/#rig")
    expect(page.locator("#blocks .block")).to_have_count(4)
    page.locator("#views").get_by_text("Show", exact=True).click()
    expect(page.locator("#blocks .block.now")).to_have_text("Dawn over the spires")
    page.context.close()


def test_what_is_pressed_without_a_connection_is_said_to_be_lost(browser: Browser) -> None:
    show = FakeShow()
    with served(show) as show.port:
        page = opened(browser, show)
    expect(page.locator("#link")).to_contain_text("Connection lost")
    page.locator("#go").click()
    expect(page.locator("#alert")).to_have_text("Not sent: the connection is lost")
    page.context.close()


def test_a_lost_connection_is_seen_and_heals(browser: Browser) -> None:
    show = FakeShow()
    with served(show) as show.port:
        page = opened(browser, show)
    expect(page.locator("#link")).to_contain_text("Connection lost")
    with served(show, port=show.port):
        expect(page.locator("#link")).to_contain_text("Connected", timeout=10_000)
        page.keyboard.press("g")
        expect(page.locator("#cues li.now .name")).to_have_text("Tides")
    page.context.close()


def test_a_show_that_stands_still_is_seen(console: Page) -> None:
    expect(console.locator("#link")).to_have_text("Connected, but the show stands still")


def test_the_passcode_is_asked_for_once(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.desk.guard._is_loopback", lambda _: False)
    show = FakeShow()
    with served(show, AccessGuard("127.0.0.1", passcode="pagoda")) as show.port:
        page = browser.new_context().new_page()
        page.goto(f"http://127.0.0.1:{show.port}/")
        page.locator("#passcode").fill("temple")
        page.keyboard.press("Enter")
        expect(page.locator("#passcode-refused")).to_contain_text("wrong passcode")
        page.locator("#passcode").fill("pagoda")
        page.keyboard.press("Enter")
        expect(page.locator("#cues li.now .name")).to_have_text("Dawn over the spires")
        page.reload()
        expect(page.locator("#cues li.now .name")).to_have_text("Dawn over the spires")
        page.context.close()


@pytest.mark.parametrize("size", [LAPTOP, TABLET, PHONE])
def test_axe_finds_nothing_that_keeps_anybody_out(browser: Browser, show: FakeShow, size: tuple[int, int]) -> None:
    page = opened(browser, show, size)
    page.locator("#panic").click()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("?")
    found = Axe().run(page)
    assert [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")] == []
    page.context.close()


def test_nothing_sticks_out_sideways_on_a_phone(browser: Browser, show: FakeShow) -> None:
    page = opened(browser, show, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.context.close()


def test_every_control_is_reached_by_the_keyboard(console: Page) -> None:
    reached = set()
    for _ in range(60):
        console.keyboard.press("Tab")
        reached.add(console.evaluate("document.activeElement.id || document.activeElement.className"))
    wanted = {"rate", "engage", "help-open", "cue", "jump", "go", "back", "pause", "standby-next", "head", "tab-desk"}
    assert wanted | {"panic", "blackout", "restore", "fader-master", "fader-p-drift", "release"} <= reached
