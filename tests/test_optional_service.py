"""A service that may come later: what is said while it is missing, when it is tried again, and what it ends."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from installation.errors import DeviceError
from installation.optional_service import PAUSES_SECONDS, OptionalService


class Port:
    """Can be had or not."""

    def __init__(self) -> None:
        self.error: Exception | None = DeviceError("somebody has it")
        self.opened = self.closed = 0

    def opens(self, stack: ExitStack) -> None:
        if self.error is not None:
            raise self.error
        self.opened += 1
        stack.callback(self._close)

    def _close(self) -> None:
        self.closed += 1


def test_what_is_missing_is_a_sentence_until_it_comes() -> None:
    port, heard = Port(), []
    with OptionalService("OSC", port.opens, pauses=(), changed=lambda: heard.append(service.missing)) as service:
        for _ in range(2):
            service.step()
        assert service.missing == "OSC: somebody has it; the show plays without it and tries again"
        port.error = None
        service.step()
        assert (service.missing, service.is_open) == ("", True)
        assert heard == ["OSC: somebody has it; the show plays without it and tries again", ""]
    assert (port.opened, port.closed) == (1, 1)


def test_the_pauses_between_two_tries_grow_and_then_stay() -> None:
    with OptionalService("OSC", Port().opens, pauses=PAUSES_SECONDS) as service:
        pauses = [service.step() for _ in range(9)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == PAUSES_SECONDS[-1]


def test_another_network_opens_it_anew() -> None:
    port, addresses = Port(), ["10.0.0.5"]
    port.error = None
    with OptionalService("mDNS", port.opens, lambda: tuple(addresses), pauses=()) as service:
        for _ in range(3):
            service.step()
        assert (port.opened, port.closed) == (1, 0)
        addresses.append("10.0.0.6")
        service.step()
        assert (port.opened, port.closed) == (2, 1)


@pytest.mark.parametrize("error", [RuntimeError("a mistake"), ValueError("NUL"), MemoryError(), UnicodeError("x")])
def test_whatever_a_service_raises_is_told_and_ends_nothing(error: Exception) -> None:
    port = Port()
    port.error = error
    with OptionalService("mDNS", port.opens, pauses=()) as service:
        service.step()
        assert type(error).__name__ in service.missing


def test_a_try_that_hangs_keeps_nobody_waiting_and_gives_back_what_comes_too_late() -> None:
    answered, given_back = threading.Event(), threading.Event()

    def opens(stack: ExitStack) -> None:
        answered.wait()
        stack.callback(given_back.set)

    service = OptionalService("a name", opens)
    service.close()
    answered.set()
    assert given_back.wait(10.0)
    assert not service.is_open


def test_something_that_cannot_be_closed_in_order_ends_nothing() -> None:
    def opens(stack: ExitStack) -> None:
        stack.callback(lambda: 1 / 0)

    with OptionalService("a port", opens, pauses=()) as service:
        service.step()
        assert service.is_open
    assert not service.is_open
