"""The commands of the house, with a tiny program in the player's place."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from installation import FIRST_LIGHT, PASSCODE
from installation.commands import house as commands
from installation.errors import DeviceError, RigError, ScoreError
from installation.house.units import SECRET, UNIT, unit_folder, unit_text, unit_warnings, write_unit


@pytest.fixture
def fake_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Writes down its arguments and ends with the exit code in `code`."""
    script = tmp_path / "bin" / "installation"
    script.parent.mkdir()
    script.write_text(f"""#!{sys.executable} -S
import json, pathlib, sys
here = pathlib.Path(__file__).parent
(here / "arguments").write_text(json.dumps(sys.argv[1:]))
sys.exit(int((here / "code").read_text()))
""")
    script.chmod(0o755)
    (script.parent / "code").write_text("0")
    monkeypatch.setattr(commands, "executable", lambda: script)
    return script.parent


@pytest.mark.parametrize("words", [["run"], []], ids=["house run SCORE", "house SCORE"])
def test_the_house_plays_a_score_with_its_rig_and_passes_other_options_on(
    words: list[str], fake_player: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    rig = tmp_path / "rig.yaml"
    rig.write_text("displays:\n  wall: {on: 'true', off: 'false'}\n")
    options = ["--rig", str(rig), "--folder", str(state), "--headless", "--osc", "7000"]
    done = CliRunner().invoke(commands.app, [*words, "show.yaml", *options])
    assert done.exit_code == 0, done.output
    assert json.loads((fake_player / "arguments").read_text()) == [
        *("play", "show.yaml", "--journal", str(state / "journal.jsonl"), "--resume", "--logs", str(state / "logs")),
        *("--rig", str(rig), "--headless", "--osc", "7000"),
    ]
    assert (state / "logs" / "house.jsonl").exists()


def test_a_passcode_reaches_the_player_beside_its_command_line(
    fake_player: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSCODE, "")  # what the command sets is taken back after the test
    words = ["show.yaml", "--folder", str(tmp_path / "state"), "--headless", "--passcode", "open sesame"]
    done = CliRunner().invoke(commands.app, words)
    assert done.exit_code == 0, done.output
    assert "open sesame" not in (fake_player / "arguments").read_text()
    assert os.environ[PASSCODE] == "open sesame"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nosuchoption"], "No such option: --nosuchoption"),
        (["--osc", "70000"], "Invalid value for '--osc'"),
        (["--journal", "mine.jsonl"], "--journal: the house does that itself, in the folder of --folder"),
        (["--health", "8091", "--console", "8091"], "--health 8091: --console uses this port, too"),
    ],
)
def test_an_option_that_the_player_does_not_take_is_told_before_anything_starts(
    words: list[str], message: str, fake_player: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = ["--folder", str(tmp_path / "state")]
    for command in (["run", str(FIRST_LIGHT), *folder], ["install", str(FIRST_LIGHT), "--user"]):
        done = CliRunner().invoke(commands.app, [*command, *words])
        assert done.exit_code in (1, 2)
        assert message in done.output + str(done.exception)
    assert not (fake_player / "arguments").exists()
    assert not (tmp_path / "config").exists()


def test_a_mistake_in_the_score_is_the_exit_code_of_the_house(fake_player: Path, tmp_path: Path) -> None:
    (fake_player / "code").write_text("2")
    done = CliRunner().invoke(commands.app, ["show.yaml", "--headless", "--folder", str(tmp_path / "state")])
    assert done.exit_code == 2


def test_a_mistake_in_the_rig_is_told_before_anything_starts(fake_player: Path, tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text("displays: 3\n")
    done = CliRunner().invoke(commands.app, ["show.yaml", "--rig", str(tmp_path / "rig.yaml")])
    assert isinstance(done.exception, RigError)
    assert not (fake_player / "arguments").exists()


def test_a_show_is_played_by_one_house_only(tmp_path: Path) -> None:
    with (
        commands.only_house(tmp_path),
        pytest.raises(DeviceError, match="already plays this show"),
        commands.only_house(tmp_path),
    ):
        pass
    with commands.only_house(tmp_path):
        pass


def test_a_player_that_its_house_has_left_still_keeps_others_out(tmp_path: Path) -> None:
    with commands.only_house(tmp_path) as lock:
        player = subprocess.Popen(
            [sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=(lock,)
        )
    with (
        player,
        pytest.raises(DeviceError, match=f"already plays this show: process {player.pid};"),
        commands.only_house(tmp_path),
    ):
        pass


def test_the_unit_is_shown_and_only_then_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    arguments = ["install", str(FIRST_LIGHT), "--user", "--console", "8080"]
    shown = CliRunner().invoke(commands.app, [*arguments, "--print"]).output
    assert "WatchdogSec=30" in shown
    assert '"--console" "8080"' in shown
    assert not list(tmp_path.iterdir())
    done = CliRunner().invoke(commands.app, arguments)
    assert done.output.startswith(shown)
    assert "systemctl --user daemon-reload" in done.output
    assert (tmp_path / "systemd" / "user" / UNIT).read_text() == shown


def test_a_passcode_is_kept_where_only_its_owner_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    done = CliRunner().invoke(commands.app, ["install", str(FIRST_LIGHT), "--user", "--passcode", "open sesame"])
    assert done.exit_code == 0, done.output
    secret = tmp_path / "systemd" / "user" / SECRET
    assert "open sesame" not in (tmp_path / "systemd" / "user" / UNIT).read_text() + done.output
    assert f"EnvironmentFile={secret}\n" in done.output
    assert secret.read_text() == 'INSTALLATION_PASSCODE="open sesame"\n'
    assert secret.stat().st_mode & 0o777 == 0o600


def test_a_show_with_a_mistake_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    score, rig = tmp_path / "a show.yaml", tmp_path / "rig.yaml"
    score.write_text("outputs: {wall: 1920x1080}\ncues: 7\n")
    rig.write_text("heads:\n  sky: {monitor: {connector: HDMI-1}}\n")
    found = [
        CliRunner().invoke(commands.app, ["install", *words, "--user"]).exception
        for words in ([str(score)], [str(FIRST_LIGHT), "--rig", str(rig)])
    ]
    assert [type(error) for error in found] == [ScoreError, RigError]
    assert "a show.yaml:2" in str(found[0])
    assert "rig.yaml:2" in str(found[1])
    assert not (tmp_path / "config").exists()


def test_a_folder_that_only_root_may_write_is_said_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeviceError, match="--user"):
        write_unit(tmp_path / "file" / "units", "")


def test_a_system_unit_runs_as_whoever_asked_for_it_on_their_display() -> None:
    text = unit_text(
        ["/opt/installation", "house", "run", '/show/50% "off"/$1.yaml'],
        Path("/show/50%"),
        user=False,
        environment={"SUDO_USER": "gallery", "DISPLAY": ":1"},
    )
    assert "User=gallery\n" in text
    assert 'Environment="DISPLAY=:1"\n' in text
    assert 'ExecStart="/opt/installation" "house" "run" "/show/50%% \\"off\\"/$$1.yaml"\n' in text
    assert "WorkingDirectory=/show/50%%\n" in text, "from which the command's own files are named"
    assert unit_folder(user=False) == Path("/etc/systemd/system")


def test_a_unit_that_is_written_over_ssh_has_the_machines_own_display_and_says_so() -> None:
    remote = {"SUDO_USER": "gallery", "DISPLAY": "localhost:10.0", "XAUTHORITY": "/run/user/1000/xauth"}
    text = unit_text(["/opt/installation"], Path("/show"), user=False, environment=remote)
    assert 'Environment="DISPLAY=:0"\n' in text
    assert "XAUTHORITY" not in text
    (doubt,) = unit_warnings(user=False, environment=remote)
    assert "DISPLAY is localhost:10.0, that of a remote session" in doubt
    (doubt,) = unit_warnings(user=False, environment={"SUDO_USER": "root", "DISPLAY": ":0"})
    assert "will run as root" in doubt
    assert unit_warnings(user=True, environment=remote) == ()


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    executable = tmp_path / "installation"
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o755)
    text = unit_text(
        [str(executable), "house", "run", "show.yaml"], tmp_path, user=False, environment={"SUDO_USER": "root"}
    )
    path = write_unit(tmp_path, text)
    try:
        done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("systemd is not installed here")
    assert (done.returncode, [line for line in done.stderr.splitlines() if UNIT in line]) == (0, [])


def test_a_disk_without_locks_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(DeviceError, match=r"no locks .*local disk with --folder"), commands.only_house(tmp_path):
        pytest.fail("nothing keeps a second house out")


def test_what_goes_wrong_inside_a_house_is_not_taken_for_its_lock(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), commands.only_house(tmp_path):
        raise BlockingIOError("a socket")


def test_a_folder_whose_name_is_not_utf8_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    text = unit_text(["/opt/installation"], Path(os.fsdecode(b"/show/caf\xe9")), user=True)
    with pytest.raises(DeviceError, match=r"UTF-8 only.*rename"):
        write_unit(tmp_path, text)
    assert not list(tmp_path.iterdir())
