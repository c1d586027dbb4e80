"""What chrony says is read, and what it must be told is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.fleet.chrony import ORPHAN_STRATUM, TRACKING, configuration, read_tracking
from installation.rig.machines import Fleet, Machine
from installation.soak.trial import free_port
from tests.fleet.local_house import eventually

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


def test_a_house_without_an_outside_clock_follows_its_own() -> None:
    line = "7F7F0101,,8,1796140302.0,0.000000597,-0.0000003,0.000001,-0.013,0.0,0.02,0.0000012,0.0000003,1.0,Normal"
    assert str(read_tracking(line)) == "+0.001 ms off the house's own clock, 0.001 ms at most"


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


@pytest.mark.skipif(shutil.which("chronyd") is None or os.getuid() != 0, reason="chronyd is not here, or not for us")
def test_a_real_chrony_with_what_is_written_is_read(tmp_path: Path) -> None:
    port, asked_at = free_port(), free_port()
    fleet = Fleet((Machine("attic", "127.0.0.2"), Machine("cellar", "127.0.0.3")))
    own = f"port {port}\ncmdport {asked_at}\nbindcmdaddress 127.0.0.1\npidfile {tmp_path / 'pid'}\n"
    (tmp_path / "chrony.conf").write_text(configuration(fleet, fleet.machines[0]) + own)
    lines: list[str] = []

    def answers() -> bool:
        command = [TRACKING[0], "-h", "127.0.0.1", "-p", str(asked_at), *TRACKING[1:]]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        lines.append(answer.stdout)
        return answer.returncode == 0 and read_tracking(answer.stdout).is_synchronised

    # With -x it never sets this machine's clock.
    with subprocess.Popen(
        ["chronyd", "-x", "-d", "-f", str(tmp_path / "chrony.conf")], stderr=subprocess.DEVNULL
    ) as one:
        try:
            eventually(answers, 30.0)
        finally:
            one.terminate()
    tracking = read_tracking(lines[-1])
    assert (tracking.status, tracking.stratum) == ("ok", ORPHAN_STRATUM)
    assert "the house's own clock" in str(tracking)


@pytest.mark.skipif(shutil.which("chronyd") is None, reason="chronyd is not installed")
def test_chrony_accepts_what_is_written(tmp_path: Path) -> None:
    file = tmp_path / "chrony.conf"
    file.write_text(configuration(FLEET, FLEET.machines[0]))
    answer = subprocess.run(["chronyd", "-p", "-f", str(file)], capture_output=True, text=True, timeout=10, check=False)
    assert answer.returncode == 0, answer.stderr
