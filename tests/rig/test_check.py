"""A rig on the machine that it is for: what is wrong, and what may only be switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.errors import RigError
from installation.rig.check import RigCheckResult, as_text, check_rig, rig_mismatches
from installation.rig.monitors import Monitor, MonitorIdentity
from tests.desk.page.fake_show import small_score

RIG = """\
heads:
  left: {monitor: {connector: HDMI-1}}
  right: {monitor: {name: DELL}}
"""
LEFT = Monitor("HDMI-1", MonitorIdentity("BARCO", "X9"), 0, 0, 1920, 1080, 60.0)
RIGHT = Monitor("DP-1", MonitorIdentity("DELL", "A1"), 1920, 0, 1920, 1080, 60.0)
CONNECTORS = ("HDMI-1", "HDMI-2", "DP-1", "DP-2")


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    return path


def test_a_right_rig_says_where_every_output_is_seen(rig: Path) -> None:
    checked = check_rig(rig, [LEFT, RIGHT], CONNECTORS)
    assert checked == RigCheckResult({"left": LEFT, "right": RIGHT}, ())
    assert as_text(checked) == f"left: {LEFT}\nright: {RIGHT}"


def test_a_connector_that_the_machine_does_not_have_is_a_mistake_with_its_line(rig: Path) -> None:
    rig.write_text(RIG.replace("HDMI-1", "HMDI-1"))
    with pytest.raises(RigError) as caught:
        check_rig(rig, [LEFT, RIGHT], CONNECTORS)
    assert str(caught.value) == (
        f"{rig}:2:19: heads.left.monitor: this machine has no connector 'HMDI-1'; it has HDMI-1, HDMI-2, DP-1, DP-2; "
        "did you mean 'HDMI-1'?\n"
        f"warning: {rig}:2:3: heads: no output is shown on {LEFT}"
    )


def test_a_projector_that_is_switched_off_is_only_a_warning(rig: Path) -> None:
    (warning,) = check_rig(rig, [RIGHT], CONNECTORS).warnings
    assert (warning.line, warning.message) == (
        2,
        f"left stays dark: its monitor is not connected, or switched off; connected: {RIGHT}",
    )
    warnings = check_rig(rig, [LEFT], ()).warnings  # nobody knows the connectors here
    assert [warning.line for warning in warnings] == [3]


def test_a_monitor_that_no_output_uses_is_told(rig: Path) -> None:
    spare = Monitor("DP-2", MonitorIdentity(), 3840, 0, 1920, 1080, 60.0)
    (warning,) = check_rig(rig, [LEFT, RIGHT, spare], CONNECTORS).warnings
    assert warning.message == f"no output is shown on {spare}"


def test_a_head_that_could_mean_two_monitors_is_a_mistake(rig: Path) -> None:
    twin = Monitor("DP-2", MonitorIdentity("DELL", "B2"), 3840, 0, 1920, 1080, 60.0)
    with pytest.raises(RigError, match=r"rig.yaml:3:\d+: heads.right.monitor: this matches DP-1 and DP-2; add more"):
        check_rig(rig, [LEFT, RIGHT, twin], CONNECTORS)


def test_a_show_that_starts_anyway_is_told_all_of_it(rig: Path) -> None:
    score = small_score()
    mistakes, warnings = rig_mismatches(rig, [RIGHT], CONNECTORS, score)
    assert (mistakes, [one.line for one in warnings]) == ((), [2, 2])  # and the score has a third output
    rig.write_text(RIG.replace("HDMI-1", "HMDI-1"))
    mistakes, warnings = rig_mismatches(rig, [], CONNECTORS, score)
    assert ([one.line for one in mistakes], [one.line for one in warnings]) == ([2], [2, 3])


def test_what_may_be_switched_off_is_told_beside_a_mistake(rig: Path) -> None:
    rig.write_text(RIG.replace("HDMI-1", "HMDI-1"))
    with pytest.raises(RigError) as caught:
        check_rig(rig, [LEFT], CONNECTORS)
    first, second, third = str(caught.value).splitlines()
    assert (len(caught.value.mistakes), first.startswith(f"{rig}:2:")) == (1, True)
    assert second == f"warning: {rig}:2:3: heads: no output is shown on {LEFT}"
    assert third.startswith(f"warning: {rig}:3:20: heads.right.monitor: right stays dark")


def test_other_mistakes_are_told_as_well(rig: Path) -> None:
    rig.write_text(RIG.replace("{name: DELL}}", "{name: DELL}, black_lift: 1}").replace("HDMI-1", "HDMI-9"))
    with pytest.raises(RigError) as caught:
        check_rig(rig, [LEFT, RIGHT], CONNECTORS)
    assert len(caught.value.mistakes) == 2


def test_two_outputs_on_one_monitor_are_a_mistake_however_they_name_it(rig: Path) -> None:
    rig.write_text(RIG.replace("name: DELL", "position: [0, 0]"))
    with pytest.raises(RigError, match=r"rig.yaml:3:20: .* which is left's already; a monitor shows one output"):
        check_rig(rig, [LEFT, RIGHT], CONNECTORS)


def test_an_output_of_the_score_that_no_head_shows_is_told(rig: Path) -> None:
    warnings = check_rig(rig, [LEFT, RIGHT], CONNECTORS, small_score()).warnings
    assert [warning.message for warning in warnings] == ["centre is seen nowhere: it has no head"]


def test_a_position_that_is_none_is_a_mistake_with_its_line(rig: Path) -> None:
    rig.write_text(RIG.replace("name: DELL", "connector: DP-1, position: [0, abc]"))
    with pytest.raises(RigError, match=r"rig.yaml:3:\d+: .*'abc'"):
        check_rig(rig, [LEFT, RIGHT], CONNECTORS)


def test_an_area_beyond_its_monitor_is_a_mistake_and_one_within_uses_the_monitor(rig: Path) -> None:
    rig.write_text("heads:\n  left: {monitor: {connector: HDMI-1}, area: [0, 0, 10, 10]}\n")
    assert [str(one.message) for one in check_rig(rig, [LEFT], CONNECTORS).warnings] == []
    rig.write_text("heads:\n  left: {monitor: {connector: HDMI-1}, area: [10, 0, 9000, 10]}\n")
    with pytest.raises(RigError, match=r"rig.yaml:2:\d+: heads.left.area: \[10, 0, 9000, 10\] reaches beyond HDMI-1"):
        check_rig(rig, [LEFT], CONNECTORS)
