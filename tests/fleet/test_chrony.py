"""What chrony says is read, and what it must be told is written."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.fleet.chrony import configuration, read_tracking
from installation.rig.machines import Fleet, Machine

GOOD = "0A000004,10.0.0.4,9,1764547200.1,0.000037,-0.00001,0.00004,-12.3,0.001,0.02,0.0021,0.00012,1.0,Normal\n"
FLEET = Fleet((Machine("attic", "10.0.0.4"), Machine("cellar", "10.0.0.5"), Machine("hall", "10.0.0.6")))


def test_a_good_clock_reads_as_one() -> None:
    tracking = read_tracking(GOOD)
    assert tracking.status == "ok"
    assert tracking.bound_seconds == pytest.approx(0.000037 + 0.00012 + 0.00105)
    assert str(tracking) == "+0.037 ms off 10.0.0.4, 1.207 ms at most"


@pytest.mark.parametrize(("offset", "status"), [("0.0009", "ok"), ("-0.002", "warn"), ("0.0051", "fail")])
def test_offsets_warn_and_alarm(offset: str, status: str) -> None:
    assert read_tracking(GOOD.replace("0.000037", offset)).status == status


def test_a_clock_that_follows_nothing_is_an_alarm() -> None:
    tracking = read_tracking(GOOD.replace("Normal", "Not synchronised"))
    assert (tracking.status, str(tracking)) == ("fail", "chrony runs but follows no clock yet")


@pytest.mark.parametrize("text", ["", "506 Cannot talk to daemon", "a,b,c,d,e,f,g,h,i,j,k,l,m,n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DeviceError, match="not a tracking report"):
        read_tracking(text)


def test_each_machine_has_the_others_as_sources() -> None:
    text = configuration(FLEET, FLEET.machines[1])
    assert "server 10.0.0.4 iburst" in text
    assert "server 10.0.0.6 iburst" in text
    assert "10.0.0.5" not in text


@pytest.mark.skipif(shutil.which("chronyd") is None, reason="chronyd is not installed")
def test_chrony_accepts_what_is_written(tmp_path: Path) -> None:
    file = tmp_path / "chrony.conf"
    file.write_text(configuration(FLEET, FLEET.machines[0]))
    answer = subprocess.run(["chronyd", "-p", "-f", str(file)], capture_output=True, text=True, timeout=10, check=False)
    assert answer.returncode == 0, answer.stderr
