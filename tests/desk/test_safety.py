"""A desk that other machines reach: who is heard, over real sockets. This machine plays the stranger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.osc_wire import encode_message
from installation.show.control import initial_control
from tests.desk.console import PATIENCE_SECONDS, Udp, drain, tcp_console, udp_console, wait_for, with_length
from tests.desk.scores import tide

SCORE = tide()


@pytest.fixture(autouse=True)
def stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes from this machine counts as coming from another one."""
    monkeypatch.setattr("installation.desk.guard._is_loopback", lambda _: False)


@contextmanager
def desk_and_console(options: DeskOptions) -> Iterator[tuple[Desk, Udp]]:
    with Desk(SCORE, options) as desk:
        assert desk.osc is not None
        with udp_console(desk.osc.port) as console:
            yield desk, console


def test_a_stranger_is_counted_and_not_answered() -> None:
    with desk_and_console(DeskOptions(osc_port=0, allow=("10.0.0.0/24",))) as (desk, console):
        console.send("/go")
        console.send("/mastr", 1.0)
        wait_for(desk, 2)
        assert drain(desk, initial_control(SCORE), 0)[1] == []
        assert desk.statistics().refused == {"not allowed": 2}
        console.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            console.hear()


def test_a_stranger_gets_no_tcp_connection() -> None:
    with desk_and_console(DeskOptions(osc_port=0, allow=("10.0.0.0/24",))) as (desk, console):
        with tcp_console(console.port) as connection, suppress(ConnectionResetError):
            assert connection.recv(1) == b""
        assert desk.statistics().refused == {"not allowed": 1}


def test_the_passcode_opens_the_desk() -> None:
    with desk_and_console(DeskOptions(osc_port=0, passcode="1234")) as (desk, console):
        console.send("/go")
        console.send("/passcode", "0000")
        console.send("/passcode", 1234)  # a console that cannot send text
        console.send("/master", 0.5)
        wait_for(desk, 4)
        assert [message.kind for message in drain(desk, initial_control(SCORE), 0)[1]] == ["set"]
        assert desk.statistics().refused == {"no passcode": 2}


def test_a_sweep_before_the_passcode_moves_nothing() -> None:
    with desk_and_console(DeskOptions(osc_port=0, passcode="1234")) as (desk, console):
        console.send("/passcode", "1234")
        console.send("/master", 0.5)  # the desk has learned the short way
        wait_for(desk, 2)
        desk.guard._unlocked.clear()  # a working day later
        with tcp_console(console.port) as connection:
            connection.sendall(with_length(encode_message("/master", 0.1)) * 3)
            wait_for(desk, 5)
        assert [message.value for message in drain(desk, initial_control(SCORE), 0)[1]] == [0.5]


def test_oscquery_is_read_by_nobody_without_the_passcode() -> None:
    with Desk(SCORE, DeskOptions(passcode="1234")) as desk:
        port = desk.serve(0, announce=False)
        assert httpx.get(f"http://127.0.0.1:{port}/master", timeout=PATIENCE_SECONDS, verify=False).status_code == 403
