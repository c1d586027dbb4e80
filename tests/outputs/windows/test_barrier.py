"""The barrier between screens: together while all answer, without whoever does not, and never standing still."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.outputs.windows.barrier import REJOIN_PICTURES, Barrier
from installation.outputs.windows.worker_thread import WorkerThread

PATIENCE_SECONDS = 0.3
"""Long enough for threads on a busy machine; a hanging screen costs it once."""


class FakeScreen:
    """Draws and shows on its thread as a window does; hangs in the one or the other while told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pictures: list[str] = []
        self.may_draw, self.may_swap = threading.Event(), threading.Event()
        self.may_draw.set()
        self.may_swap.set()
        self.thread = WorkerThread(name)

    def draw(self) -> Future[None]:
        return self.thread.submit(self._draw)

    def swap(self) -> Future[float]:
        return self.thread.submit(self._swap)

    def rest(self) -> None:
        """Wait until all that was asked is done."""
        self.thread.submit(lambda: None).result()

    def _draw(self) -> None:
        self.may_draw.wait()
        self.pictures.append("drawn")

    def _swap(self) -> float:
        self.may_swap.wait()
        self.pictures.append("shown")
        return time.monotonic()


@pytest.fixture
def screens() -> Iterator[list[FakeScreen]]:
    with ExitStack() as cleanup:
        screens = [FakeScreen(name) for name in ("left", "middle", "right")]
        for screen in screens:
            cleanup.callback(screen.thread.close, 10)
            cleanup.callback(screen.may_draw.set)
            cleanup.callback(screen.may_swap.set)
        yield screens


def test_all_show_when_all_have_drawn(screens: list[FakeScreen]) -> None:
    screens[1].may_draw.clear()
    barrier: Barrier[FakeScreen] = Barrier(timeout_seconds=60)
    presented = threading.Thread(target=barrier.present, args=[screens])
    presented.start()
    screens[0].rest()
    screens[2].rest()
    assert [screen.pictures for screen in screens] == [["drawn"], [], ["drawn"]]
    screens[1].may_draw.set()
    presented.join()
    assert all(screen.pictures == ["drawn", "shown"] for screen in screens)


def test_what_is_drawn_before_it_is_due_is_shown_when_it_is_and_what_is_late_at_once(screens: list[FakeScreen]) -> None:
    now = [10.0]
    seen: list[list[str]] = []

    def wait(seconds: float) -> None:
        seen.extend(list(screen.pictures) for screen in screens)
        now[0] += seconds

    barrier: Barrier[FakeScreen] = Barrier(steady=lambda: now[0], wait=wait)
    barrier.present(screens, due_at=10.5)
    assert (now, seen) == ([10.5], [["drawn"]] * 3)
    barrier.present(screens, due_at=10.25)
    assert now == [10.5]
    assert all(screen.pictures == ["drawn", "shown"] * 2 for screen in screens)


