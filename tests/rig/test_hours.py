"""Opening hours over years of wall time, in zones with every kind of clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.errors import RigError
from installation.rig.hours import DAY_MINUTES, Hours, Opening, OpeningState, OpeningWatch, opening_state_at
from installation.rig.venue import read_venue

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
]

TEN_TO_SIX = Opening(10 * 60, 18 * 60)
GALLERY = Hours(
    "Europe/Berlin",
    week=((), *((TEN_TO_SIX,),) * 4, (Opening(11 * 60, 13 * 60), Opening(14 * 60, 26 * 60)), ()),
    exceptions=((date(2026, 12, 25), ()), (date(2026, 12, 28), (TEN_TO_SIX,))),
    warm_up_seconds=900,
    goodnight_seconds=300,
)


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("when", "state", "until"),
    [
        ("2026-11-24 09:44:59", "closed", "2026-11-24 09:45"),
        ("2026-11-24 09:45", "warm-up", "2026-11-24 10:00"),
        ("2026-11-24 10:00", "open", "2026-11-24 18:00"),
        ("2026-11-24 18:00", "goodnight", "2026-11-24 18:05"),
        ("2026-11-24 18:05", "closed", "2026-11-25 09:45"),
        ("2026-11-28 13:30", "closed", "2026-11-28 13:45"),
        ("2026-11-29 01:59", "open", "2026-11-29 02:00"),
        ("2026-11-29 03:00", "closed", "2026-12-01 09:45"),
        ("2026-12-25 12:00", "closed", "2026-12-26 10:45"),
        ("2026-12-28 12:00", "open", "2026-12-28 18:00"),
    ],
)
def test_a_gallery_opens_closes_and_says_goodnight_by_the_clock_on_the_wall(when: str, state: str, until: str) -> None:
    door = opening_state_at(GALLERY, at(when))
    assert (door.state, door.until) == (state, at(until))


def test_a_warm_up_cuts_a_goodnight_short() -> None:
    hours = Hours("UTC", ((Opening(600, 660), Opening(670, 700)), *((),) * 6), (), 300, 600)
    monday = datetime(2026, 11, 23, 11, 2, tzinfo=UTC).timestamp()
    assert opening_state_at(hours, monday).state == "goodnight"
    assert opening_state_at(hours, monday).until == monday + 180
    assert opening_state_at(hours, monday + 180).state == "warm-up"


def test_a_house_that_never_closes_has_no_next_change() -> None:
    always = Hours("Europe/Berlin", ((Opening(0, DAY_MINUTES),),) * 7)
    assert opening_state_at(always, at("2026-03-29 02:30")).state == "open"
    assert opening_state_at(always, at("2026-03-29 02:30")).until is None


def test_a_watch_says_what_the_hours_say_whichever_way_the_clock_is_set() -> None:
    watch = OpeningWatch(GALLERY)
    noon = at("2026-11-24 12:00")
    for seconds in (0, 1, 59, 3_600, 6 * 3_600, 6 * 3_600 + 299, 300, 86_400, 80_000, -400 * 86_400, 40 * 86_400):
        assert watch.at(noon + seconds) == opening_state_at(GALLERY, noon + seconds)


def test_a_house_that_is_always_open_costs_no_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def looked(hours: Hours, wall_seconds: float) -> OpeningState:
        looks.append(wall_seconds)
        return opening_state_at(hours, wall_seconds)

    monkeypatch.setattr("installation.rig.hours.opening_state_at", looked)
    watch = OpeningWatch(Hours("UTC", ((Opening(0, DAY_MINUTES),),) * 7))
    assert {watch.at(float(second)).state for second in range(3_600)} == {"open"}
    assert looks == [0.0]


def test_a_house_that_never_opens_stays_closed() -> None:
    assert opening_state_at(Hours("Europe/Berlin", ((),) * 7), 0.0).until is None


def test_when_the_clock_is_set_back_the_house_opens_at_the_first_and_closes_at_the_last_of_two_equal_times() -> None:
    late = Hours("Europe/Berlin", ((Opening(150, 170),),) * 7)
    assert opening_state_at(late, at("2026-10-25 02:30")).state == "open"
    assert opening_state_at(late, at("2026-10-25 02:20", fold=1)).until == at("2026-10-25 02:50", fold=1)


@pytest.mark.parametrize(
    ("opens", "closes", "open_from", "open_until"),
    [
        ((1, 30), (2, 30), "01:30", "03:00"),
        ((2, 30), (3, 15), "03:00", "03:15"),
        ((2, 0), (3, 0), None, None),
        ((2, 30), (2, 50), None, None),
    ],
)
def test_when_the_clock_is_set_forward_the_house_is_open_while_it_shows_a_time_within_the_hours(
    opens: tuple[int, int], closes: tuple[int, int], open_from: str | None, open_until: str | None
) -> None:
    late = Hours("Europe/Berlin", ((), (), (), (), (), (), (Opening(*(60 * h + m for h, m in (opens, closes))),)))
    midnight = at("2026-03-29 00:00")
    if open_from is None:
        assert opening_state_at(late, midnight).until == at(f"2026-04-05 {opens[0]:02}:{opens[1]:02}")
        return
    assert opening_state_at(late, midnight).until == at(f"2026-03-29 {open_from}")
    assert opening_state_at(late, at(f"2026-03-29 {open_from}")).until == at(f"2026-03-29 {open_until}")


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[Opening, ...], ...]:
    days = []
    for _ in range(7):
        marks = sorted(draw(st.lists(st.integers(0, DAY_MINUTES), max_size=6, unique=True)))
        days.append(tuple(Opening(opens, closes) for opens, closes in pairwise(marks))[::2])
    return tuple(days)


HOURS = st.builds(
    Hours,
    st.sampled_from(ZONES),
    weeks(),
    st.just(()),
    st.sampled_from([0.0, 60.0, 900.0, 7200.0]),
    st.sampled_from([0.0, 60.0, 900.0, 7200.0]),
)
MOMENTS = st.floats(datetime(2011, 1, 1, tzinfo=UTC).timestamp(), datetime(2040, 1, 1, tzinfo=UTC).timestamp())


@given(HOURS, MOMENTS)
@settings(max_examples=150, deadline=None)
def test_the_state_holds_until_the_change_that_it_announces(hours: Hours, moment: float) -> None:
    door = opening_state_at(hours, moment)
    if door.until is None:
        assert door.state in ("open", "closed")
        return
    assert door.until > moment
    for share in (0.25, 0.5, 0.999):
        assert opening_state_at(hours, moment + share * (door.until - moment)) == door
    assert opening_state_at(hours, door.until).state != door.state


@given(HOURS, MOMENTS)
@settings(max_examples=150, deadline=None)
def test_unless_the_clock_is_set_back_the_house_is_open_when_the_clock_on_the_wall_says_so(
    hours: Hours, moment: float
) -> None:
    zone = ZoneInfo(hours.zone)
    local = datetime.fromtimestamp(moment, zone)
    offsets = [
        datetime.fromtimestamp(moment + 3600 * step, zone).utcoffset() or timedelta() for step in range(-49, 49, 7)
    ]
    minutes = (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(minutes=1)
    said = any(opening.opens <= minutes < opening.closes for opening in hours.week[local.weekday()])
    if offsets == sorted(offsets):
        assert (opening_state_at(hours, moment).state == "open") == said


@given(HOURS, MOMENTS)
@settings(max_examples=50, deadline=None)
def test_states_follow_one_another_in_order(hours: Hours, moment: float) -> None:
    before = opening_state_at(hours, moment)
    for _ in range(12):
        if before.until is None:
            return
        after = opening_state_at(hours, before.until)
        follows = {"closed": {"warm-up", "open"}, "warm-up": {"open"}, "open": {"goodnight", "closed", "warm-up"}}
        assert after.state in follows.get(before.state, {"closed", "warm-up", "open"})
        before = after


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-12-24 to 9999-12-31"])
def test_an_exception_at_the_end_of_all_dates_is_a_mistake_and_no_crash(tmp_path: Path, day: str) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text(f"hours: {{zone: Europe/Berlin, days: {{daily: 10:00-18:00}}, exceptions: {{{day}: closed}}}}\n")
    with pytest.raises(RigError, match=r"rig.yaml:1:\d+: .*1970 to 2999"):
        read_venue(rig)
