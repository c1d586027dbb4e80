"""Being asked to stop."""

from __future__ import annotations

import signal

import pytest

from installation.signals import STOPPING, stopped_by_signals


@pytest.mark.parametrize("number", STOPPING)
def test_a_closed_terminal_is_a_wish_to_stop_as_any_other(number: signal.Signals) -> None:
    asked: list[str] = []
    before = signal.getsignal(number)
    with stopped_by_signals(lambda: asked.append("stop")):
        signal.raise_signal(number)
    assert asked == ["stop"]
    assert signal.getsignal(number) is before


def test_nohup_still_means_what_it_says() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals(lambda: pytest.fail("it was to be ignored")):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
