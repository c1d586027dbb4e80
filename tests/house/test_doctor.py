"""What the doctor says of machines that are well and of machines that are not."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from installation.commands.doctor import doctor as doctor_command
from installation.house import doctor
from installation.house.cards import Ask
from installation.house.doctor import Diagnosis
from installation.outputs.films.formats import FORMATS

ENCODERS = sorted({one.encoder for one in FORMATS.values() if one.encoder})


def machine(**answers: str | Exception) -> Ask:
    """A machine whose programs answer as told, by the last word of the command; all others are missing."""

    def ask(command: Sequence[str]) -> str:
        answer = answers.get(command[-1].rpartition(".")[2], FileNotFoundError(2, "No such file or directory"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


RIG_CHECK = ("installation", "rig", "check", "hall.yaml")


def failed(said: str) -> subprocess.CalledProcessError:
    return subprocess.CalledProcessError(2, "installation", stderr=said)


CARD = "NVIDIA RTX A2000 12GB, 550.54.15, {}, 12282, {}\n"


NOWHERE = Path("nowhere")


def gl(renderer: str) -> str:
    return json.dumps({"vendor": "x", "renderer": renderer, "version": "4.6"})


def monitor(connector: str, refresh_hz: float = 60.0) -> dict[str, object]:
    return {"connector": connector, "width": 1920, "height": 1080, "refresh_hz": refresh_hz}


@pytest.mark.parametrize(
    ("finding", "status", "what"),
    [
        (doctor.graphics(machine(gl=gl("NVIDIA RTX A2000"))), "ok", "NVIDIA RTX A2000, OpenGL 4.6"),
        (doctor.graphics(machine(gl=gl("llvmpipe (LLVM 15)"))), "warn", "drawn by the processor"),
        (doctor.graphics(machine(gl=subprocess.CalledProcessError(-11, "probe"))), "fail", "signal 11"),
        (doctor.graphics(machine(gl=subprocess.TimeoutExpired("probe", 10))), "fail", "no answer in 10 s"),
        (doctor.card(machine(gpu=CARD.format(2048, 61))), "ok", "driver 550.54.15, 2048 of 12282 MiB used, 61 °C"),
        (doctor.card(machine(gpu=CARD.format(2048, 88))), "warn", "88 °C"),
        (doctor.card(machine(gpu=CARD.format(12000, 61))), "warn", "12000 of 12282 MiB"),
        (doctor.card(machine(gpu="No devices were found\n"), NOWHERE), "ok", "no graphics card reports its state"),
        (doctor.card(machine(), NOWHERE), "ok", "no graphics card reports its state"),
        (doctor.monitors(machine(connected=json.dumps([monitor("HDMI-1")]))), "ok", "HDMI-1 1920x1080 at 60 Hz"),
        (
            doctor.monitors(machine(connected=json.dumps([monitor("HDMI-1"), monitor("DP-2", 50)]))),
            "warn",
            "DP-2 1920x1080 at 50 Hz",
        ),
        (doctor.monitors(machine(connected="[]")), "fail", "none is connected"),
        (doctor.monitors(machine()), "warn", "no display"),
        (doctor.rig(machine(yaml="left: HDMI-1\nhall.yaml: no mistakes\n"), RIG_CHECK), "ok", "has its monitor"),
        (
            doctor.rig(machine(yaml="warning: hall.yaml:2:9: left stays dark\n"), RIG_CHECK),
            "warn",
            "hall.yaml:2:9: left stays dark",
        ),
        (
            doctor.rig(machine(yaml=failed("hall.yaml:2:9: a mistake\nhall.yaml:3:9: and one more\n")), RIG_CHECK),
            "fail",
            "2 mistakes, the first: hall.yaml:2:9: a mistake",
        ),
        (doctor.rig(machine(), RIG_CHECK), "fail", ""),
        (doctor.display_sleep(machine(q="  timeout:  600    cycle:  600\n")), "warn", "blanks after 600 s"),
        (
            doctor.display_sleep(machine(q="  timeout:  0    cycle:  600\n  DPMS is Enabled\n")),
            "warn",
            "power management",
        ),
        (doctor.display_sleep(machine(q="  timeout:  0    cycle:  600\n  DPMS is Disabled\n")), "ok", "off"),
        (doctor.cuda(machine(cuda='{"torch": "2.9", "devices": ["RTX A2000"]}')), "ok", "RTX A2000"),
        (doctor.cuda(machine(cuda='{"torch": "2.9+cpu", "devices": []}')), "warn", "no device"),
        (
            doctor.decoding(machine(decoder='{"reason": "glsl, the quickest here: glsl 900"}')),
            "ok",
            "the quickest here",
        ),
        (doctor.decoding(machine(decoder=subprocess.TimeoutExpired("probe", 10))), "warn", "no answer in 10 s"),
        (doctor.decoding(machine()), "fail", "none works"),
        (doctor.film(machine(film=json.dumps({"encoders": ENCODERS}))), "ok", "writes h264, h265, h265-444, av1"),
        (
            doctor.film(machine(film='{"encoders": ["libx264"]}')),
            "warn",
            "cannot write h265, h265-444, av1, av1-444, prores-422",
        ),
        (doctor.clock(machine(show="Timezone=Europe/Berlin\nNTPSynchronized=yes\n")), "ok", "Europe/Berlin"),
        (doctor.clock(machine(show="Timezone=Etc/UTC\nNTPSynchronized=no\n")), "warn", "not synchronized"),
        (doctor.clock(machine()), "warn", "cannot tell whether the clock is right"),
    ],
)
def test_a_finding_says_what_is_there_and_never_leaves_a_trouble_without_a_way_out(
    finding: Diagnosis, status: str, what: str
) -> None:
    assert finding.status == status
    assert what in finding.what
    assert bool(finding.way_out) == (status != "ok")


def test_a_port_that_somebody_uses_is_found() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        assert doctor.port("osc", number).status == "warn"
    assert doctor.port("osc", number).status == "ok"


def test_a_state_folder_that_does_not_exist_yet_is_judged_by_where_it_will_be(tmp_path: Path) -> None:
    finding = doctor.disk(tmp_path / "state" / "show")
    assert finding.status == "ok"
    assert "state/show" in finding.what


def test_the_whole_machine_is_examined_for_people_and_for_machines(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(doctor_command)
    done = CliRunner().invoke(app, ["--folder", str(tmp_path), "--json", "--osc", "53123", "--console", "53124"])
    report = json.loads(done.output)
    topics = [finding["topic"] for finding in report["findings"]]
    assert topics[:7] == ["system", "memory", "OpenGL", "graphics card", "permissions", "monitors", "screen saver"]
    assert topics[-3:] == ["port 53123", "port 53124", "decoder"]
    assert done.exit_code == (0 if report["right"] else 1)
    lines = doctor.as_text([Diagnosis("disk", "fail", "full", "free some"), Diagnosis("a clock", "ok", "right")])
    assert lines == "fail  disk     full\n               -> free some\nok    a clock  right"


def test_a_card_that_nobody_may_use_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.permissions(tmp_path).status == "ok"
    (tmp_path / "renderD128").touch()
    assert doctor.permissions(tmp_path).status == "ok"
    monkeypatch.setattr("os.access", lambda *_: False)
    finding = doctor.permissions(tmp_path)
    assert (finding.status, "usermod -aG video,render" in finding.way_out) == ("fail", True)


@pytest.mark.parametrize(("offset", "status"), [("0.000037", "ok"), ("0.002", "warn"), ("0.02", "fail")])
def test_the_clock_of_a_fleet_is_what_chrony_says(offset: str, status: str) -> None:
    answer = f"0A000004,10.0.0.4,9,1764547200.1,{offset},0,0,0,0,0,0.002,0.0001,1.0,Normal"
    finding = doctor.fleet_clock(machine(tracking=answer))
    assert finding.status == status
    assert bool(finding.way_out) == (status != "ok")


def test_a_chrony_that_does_not_run_is_said_in_its_own_words() -> None:
    def ask(command: Sequence[str]) -> str:
        raise subprocess.CalledProcessError(1, command, output="506 Cannot talk to daemon\n", stderr="")

    assert "(506 Cannot talk to daemon)" in doctor.fleet_clock(ask).what


def test_a_fleet_without_chrony_must_be_mended() -> None:
    finding = doctor.fleet_clock(machine())
    assert finding.status == "fail"
    assert "apt install chrony" in finding.way_out
