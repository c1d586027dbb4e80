"""What may fail without ending the show, and what must not go unseen."""

from __future__ import annotations

import logging
import threading

import pytest

from installation.errors import DeviceError
from installation.failures import MAX_FAILING_SECONDS, MAX_KNOWN, FailureLog, GracePeriod, threads_watched

LOGGER = logging.getLogger("test")


def test_a_repeated_failure_is_logged_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    failures = FailureLog(LOGGER)
    for _ in range(1000):
        with failures.guard("layer sea", ValueError):
            raise ValueError("no latent")
    assert [record.message for record in caplog.records] == ["layer sea failed: ValueError: no latent"]
    assert failures.counts == {"layer sea": 1000}
    with failures.guard("layer sea", ValueError):
        pass
    assert caplog.records[-1].message == "layer sea has recovered after 1000 failures"
    failures.failed("layer sea", ValueError("no latent"))
    failures.succeeded("layer sea")
    assert caplog.records[-1].message == "layer sea has recovered after a failure"
    assert failures.counts == {"layer sea": 1001}


def test_another_failure_of_the_same_thing_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    failures = FailureLog(LOGGER)
    for sentence in ("a", "a", "b", "b"):
        failures.failed("sink film", OSError(sentence))
    assert len(caplog.records) == 2


def test_what_comes_and_goes_leaves_room_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    failures = FailureLog(LOGGER)
    for number in range(1000):
        with failures.guard("a frame", ValueError):
            if number % 2:
                raise ValueError("no latent")
    assert failures.counts == {"a frame": 500}
    assert len(caplog.records) == 18, "the 1st, 2nd, 4th ... 256th, and each time that it worked again"


def test_another_failure_is_told_even_after_one_that_comes_and_goes(caplog: pytest.LogCaptureFixture) -> None:
    failures = FailureLog(LOGGER)
    for _ in range(5000):
        failures.failed("decoding", ValueError("no latent"))
        failures.succeeded("decoding")
    caplog.clear()
    failures.failed("decoding", MemoryError("the card is full"))
    assert [record.message for record in caplog.records] == ["decoding failed: MemoryError: the card is full"]
    failures.succeeded("decoding")
    assert caplog.records[-1].message == "decoding has recovered after a failure"


def test_a_sentence_that_is_always_another_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    failures = FailureLog(LOGGER)
    for number in range(100_000):
        failures.failed("decoding", ValueError(f"object at {number:x}"))
    assert failures.counts == {"decoding": 100_000}
    assert len(caplog.records) < MAX_KNOWN + 20


def test_a_failure_that_was_not_expected_passes() -> None:
    with pytest.raises(KeyError), FailureLog(LOGGER).guard("layer sea", ValueError):
        raise KeyError("sea")


def test_a_frame_that_fails_now_and_then_is_left_out() -> None:
    now = [0.0]
    frames = GracePeriod(FailureLog(LOGGER), "a frame", lambda: now[0])
    for second in range(60):
        now[0] = float(second)
        with frames.guard():
            if second % 4:
                raise ValueError("no such layer")
    assert now == [59.0]


def test_a_picture_that_has_stood_for_too_long_ends_the_process() -> None:
    now = [0.0]
    frames = GracePeriod(FailureLog(LOGGER), "a frame", lambda: now[0])

    def fail() -> None:
        with frames.guard():
            raise ValueError("no such layer")

    while now[0] < MAX_FAILING_SECONDS:
        fail()
        now[0] += 0.5
    with pytest.raises(ValueError, match="no such layer"):
        fail()


def test_a_card_that_was_reset_ends_the_process_at_once() -> None:
    frames = GracePeriod(FailureLog(LOGGER), "a frame", lambda: 0.0)
    with pytest.raises(DeviceError), frames.guard():
        raise DeviceError("the graphics card was reset")


def test_ctrl_c_is_never_swallowed() -> None:
    frames = GracePeriod(FailureLog(LOGGER), "a frame", lambda: 0.0)
    with pytest.raises(KeyboardInterrupt), frames.guard():
        raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_does_not_die_alone() -> None:
    def decode() -> None:
        raise ArithmeticError("NaN")

    before = threading.excepthook
    with threads_watched() as check:
        check()
        thread = threading.Thread(target=decode)
        thread.start()
        thread.join()
        with pytest.raises(RuntimeError, match="a thread of the player has died"):
            check()
    assert threading.excepthook is before
