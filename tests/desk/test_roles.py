"""Who may do what at the desk: look, run, edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from installation.desk.desk import Desk, DeskOptions
from installation.desk.guard import MAX_WRONG_PASSCODES, AccessGuard
from installation.desk.roles import ROLES, Role, require_role, role_for
from installation.errors import RefusedError, ScoreError
from installation.show.control import MessageKind, initial_control
from tests.desk.console import Udp, drain, udp_console, wait_for
from tests.desk.scores import tide

CONSOLE = "10.0.0.5"

PASSCODES: dict[Role, str] = {"look": "shell", "run": "wave"}


@pytest.fixture
def guard() -> AccessGuard:
    return AccessGuard("0.0.0.0", passcode="tide", lesser_passcodes=PASSCODES)


@pytest.mark.parametrize(("passcode", "role"), [("shell", "look"), ("wave", "run"), ("tide", "edit")])
def test_a_passcode_opens_the_desk_as_far_as_it_goes(guard: AccessGuard, passcode: str, role: Role) -> None:
    assert guard.role(CONSOLE, 0.0) is None
    guard.unlock(CONSOLE, passcode, 0.0)
    assert guard.role(CONSOLE, 3_600.0) == role
    assert guard.role(CONSOLE, 24 * 3_600.0) is None


def test_the_last_passcode_counts(guard: AccessGuard) -> None:
    for passcode, role in (("tide", "edit"), ("shell", "look"), ("wave", "run")):
        guard.unlock(CONSOLE, passcode, 0.0)
        assert guard.role(CONSOLE, 0.0) == role


def test_a_token_counts_for_once_and_on_this_machine_too(guard: AccessGuard) -> None:
    assert guard.require_token(CONSOLE, "wave", 0.0) == "run"
    assert guard.role(CONSOLE, 0.0) is None
    assert guard.require_token("127.0.0.1", "", 0.0) == "edit"
    assert guard.require_token("127.0.0.1", "shell", 0.0) == "look"
    with pytest.raises(RefusedError, match="/passcode"):
        guard.require_token(CONSOLE, "", 0.0)


def test_a_token_cannot_be_guessed_by_trying(guard: AccessGuard) -> None:
    for _ in range(MAX_WRONG_PASSCODES):
        with pytest.raises(RefusedError, match="wrong token"):
            guard.require_token(CONSOLE, "sea", 0.0)
    with pytest.raises(RefusedError, match="too many"):
        guard.require_token(CONSOLE, "tide", 0.0)


def test_two_roles_have_no_passcode_together() -> None:
    with pytest.raises(ScoreError, match="passcode of its own"):
        AccessGuard("0.0.0.0", passcode="tide", lesser_passcodes={"run": "tide"})


def test_a_passcode_to_look_with_is_enough_to_listen_everywhere() -> None:
    guard = AccessGuard("0.0.0.0", lesser_passcodes={"look": "shell"})
    guard.unlock(CONSOLE, "shell", 0.0)
    assert guard.role(CONSOLE, 0.0) == "look"
    assert guard.role("127.0.0.1", 0.0) == "edit"


def test_whoever_runs_the_show_darkens_it_and_moves_no_fader() -> None:
    kinds = get_args(MessageKind)
    runs = {kind for kind in kinds if role_for(kind) == "run"}
    assert {"go", "back", "pause", "stop", "panic", "blackout", "restore"} <= runs
    assert not runs & {"set", "release", "rate", "locate", "engage", "audition", "lock"}


@pytest.mark.parametrize("needed", ROLES)
def test_each_role_includes_those_before_it(needed: Role) -> None:
    for role in ROLES:
        if ROLES.index(role) >= ROLES.index(needed):
            require_role(role, needed, "/go")
        else:
            with pytest.raises(RefusedError, match=f"lets you {role}"):
                require_role(role, needed, "/go")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk as it is met from another machine."""
    monkeypatch.setattr("installation.desk.guard._is_loopback", lambda _: False)
    options = DeskOptions(osc_port=0, passcode="tide", lesser_passcodes=tuple(PASSCODES.items()))
    with Desk(tide(), options) as desk:
        yield desk


@pytest.fixture
def console(desk: Desk) -> Iterator[Udp]:
    assert desk.osc is not None
    with udp_console(desk.osc.port) as console:
        yield console


def test_over_osc_a_role_goes_as_far_as_over_http(desk: Desk, console: Udp) -> None:
    console.send("/passcode", "wave")
    console.send("/master", 0.5)
    console.send("/master", 0.4)
    console.send("/go")
    console.send("/passcode", "shell")
    console.send("/panic")
    wait_for(desk, 6)
    _, messages = drain(desk, initial_control(tide()), 1)
    assert [message.kind for message in messages] == ["go"]
    assert desk.statistics().refused == {"another role": 3}
    assert "lets you run" in str(console.hear_until("/atlas/error")[2])
