"""The HTTP API: what programs may read and do, and who may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate
from websockets.sync.client import connect

from installation.desk.desk import Desk, DeskOptions
from installation.desk.guard import AccessGuard
from installation.desk.page.api import MAX_BODY_BYTES
from installation.desk.page.page import ConsolePage
from installation.desk.page.snapshot import PageSnapshot
from installation.desk.roles import Role
from installation.show.control import initial_control
from installation.show.controls import CONTROLS
from tests.desk.page.fake_show import FakeShow, served
from tests.desk.scores import tide

PASSCODES: dict[Role, str] = {"look": "shell", "run": "wave"}


@pytest.fixture
def show() -> Iterator[FakeShow]:
    show = FakeShow()
    with served(show) as show.port:
        yield show


@pytest.fixture
def afar(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeShow]:
    """A show with a passcode for every role, as it is met from another machine."""
    monkeypatch.setattr("installation.desk.guard._is_loopback", lambda _: False)
    show = FakeShow()
    with served(show, AccessGuard("127.0.0.1", passcode="tide", lesser_passcodes=PASSCODES)) as show.port:
        yield show


def url(show: FakeShow, address: str) -> str:
    return f"http://127.0.0.1:{show.port}/api/v1{address}"


def post(show: FakeShow, address: str, body: Any = None, token: str = "", **headers: str) -> httpx.Response:
    if token:
        headers["authorization"] = f"Bearer {token}"
    return httpx.post(url(show, address), json=body, headers={**headers})


def done(show: FakeShow) -> list[tuple[str, str, float, float]]:
    return [(one.kind, one.target, one.value, one.fade_seconds) for one in show.applied]


def test_go_answers_with_the_frame_in_which_it_was_done(show: FakeShow) -> None:
    answer = post(show, "/go")
    assert answer.status_code == 200
    assert answer.json() == {
        "done": [
            {"frame": 1, "kind": "go", "target": "tides", "value": 0.0, "fade_seconds": 0.0}
            | {"release_seconds": 0.0, "source": "http:127.0.0.1"}
        ]
    }


def test_a_second_go_at_once_says_why_it_was_not_done(show: FakeShow) -> None:
    post(show, "/go")
    answer = post(show, "/go")
    assert (answer.status_code, answer.json()["error"]) == (409, "double GO")


@pytest.mark.parametrize(
    ("address", "body", "message"),
    [
        ("/master", {"value": 0.5}, ("set", "/master", 0.5, 0.0)),
        ("/master", {"value": 1}, ("set", "/master", 1.0, 0.0)),
        ("/master", {"value": 0.5, "fade": 3}, ("set", "/master", 0.5, 3.0)),
        ("/out/left/level/dmx", {"value": 255}, ("set", "/out/left/level", 1.0, 0.0)),
        ("/p/drift", {"value": 0.5}, ("set", "/p/drift", 0.0, 0.0)),
        ("/p/drift/value", {"value": -1}, ("set", "/p/drift", -1.0, 0.0)),
        ("/panic", None, ("panic", "", 0.0, 3.0)),
        ("/panic", {"fade": 0}, ("panic", "", 0.0, 0.0)),
        ("/cue/plate/go", {}, ("go", "plate", 0.0, 0.0)),
        ("/out/left/audition", {"cue": "plate"}, ("audition", "plate", 0.0, 0.0)),
        ("/lock", {"value": True}, ("lock", "", 1.0, 0.0)),
        ("/locate", {"value": 12.5}, ("locate", "", 12.5, 0.0)),
    ],
)
def test_everything_that_a_desk_can_say_is_a_post(show: FakeShow, address: str, body: Any, message: object) -> None:
    assert post(show, address, body).status_code in (200, 202)
    assert done(show) == [message]


@pytest.mark.parametrize(
    ("address", "body", "status", "sentence"),
    [
        ("/nowhere", None, 404, "no such address"),
        ("/cue/nothing/go", None, 404, "no cue 'nothing'"),
        ("/out/*/level", {"value": 0.5}, 404, "names one address"),
        ("/sync", None, 404, "not a control"),
        ("/master", {"value": 1.5}, 400, "out of range"),
        ("/master", {}, 400, "a value is missing"),
        ("/master", {"fade": 2}, 400, "a value is missing"),
        ("/master", {"value": "high"}, 400, "not a number"),
        ("/master", {"value": 10**400}, 400, "out of range"),
        ("/master", {"value": 0.5, "fade": -1}, 400, "out of range"),
        ("/master", {"level": 0.5}, 400, "allowed is value, fade, hold, release"),
        ("/go", {"fade": 2}, 400, "allowed is nothing"),
        ("/master", [0.5], 400, "a JSON object"),
        ("/master", {"value": [0.5]}, 400, "numbers and cues only"),
        ("/rig/left/nudge", {"values": [1]}, 404, "no such address"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(
    show: FakeShow, address: str, body: Any, status: int, sentence: str
) -> None:
    answer = post(show, address, body)
    assert (answer.status_code, sentence in answer.json()["sentence"]) == (status, True), answer.text
    assert show.applied == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"value": NaN}', "application/json", 400),
        (b"[" * 3_000, "application/json", 400),
        (b" " * (MAX_BODY_BYTES + 1), "application/json", 413),
        (b"value=0.5", "application/x-www-form-urlencoded", 400),
        (b'{"value": 0.5}', "text/plain", 400),
    ],
)
def test_a_body_that_is_none_changes_nothing(show: FakeShow, content: bytes, kind: str, status: int) -> None:
    assert httpx.post(url(show, "/master"), content=content, headers={"content-type": kind}).status_code == status
    assert show.applied == []


def test_what_the_page_shows_can_be_read(show: FakeShow) -> None:
    post(show, "/go")
    assert httpx.get(url(show, "/state")).json()["cue"] == "tides"
    assert [cue["id"] for cue in httpx.get(url(show, "/score")).json()["cues"]] == ["dawn", "tides", "plate", "embers"]
    entries = httpx.get(url(show, "/feed")).json()["entries"]
    assert entries[-1]["text"].startswith("go")
    assert httpx.get(url(show, f"/feed?since={entries[-1]['number']}")).json() == {"entries": []}
    assert httpx.get(url(show, "/feed?since=x")).status_code == 400


def test_the_description_is_valid_and_names_every_control(show: FakeShow) -> None:
    described = httpx.get(url(show, "/openapi.json")).json()
    validate(described)
    for row in CONTROLS:
        assert row.kind == "sync" or f"/api/v1{row.address}" in described["paths"], row.address
    assert described["paths"]["/api/v1/cue/{id}/go"]["parameters"][0]["schema"]["enum"] == [
        *("dawn", "tides", "plate", "embers")
    ]
    value = described["paths"]["/api/v1/p/{name}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert (value["properties"]["value"]["maximum"], value["required"]) == (1.0, ["value"])


@pytest.mark.parametrize(
    ("token", "state", "go", "master"),
    [
        ("", 401, 401, 401),
        ("sea", 401, 401, 401),
        ("shell", 200, 403, 403),
        ("wave", 200, 200, 403),
        ("tide", 200, 200, 202),
    ],
)
def test_a_token_reaches_as_far_as_its_role(afar: FakeShow, token: str, state: int, go: int, master: int) -> None:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    assert httpx.get(url(afar, "/state"), headers=headers).status_code == state
    assert post(afar, "/go", token=token).status_code == go
    assert post(afar, "/master", {"value": 0.5}, token=token).status_code == master


def test_a_passcode_is_said_once(afar: FakeShow) -> None:
    assert post(afar, "/passcode", {"passcode": "sea"}).status_code == 401
    assert post(afar, "/passcode", {"passcode": "wave"}).json() == {"role": "run"}
    assert post(afar, "/go").status_code == 200
    assert post(afar, "/release").json()["error"] == "another role"


def test_the_live_socket_says_what_one_may_do(afar: FakeShow) -> None:
    headers = {"authorization": "Bearer wave"}
    with connect(f"ws://127.0.0.1:{afar.port}/api/v1/live", additional_headers=headers) as program:
        assert json.loads(program.recv(5.0)) == {"type": "welcome", "role": "run"}
        for address, answer in (("/release", "refused"), ("/go", "done")):
            program.send(json.dumps({"do": address, "with": []}))
            while (said := json.loads(program.recv(5.0)))["type"] not in ("done", "refused"):
                pass
            assert said["type"] == answer
    assert [message.source for message in afar.applied] == ["http:127.0.0.1"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
)
def test_a_script_of_another_site_reads_and_does_nothing(show: FakeShow, headers: dict[str, str]) -> None:
    assert httpx.get(url(show, "/state"), headers=headers).status_code == 403
    assert httpx.post(url(show, "/go"), headers=headers).status_code == 403
    assert show.applied == []


def test_whoever_follows_a_link_to_the_page_gets_it(show: FakeShow) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "accept": "text/html"}
    assert httpx.get(f"http://127.0.0.1:{show.port}/", headers=headers).status_code == 200


def test_a_program_is_told_that_the_show_does_not_listen(show: FakeShow) -> None:
    assert post(show, "/engage", {"value": 0}).status_code == 200
    answer = post(show, "/go")
    assert (answer.status_code, answer.json()["error"]) == (409, "disengaged")
    assert post(show, "/engage", {"value": 1}).status_code == 200
    assert post(show, "/go").status_code == 200


def test_a_post_is_in_the_very_next_frame_of_a_real_desk() -> None:
    score, stopped = tide(), Event()
    with Desk(score, DeskOptions()) as desk, ConsolePage(desk.put, desk.guard, values=desk.publisher.values) as page:
        port = desk.serve(0, page.routes, announce=False)
        control = initial_control(score)

        def play() -> None:
            nonlocal control
            frame = 0
            while not stopped.wait(0.001):
                for message in desk.drain(frame, control):
                    control = control.apply(message)
                desk.tell(frame, control)
                page.tell(PageSnapshot(score, frame, control))
                frame += 1

        page.tell(PageSnapshot(score, 0, control))
        player = Thread(target=play)
        player.start()
        try:
            answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/go")
        finally:
            stopped.set()
            player.join()
        assert answer.json()["done"][0]["target"] == "flood"
        assert desk.statistics().latency_frames.worst == 1
