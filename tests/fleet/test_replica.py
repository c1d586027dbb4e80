"""Machines that were cut apart have the same messages once they have met, whatever was lost on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installation.fleet.replica import Replica, ReplicaEntry
from installation.show.control import Message

MACHINES = ("attic", "cellar", "hall")


def said(frame: int, machine: str) -> Message:
    return Message(frame, 0, "pause", machine=machine)


def meet(one: Replica, other: Replica) -> None:
    """As a status and the question that follows it: each tells what it has, and asks for what it lacks."""
    for asks, tells in ((one, other), (other, one)):
        if asks.lacks(tells.known):
            assert tells.can_tell(asks.known)
            asks.take(tells.since(asks.known))


steps = st.lists(st.tuples(st.sampled_from(MACHINES), st.sets(st.sampled_from(MACHINES))), max_size=60)


@given(steps, st.lists(st.tuples(st.sampled_from(MACHINES), st.sampled_from(MACHINES)), max_size=4))
def test_whatever_is_lost_comes_when_they_meet(
    steps: list[tuple[str, set[str]]], meetings: list[tuple[str, str]]
) -> None:
    replicas = {name: Replica(f"{name}:1") for name in MACHINES}
    for frame, (speaker, hearers) in enumerate(steps):
        entry = replicas[speaker].make(said(frame, speaker))
        for hearer in hearers - {speaker}:
            replicas[hearer].take([entry])
    for one, other in [*meetings, ("attic", "cellar"), ("cellar", "hall"), ("attic", "hall"), ("attic", "cellar")]:
        if one != other:
            meet(replicas[one], replicas[other])
    assert replicas["attic"].entries == replicas["cellar"].entries == replicas["hall"].entries
    assert len(replicas["attic"]) == len(steps)


def test_each_message_is_new_once() -> None:
    replica = Replica("attic:1")
    entry = ReplicaEntry("cellar:1", 0, said(3, "cellar"))
    assert replica.take([entry, entry]) == [entry.message]
    assert replica.take([entry]) == []


def test_a_gap_is_known_until_it_is_filled() -> None:
    replica = Replica("attic:1")
    replica.take([ReplicaEntry("cellar:1", 1, said(4, "cellar"))])
    assert replica.lacks({"cellar:1": 2})
    replica.take([ReplicaEntry("cellar:1", 0, said(3, "cellar"))])
    assert not replica.lacks({"cellar:1": 2})


def test_what_is_forgotten_is_told_by_the_state_only() -> None:
    replica = Replica("attic:1")
    for frame in range(10):
        replica.make(said(frame, "attic"))
    replica.forget(6)
    assert len(replica) == 4
    assert replica.can_tell({"attic:1": 6})
    assert not replica.can_tell({"attic:1": 2})
    assert not replica.can_tell({})


def test_who_takes_over_a_state_lacks_nothing_of_it() -> None:
    replica = Replica("attic:1")
    replica.adopt({"cellar:1": 500})
    assert not replica.lacks({"cellar:1": 500})
    assert replica.take([ReplicaEntry("cellar:1", 499, said(1, "cellar"))]) == []
    assert replica.take([ReplicaEntry("cellar:1", 500, said(2, "cellar"))]) == [said(2, "cellar")]
