"""The rig that is written first is one that can be read, and means the monitors that it was written for."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from installation.rig.detect import rig_text
from installation.rig.head import match_monitors
from installation.rig.monitors import Monitor, MonitorIdentity
from installation.rig.venue import read_venue

SAID = st.sampled_from(
    [
        *("", "DELL U2720Q", "BARCO F80", 'a "b" #c: {d}', "0017", "on", "PJ\ufffd"),
        *("Name\0\0", "\0" * 13, "AA\r0000", "a\x7fb"),
    ]
)
MONITORS = st.lists(
    st.builds(
        Monitor,
        st.sampled_from(["HDMI-1", "HDMI-2", "DP-1", "eDP-1", "DUMMY0"]),
        st.builds(MonitorIdentity, SAID, SAID),
        st.sampled_from([0, 1920, 3840]),
        st.just(0),
        st.just(1920),
        st.just(1080),
        st.just(60.0),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.connector,
)


@given(MONITORS)
@settings(max_examples=60, deadline=None)
def test_a_detected_rig_puts_every_output_on_the_monitor_it_was_written_for(
    tmp_path_factory: object, monitors: list[Monitor]
) -> None:
    rig = tmp_path_factory.mktemp("rig") / "rig.yaml"  # type: ignore[attr-defined]
    outputs = [f"out{number}" for number in range(len(monitors))]
    rig.write_text(rig_text(outputs, monitors))
    assert match_monitors(read_venue(rig).heads, monitors) == dict(zip(outputs, monitors, strict=True))


def test_outputs_and_monitors_that_are_left_over_are_said(tmp_path: Path) -> None:
    left = Monitor("HDMI-1", MonitorIdentity(), 0, 0, 1920, 1080, 60.0)
    right = Monitor("HDMI-2", MonitorIdentity(), 1920, 0, 1920, 1080, 60.0)
    assert "  # right: no monitor was left for it\n" in rig_text(["left", "right"], [left])
    assert rig_text(["left"], [left, right]).endswith("# no output was left for HDMI-2 1920x1080+1920+0 at 60 Hz\n")
    (tmp_path / "rig.yaml").write_text(rig_text(["left"], [left, right]))
    assert len(read_venue(tmp_path / "rig.yaml").heads) == 1