def test_no_screen_waits_for_the_display_of_another(screens: list[FakeScreen], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each swap ends only when all have begun: one after the other would never end."""
    all_begun = threading.Barrier(len(screens))

    def swap() -> float:
        all_begun.wait(60)
        return time.monotonic()

    for screen in screens:
        monkeypatch.setattr(screen, "_swap", swap)
    assert len(Barrier[FakeScreen](timeout_seconds=60).present(screens)) == 3


@pytest.mark.parametrize("hangs_in", ["may_draw", "may_swap"])
def test_a_screen_that_hangs_is_told_once_and_the_others_play_on(
    screens: list[FakeScreen], hangs_in: str, caplog: pytest.LogCaptureFixture
) -> None:
    barrier: Barrier[FakeScreen] = Barrier(timeout_seconds=PATIENCE_SECONDS)
    assert barrier.present(screens).keys() == set(screens)
    getattr(screens[1], hangs_in).clear()
    for _ in range(20):
        assert barrier.present(screens).keys() == {screens[0], screens[2]}
    assert screens[0].pictures.count("shown") == 21
    assert [record.message for record in caplog.records] == [
        "middle does not respond; the other outputs continue without it"
    ]


def test_a_screen_that_answers_again_is_in_step_after_a_trial(
    screens: list[FakeScreen], caplog: pytest.LogCaptureFixture
) -> None:
    left: list[FakeScreen] = []
    joined: list[FakeScreen] = []
    barrier: Barrier[FakeScreen] = Barrier(left.append, joined.append, PATIENCE_SECONDS)
    screens[1].may_swap.clear()
    for _ in range(5):
        barrier.present(screens)
    assert (left, joined) == ([screens[1]], [])
    screens[1].may_swap.set()
    caplog.set_level("INFO")
    for _ in range(REJOIN_PICTURES):
        screens[1].rest()
        assert screens[1] not in barrier.present(screens)
    screens[1].rest()
    assert screens[1] in barrier.present(screens)
    assert joined == [screens[1]]
    assert "middle is in sync again" in caplog.records[-1].message
    assert "it missed 4 pictures" in caplog.records[-1].message


def test_a_screen_that_comes_and_goes_all_night_does_not_fill_the_log(
    screens: list[FakeScreen], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    barrier: Barrier[FakeScreen] = Barrier(timeout_seconds=PATIENCE_SECONDS)
    for _ in range(5):
        screens[1].may_swap.clear()
        barrier.present(screens)
        screens[1].may_swap.set()
        while screens[1] not in barrier.present(screens):
            screens[1].rest()
        screens[1].rest()
    for told in ("middle does not respond", "middle is in sync again"):
        assert caplog.text.count(told) == 3  # the first, the second and the fourth time


def test_a_screen_that_stays_slow_costs_the_others_their_patience_only_once(screens: list[FakeScreen]) -> None:
    """A compositor may let a covered window swap once a second, for hours."""
    barrier: Barrier[FakeScreen] = Barrier(timeout_seconds=PATIENCE_SECONDS)
    screens[2].may_swap.clear()
    barrier.present(screens)
    for _ in range(3):
        for _ in range(REJOIN_PICTURES):  # each one in time, but the last
            screens[2].may_swap.set()
            screens[2].rest()
            screens[2].may_swap.clear()
            assert screens[2] not in barrier.present(screens)
        assert screens[2] not in barrier.present(screens)


def test_what_a_screen_raises_is_raised_where_pictures_are_presented(
    screens: list[FakeScreen], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("out of memory")

    monkeypatch.setattr(screens[1], "_draw", fail)
    with pytest.raises(ValueError, match="out of memory"):
        Barrier[FakeScreen]().present(screens)


def test_screens_may_come_and_go_and_be_none_at_all(screens: list[FakeScreen]) -> None:
    barrier: Barrier[FakeScreen] = Barrier(timeout_seconds=PATIENCE_SECONDS)
    assert barrier.present([]) == {}
    assert len(barrier.present(screens[:2])) == 2
    assert len(barrier.present(screens[1:])) == 2
    screens[0].may_draw.clear()
    assert len(barrier.present(screens)) == 2
    assert len(barrier.present(screens[1:])) == 2  # its window was closed while it hung


@given(st.lists(st.sets(st.tuples(st.integers(0, 2), st.sampled_from(["may_draw", "may_swap"])))))
@settings(max_examples=10, deadline=None)
def test_whatever_hangs_and_when_nothing_stands_still(hanging: list[set[tuple[int, str]]]) -> None:
    screens = [FakeScreen(name) for name in ("left", "middle", "right")]
    barrier: Barrier[FakeScreen] = Barrier(timeout_seconds=0.002)
    try:
        for now in hanging:
            for number, screen in enumerate(screens):
                for where in ("may_draw", "may_swap"):
                    event = getattr(screen, where)
                    event.clear() if (number, where) in now else event.set()
            barrier.present(screens)
        for screen in screens:
            screen.may_draw.set()
            screen.may_swap.set()
        for _ in range(REJOIN_PICTURES + 1):
            for screen in screens:
                screen.rest()
            barrier.present(screens)
    finally:
        for screen in screens:
            screen.may_draw.set()
            screen.may_swap.set()
            assert screen.thread.close(10)
    assert all(screen.pictures == ["drawn", "shown"] * (len(screen.pictures) // 2) for screen in screens)


def test_a_thread_that_hangs_does_not_hold_up_the_end() -> None:
    thread, hangs = WorkerThread("hangs"), threading.Event()
    thread.submit(hangs.wait)
    assert not thread.close(0.001)
    hangs.set()
    assert thread.close(10)
