"""Machines that play one show: one frame for every cue, whoever said it, and whoever was away."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from installation.errors import RefusedError
from installation.fleet.proof import FrameProof
from tests.fleet.local_house import EPOCH, LocalHouse, LocalMachine, run, run_until


def _noting(one: LocalMachine, asked: list[str]) -> Callable[[str, bytes], bytes]:
    answer = one.member.answer

    def noted(question: str, data: bytes) -> bytes:
        asked.append(f"{question} of {one.name}")
        return answer(question, data)

    return noted


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def machine(stack: ExitStack, house: LocalHouse, name: str, off_seconds: float = 0.0) -> LocalMachine:
    one = LocalMachine(house, name, off_seconds)
    stack.callback(one.close)
    return one


def frames_of(machine: LocalMachine) -> list[int]:
    return [message.frame for message in sorted(machine.journal, key=lambda one: one.order)]


def test_a_go_takes_effect_at_one_frame_on_all(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    run(house, 1.0, attic, cellar)
    attic.step(("go", "b", 0.0))
    cellar.step()
    stamp = attic.frame_number + 3
    assert frames_of(attic) == frames_of(cellar) == [stamp]
    run(house, 1.0, attic, cellar)
    assert attic.performance.control == cellar.performance.control
    assert attic.performance.control.starts[-1].at == stamp
    assert cellar.member.late_messages == 0


def test_a_machine_alone_answers_at_the_very_next_frame(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic = machine(stack, house, "attic")
    attic.step(("go", "b", 0.0))
    assert frames_of(attic) == [attic.frame_number]


@pytest.mark.parametrize("kind", ["panic", "blackout", "stop"])
def test_what_darkens_takes_no_lead(stack: ExitStack, kind: str) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    attic.step((kind, "", 0.0))  # type: ignore[arg-type]  # a kind
    assert frames_of(attic) == [attic.frame_number]
    run(house, 0.5, attic, cellar)
    assert cellar.performance.control == attic.performance.control


def test_two_desks_that_press_go_at_once_start_one_cue(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    house.loses = lambda: True  # neither has heard of the other's when it stamps its own
    attic.step(("go", "", 0.0))
    cellar.step(("go", "", 0.0))
    house.loses = lambda: False
    run(house, 3.0, attic, cellar)
    run_until(lambda: attic.performance.control == cellar.performance.control, house, attic, cellar)
    assert len(attic.performance.control.starts) == 1


def test_a_second_go_that_was_heard_of_is_refused(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    attic.step(("go", "", 0.0))
    with pytest.raises(RefusedError, match="last GO"):
        cellar.step(("go", "", 0.0))


def test_a_message_that_comes_late_counts_by_its_stamp_and_is_counted(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    house.loses = lambda: True
    attic.step(("go", "b", 0.0))
    house.loses = lambda: False
    run(house, 2.0, attic, cellar)
    run_until(lambda: cellar.performance.control == attic.performance.control, house, attic, cellar)
    assert cellar.member.late_messages == 1
    assert cellar.member.worst_late_frames > 0


def test_a_machine_that_comes_back_is_where_the_others_are(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    run(house, 1.0, attic, cellar)
    cellar.step(("go", "c", 0.0), ("set", "/master", 0.5))
    run(house, 2.0, attic, cellar)
    cellar.close()
    run(house, 30.0, attic)
    attic.step(("blackout", "", 0.0))
    back = machine(stack, house, "cellar")
    back.step()
    assert back.frame_number == attic.frame_number
    assert back.performance.control == attic.performance.control
    assert back.performance.frame_at(400) == attic.performance.frame_at(400)


def test_a_machine_that_joins_asks_only_the_oldest_for_the_show(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = LocalHouse("attic", "cellar", "hall", "porch")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    run(house, 1.0, attic, cellar)
    house.cut.add("hall")
    hall = machine(stack, house, "hall")
    house.cut.clear()
    asked: list[str] = []
    for one in (hall, cellar, attic):
        monkeypatch.setattr(one.member, "answer", _noting(one, asked))
    porch = machine(stack, house, "porch")
    assert porch.joined is not None
    assert porch.joined.state.epoch == attic.clock.epoch < hall.clock.epoch
    assert [one for one in asked if one.startswith("state")] == ["state of attic"]


def test_both_halves_play_on_and_agree_when_they_heal(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar", "hall")
    attic, cellar, hall = machines = [machine(stack, house, name) for name in ("attic", "cellar", "hall")]
    run(house, 1.0, *machines)
    house.part("hall")
    run(house, 1.0, *machines)
    attic.step(("go", "b", 0.0))
    hall.step(("set", "/master", 0.25))
    run(house, 60.0, *machines)
    assert hall.performance.control != attic.performance.control
    house.heal()
    run_until(
        lambda: attic.performance.control == cellar.performance.control == hall.performance.control, house, *machines
    )
    assert sorted(frames_of(attic)) == sorted(frames_of(cellar)) == sorted(frames_of(hall))


def test_whatever_is_lost_all_agree_in_the_end(stack: ExitStack) -> None:
    house, chance = LocalHouse("attic", "cellar", "hall"), random.Random(3)
    house.loses = lambda: chance.random() < 0.3
    machines = [machine(stack, house, name) for name in ("attic", "cellar", "hall")]
    for number in range(120):
        house.seconds += 0.1
        for one in machines:
            if chance.random() < 0.1:
                one.step(("set", "/master", number / 120), ("pause" if number % 2 else "resume", "", 0.0))
            else:
                one.step()
    house.loses = lambda: False
    first, *others = machines
    run_until(lambda: all(one.performance.control == first.performance.control for one in others), house, *machines)
    assert first.performance.control.value_at("/master", first.frame_number) != 1.0


def test_a_machine_that_lacks_much_gets_it_in_parts(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.fleet.member.MAX_TOLD", 10)
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    run(house, 1.0, attic, cellar)
    house.part("cellar")
    for number in range(95):
        attic.step(("set", "/master", number / 100))
    house.heal()
    run_until(lambda: len(cellar.journal) == 95, house, attic, cellar)
    assert cellar.performance.control == attic.performance.control


def test_a_machine_that_is_away_is_named(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar", "hall")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    run(house, 6.0, attic, cellar)
    assert attic.told == ("hall: not there yet; start its player, or check its address, cable and keys",)
    house.die("cellar")
    run(house, 1.0, attic)
    assert attic.told[0].startswith("cellar: not there any more")


def test_a_machine_that_plays_another_edition_is_named(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    cellar.digests = {"score": "other"}
    run(house, 3.0, attic, cellar)
    assert attic.told == ("cellar plays another score: copy the files of one machine to the other",)


def test_another_version_whose_frames_differ_plays_apart_and_both_say_so(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    monkeypatch.setattr("installation.fleet.ensemble.__version__", "9.9.9")  # both say so of themselves
    cellar.ensemble._proof = attic.ensemble._proof = FrameProof(replace(house.score, digest="drawn otherwise"))
    run(house, 1.0, cellar)
    attic.ensemble._proof = FrameProof(house.score)
    run(house, 8.0, attic, cellar)
    told = (
        "cellar has version 9.9.9 of the player, this machine 9.9.9, and their frames differ: they do not play together"
    )
    assert any(one.startswith(told) for one in attic.told)
    attic.step(("go", "b", 0.0))
    run(house, 2.0, attic, cellar)
    assert (len(attic.journal), len(cellar.journal)) == (1, 0)


def test_another_version_whose_frames_are_the_same_plays_along(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    monkeypatch.setattr("installation.fleet.ensemble.__version__", "9.9.9")
    run(house, 8.0, attic, cellar)
    assert not attic.told
    attic.step(("go", "b", 0.0))
    run(house, 2.0, attic, cellar)
    assert frames_of(attic) == frames_of(cellar)


def test_who_comes_after_an_edit_is_told_the_show_from_there_on(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic = machine(stack, house, "attic")
    run(house, 5.0, attic)
    attic.step(("set", "/master", 0.25))
    run(house, 1.0, attic)
    edited = replace(house.score, title="Edited", digest="edited")
    assert attic.performance.succeed(edited, attic.frame_number + 1, 0.0)
    attic.ensemble.take()
    attic.step(("go", "b", 0.0))
    run(house, 2.0, attic)
    house.score = edited
    cellar = machine(stack, house, "cellar")
    cellar.step()
    assert cellar.joined is not None
    assert cellar.joined.state.base.score == "edited"
    assert cellar.performance.control == attic.performance.control


def test_a_frame_that_differs_is_an_alarm_that_names_the_field(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic, cellar = (machine(stack, house, name) for name in ("attic", "cellar"))
    run(house, 4.0, attic, cellar)
    assert not attic.told
    other = cellar.performance.score
    cellar.performance.score = replace(other, cues=other.cues[1:])
    run_until(lambda: any("here, " in one for one in attic.told), house, attic, cellar)
    assert any("cue: 'a' here, 'b' there" in one for one in attic.told)


def test_a_standby_stands_in_and_gives_back(stack: ExitStack) -> None:
    house = LocalHouse("attic", "spare", standby_for="attic")
    attic, spare = (machine(stack, house, name) for name in ("attic", "spare"))
    run(house, 8.0, attic, spare)
    assert not spare.ensemble.is_shown("attic")
    house.die("attic")
    run(house, 0.2, spare)
    assert spare.ensemble.is_shown("attic")
    attic = machine(stack, house, "attic")
    run(house, 2.0, attic, spare)
    assert spare.ensemble.is_shown("attic"), "not before the other has been well for a while"
    run(house, 3.0, attic, spare)
    assert not spare.ensemble.is_shown("attic")


def test_a_standby_gives_back_on_command_only_where_the_rig_says_so(stack: ExitStack) -> None:
    house = LocalHouse("attic", "spare", standby_for="attic")
    attic, spare = house.fleet.machines
    house.fleet = replace(house.fleet, machines=(attic, replace(spare, gives_back="on command")))
    first, standby = (machine(stack, house, name) for name in ("attic", "spare"))
    run(house, 8.0, first, standby)

    def asked() -> bytes:
        return standby.member.answer("give-back", b"")

    assert asked() == b"it does not show the heads of attic now"
    house.die("attic")
    run(house, 0.2, standby)
    assert asked() == b"attic does not play, and nobody would show its heads; start it first"
    back = machine(stack, house, "attic")
    run(house, 10.0, back, standby)
    assert standby.ensemble.is_shown("attic"), "nobody has told it to give back"
    assert asked() == b""
    run(house, 0.2, back, standby)
    assert not standby.ensemble.is_shown("attic")
    assert first.member.answer("give-back", b"") == b"it is standby for no machine"


def test_any_machine_lets_a_standby_give_back_or_says_why_it_keeps_the_heads(stack: ExitStack) -> None:
    house = LocalHouse("attic", "hall", "spare", standby_for="attic")
    *others, spare = house.fleet.machines
    house.fleet = replace(house.fleet, machines=(*others, replace(spare, gives_back="on command")))
    attic, hall, standby = (machine(stack, house, name) for name in ("attic", "hall", "spare"))
    run(house, 8.0, attic, hall, standby)
    house.die("attic")
    run(house, 0.2, hall, standby)
    kept: list[str] = []
    hall.ensemble.give_back("spare", kept.append)
    standby.ensemble.give_back("spare", kept.append)
    why = "attic does not play, and nobody would show its heads; start it first"
    run_until(lambda: kept == [why, why], house, hall, standby)
    back = machine(stack, house, "attic")
    run(house, 10.0, back, hall, standby)
    assert standby.ensemble.is_shown("attic")
    hall.ensemble.give_back("spare", kept.append)
    run_until(lambda: not standby.ensemble.is_shown("attic"), house, back, hall, standby)
    assert len(kept) == 2
    house.part("spare")
    hall.ensemble.give_back("spare", kept.append)
    run_until(lambda: kept[2:] == ["it does not answer"], house, back, hall, standby)


def test_a_machine_with_a_wrong_clock_plays_by_the_others_and_says_so(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic = machine(stack, house, "attic")
    run(house, 10.0, attic)
    cellar = machine(stack, house, "cellar", off_seconds=3600.0)
    run(house, 3.0, attic, cellar)
    assert cellar.frame_number == attic.frame_number
    assert any("the system clock is 3.6e+03 s off the other machines'" in one for one in cellar.told)


def test_two_machines_that_began_apart_go_on_with_the_older_show(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    attic = machine(stack, house, "attic")
    run(house, 20.0, attic)
    attic.step(("go", "c", 0.0))
    house.part("attic")
    cellar = machine(stack, house, "cellar")
    run(house, 5.0, attic, cellar)
    assert cellar.clock.epoch > EPOCH + 10
    house.heal()
    run_until(lambda: cellar.frame_number == attic.frame_number, house, attic, cellar)
    assert cellar.clock.epoch == attic.clock.epoch
    assert cellar.performance.control == attic.performance.control


def test_machines_that_start_at_once_have_one_epoch_however_near_they_began(stack: ExitStack) -> None:
    house = LocalHouse("attic", "cellar")
    house.part("attic")
    attic = machine(stack, house, "attic")
    house.seconds += 0.06
    cellar = machine(stack, house, "cellar")
    for one in (attic, cellar):
        one.step(("set", "/master", 0.5 if one is attic else 0.25))
    house.heal()
    run_until(lambda: cellar.clock.epoch == attic.clock.epoch, house, attic, cellar)
    run_until(lambda: attic.performance.control == cellar.performance.control, house, attic, cellar)
    assert len(attic.member.messages) == len(cellar.member.messages) == 2
