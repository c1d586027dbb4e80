"""What arrives for the rig, over the desk's own wires: it goes to the rig and never into the show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from installation.desk.desk import Desk, DeskOptions
from installation.desk.rig_gateway import MAX_WAITING, RigControl, RigGateway, RigRequest, RigState
from installation.errors import RefusedError
from installation.show.control import initial_control
from tests.desk.console import PATIENCE_SECONDS, Udp, drain, udp_console, wait_for
from tests.desk.scores import tide

CORNER, GRID = "/rig/left/corner/top-left", "/rig/left/pattern/grid"
STATE = RigState(
    {
        CORNER: RigControl(CORNER, "Where it lies.", ((-1, 2), (-1, 2)), "", (0.25, 0.0)),
        GRID: RigControl(GRID, "Shows squares."),
    },
    ("left",),
)


@pytest.fixture
def door() -> RigGateway:
    door = RigGateway()
    door.state = STATE
    return door


@pytest.fixture
def desk(door: RigGateway) -> Iterator[Desk]:
    with Desk(tide(), DeskOptions(osc_port=0), rig=door) as desk:
        yield desk


@pytest.fixture
def console(desk: Desk) -> Iterator[Udp]:
    assert desk.osc is not None
    with udp_console(desk.osc.port) as console:
        yield console


def asked_of(door: RigGateway) -> list[RigRequest]:
    return list(iter(door.next_request, None))


def test_the_rig_is_asked_and_the_show_hears_nothing_of_it(desk: Desk, console: Udp, door: RigGateway) -> None:
    console.send(f"/atlas{CORNER}", 0.5, 1)
    console.send("/rig/1/pattern/GRID", 1.0)
    console.send(GRID, 0.0)  # the button is released
    wait_for(desk, 3)
    assert asked_of(door) == [RigRequest(CORNER, (0.5, 1.0), "osc:127.0.0.1"), RigRequest(GRID, (), "osc:127.0.0.1")]
    assert drain(desk, initial_control(tide()), 1)[1] == []


def test_what_the_rig_does_not_take_is_answered_with_a_sentence(desk: Desk, console: Udp, door: RigGateway) -> None:
    console.send(CORNER, 0.5)
    assert console.hear_until("/atlas/error") == (CORNER, "wrong type", f"{CORNER}: takes 2 numbers, not 1")
    console.send("/rig/left/nonsense", 0.5)
    assert console.hear_until("/atlas/error")[1] == "unknown address"
    assert desk.statistics().refused == {"wrong type": 1, "unknown address": 1}
    assert asked_of(door) == []


def test_an_output_that_is_a_number_of_thousands_of_digits_is_none(desk: Desk, console: Udp, door: RigGateway) -> None:
    for digits in ("9" * 5_000, "\u0661", "\u00b2", "00001", "-1"):
        console.send(f"/rig/{digits}/pattern/grid")
    console.send(GRID)
    wait_for(desk, 6)
    assert asked_of(door) == [RigRequest(GRID, (), "osc:127.0.0.1")]
    assert desk.statistics().failures == {}


def test_a_mistake_of_ours_costs_one_message_and_no_frame(
    desk: Desk, console: Udp, door: RigGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(door, "take", mistaken)
    console.send(GRID)
    console.send("/go")
    wait_for(desk, 1)
    assert [message.kind for message in drain(desk, initial_control(tide()), 1)[1]] == ["go"]
    assert desk.statistics().failures == {"a message": 1}


def test_a_flood_for_the_rig_is_refused_beyond_what_a_hand_can_do(door: RigGateway) -> None:
    for _ in range(MAX_WAITING):
        door.take(CORNER, (0.5, 1.0), "osc:10.0.0.5")
    with pytest.raises(RefusedError, match="waiting for the rig") as refused:
        door.take(CORNER, (0.5, 1.0), "osc:10.0.0.5")
    assert refused.value.reason == "queue full"
    assert len(asked_of(door)) == MAX_WAITING
    door.take(CORNER, (0.5, 1.0), "osc:10.0.0.5")


def test_a_desk_that_asks_for_everything_is_told_the_rig_too(desk: Desk, console: Udp) -> None:
    drain(desk, initial_control(tide()), 1)
    console.send("/sync")
    assert console.hear_until(f"/atlas{CORNER}") == (0.25, 0.0)


def test_consoles_are_told_what_somebody_else_moves_of_the_rig_and_not_what_they_move_themselves(
    desk: Desk, door: RigGateway, console: Udp
) -> None:
    assert desk.osc is not None
    drain(desk, initial_control(tide()), 1)
    with udp_console(desk.osc.port) as other:
        other.send("/sync")
        other.hear_until(f"/atlas{CORNER}")
        console.send(CORNER, 0.5, 1.0)
        wait_for(desk, 2)
        moved = replace(STATE.controls[CORNER], value=(0.5, 1.0))
        door.state = replace(STATE, controls={**STATE.controls, CORNER: moved})
        assert other.hear_until(f"/atlas{CORNER}") == (0.5, 1.0)
        assert CORNER not in [console.hear().address.removeprefix("/atlas") for _ in range(12)]


def test_oscquery_lists_the_rig(desk: Desk) -> None:
    drain(desk, initial_control(tide()), 1)
    port = desk.serve(0, announce=False)
    tree = httpx.get(f"http://127.0.0.1:{port}/rig", timeout=PATIENCE_SECONDS, verify=False).json()
    corner = tree["CONTENTS"]["left"]["CONTENTS"]["corner"]["CONTENTS"]["top-left"]
    assert corner == {
        "FULL_PATH": CORNER,
        "TYPE": "ff",
        "ACCESS": 3,
        "VALUE": [0.25, 0.0],
        "RANGE": [{"MIN": -1, "MAX": 2}, {"MIN": -1, "MAX": 2}],
        "DESCRIPTION": "Where it lies.",
    }
