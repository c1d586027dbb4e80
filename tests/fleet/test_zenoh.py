"""Real sockets on loopback: what one machine says reaches the others, and a stranger neither speaks nor reads."""

from __future__ import annotations

import datetime
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from installation.errors import DeviceError, RigError
from installation.fleet.keys import KeyFiles, make_keys
from installation.fleet.zenoh_network import ZenohNetwork, configuration
from installation.rig.machines import Machine
from tests.fleet.local_house import eventually

NOW = datetime.datetime.now(datetime.UTC)


class Ears:
    """Remembers what a network tells."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.statuses: dict[str, bytes] = {}
        self.there: set[str] = set()

    def heard_message(self, data: bytes) -> None:
        self.messages.append(data)

    def heard_status(self, machine: str, data: bytes) -> None:
        self.statuses[machine] = data

    def appeared(self, machine: str) -> None:
        self.there.add(machine)

    def vanished(self, machine: str) -> None:
        self.there.discard(machine)

    def answer(self, question: str, data: bytes) -> bytes:
        return question.encode() + b":" + data


def machines(*names: str) -> tuple[Machine, ...]:
    """Each with a free port."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return tuple(Machine(name, "127.0.0.1", one.getsockname()[1]) for name, one in zip(names, sockets, strict=True))


@pytest.fixture(params=["in the clear", "with keys"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[tuple[Machine, ...], str], KeyFiles | None]:
    def of(fleet: tuple[Machine, ...], name: str) -> KeyFiles | None:
        if request.param != "with keys":
            return None
        if not (tmp_path / "keys").exists():
            make_keys(fleet, tmp_path / "keys", NOW)
        return KeyFiles.of(tmp_path / "keys", name)

    return of


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_machines_hear_ask_and_miss_each_other(
    stack: ExitStack, keys: Callable[[tuple[Machine, ...], str], KeyFiles | None]
) -> None:
    fleet = attic, cellar = machines("attic", "cellar")
    here, there = Ears(), Ears()
    one = stack.enter_context(ZenohNetwork(attic, [cellar], keys(fleet, "attic"), "house", here))
    other = ZenohNetwork(cellar, [attic], keys(fleet, "cellar"), "house", there)
    eventually(lambda: here.there == {"cellar"} and there.there == {"attic"})
    for number in range(200):
        one.send_message(str(number).encode())
    other.send_status(b"{}")
    eventually(lambda: len(there.messages) == 200 and "cellar" in here.statuses)
    assert there.messages == [str(number).encode() for number in range(200)]
    assert here.messages == []
    assert one.ask("cellar", "time", b"1", 5.0) == b"time:1"
    other.close()
    eventually(lambda: not here.there)
    assert one.ask("cellar", "time", b"1", 0.2) is None


def test_a_machine_that_comes_later_is_heard(stack: ExitStack) -> None:
    attic, cellar = machines("attic", "cellar")
    here, there = Ears(), Ears()
    stack.enter_context(ZenohNetwork(attic, [cellar], None, "house", here))
    assert not here.there
    stack.enter_context(ZenohNetwork(cellar, [attic], None, "house", there))
    eventually(lambda: here.there == {"cellar"})


def test_a_stranger_without_keys_reaches_nobody(stack: ExitStack, tmp_path: Path) -> None:
    import zenoh

    fleet = attic, cellar, stranger = machines("attic", "cellar", "stranger")
    make_keys(fleet[:2], tmp_path / "keys", NOW)
    make_keys([stranger], tmp_path / "others", NOW)
    ears = Ears()
    one = stack.enter_context(ZenohNetwork(attic, [cellar], KeyFiles.of(tmp_path / "keys", "attic"), "house", ears))
    heard: list[bytes] = []
    for settings in (
        configuration(stranger, [attic], KeyFiles.of(tmp_path / "others", "stranger")),
        configuration(stranger, [attic], None),
    ):
        session = zenoh.open(settings)
        session.declare_subscriber("**", lambda sample: heard.append(sample.payload.to_bytes()))
        one.send_message(b"secret")
        session.put("neural-image/house/message/cellar", b"intruder")
        assert list(session.get("neural-image/house/ask/attic/state", payload=b"", timeout=0.3)) == []
        session.close()  # type: ignore[no-untyped-call]  # zenoh has no type for it
    assert ears.messages == []
    assert ears.there == set()
    assert b"secret" not in heard


def test_an_address_in_use_is_named(stack: ExitStack) -> None:
    (attic,) = machines("attic")
    stack.enter_context(ZenohNetwork(attic, [], None, "house", Ears()))
    with pytest.raises(DeviceError, match=f"machine 'attic': 127.0.0.1:{attic.port}"):
        ZenohNetwork(attic, [], None, "house", Ears())


def test_keys_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(RigError, match=r"authority\.pem: not there; make the keys with `installation fleet key RIG`"):
        KeyFiles.of(tmp_path, "attic")


def test_keys_that_do_not_belong_together_are_told_apart(tmp_path: Path) -> None:
    attic, cellar = machines("attic", "cellar")
    for folder in ("one", "other"):
        make_keys([attic, cellar], tmp_path / folder, NOW)
    KeyFiles.of(tmp_path / "one", "attic").check(attic)
    moved = replace(attic, address="10.0.0.77")
    with pytest.raises(
        RigError, match=r"attic\.pem: it is for 127\.0\.0\.1, and the rig says 10\.0\.0\.77; make the keys"
    ):
        KeyFiles.of(tmp_path / "one", "attic").check(moved)
    (tmp_path / "one" / "attic-key.pem").write_bytes((tmp_path / "one" / "cellar-key.pem").read_bytes())
    with pytest.raises(RigError, match=r"attic-key\.pem: it is not the key of attic\.pem"):
        KeyFiles.of(tmp_path / "one", "attic").check(attic)
    (tmp_path / "one" / "authority.pem").write_bytes((tmp_path / "other" / "authority.pem").read_bytes())
    with pytest.raises(RigError, match=r"attic\.pem: it was not made with authority\.pem"):
        KeyFiles.of(tmp_path / "one", "attic").check(attic)
    (tmp_path / "one" / "attic.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nnothing")
    with pytest.raises(RigError, match="a key cannot be read"):
        KeyFiles.of(tmp_path / "one", "attic").check(attic)


def test_keys_never_replace_others(tmp_path: Path) -> None:
    fleet = machines("attic")
    written = make_keys(fleet, tmp_path / "keys", NOW)
    assert {file.name for file in written} == {"authority.pem", "attic.pem", "attic-key.pem"}
    assert (tmp_path / "keys" / "attic-key.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(DeviceError, match="not empty"):
        make_keys(fleet, tmp_path / "keys", NOW)


def test_nothing_looks_for_strangers() -> None:
    attic, cellar = machines("attic", "cellar")
    settings = json.loads(str(configuration(attic, [cellar], None)))
    assert settings["scouting"]["multicast"]["enabled"] is False
    assert settings["listen"]["endpoints"] == [f"tcp/127.0.0.1:{attic.port}"]
