"""A real show under its house, killed; and a witness who sees when a restarted show is wrong."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from installation.desk.addresses import AddressSpace
from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader
from installation.desk.show_values import ShowSnapshot, values_of
from installation.errors import DeviceError
from installation.show.control import Message, fold, initial_control
from installation.show.playing.transport import position_at
from installation.soak.faults import FAULTS, inject
from installation.soak.operator import ReportedValues
from installation.soak.soak import checks_of
from installation.soak.trial import Trial
from installation.soak.witness import Witness
from tests.desk.scores import tide
from tests.small_atlas import small_atlas

SHOW = """\
title: One room
atlas: atlas
fps: 10
outputs: {left: 32x18}
cues: [{id: 1, duration: 4s, layers: [{walk: [near-0, near-3]}]}]
"""
SCORE = tide()
MOVED = Message(60, 0, "set", "/master", 0.5, source="osc:a")


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """Of a show that began a hundred seconds ago and whose master was moved."""
    with Journal(tmp_path / "journal", JournalHeader.of(SCORE, ClockAnchor(0.0))) as journal:
        journal.record([MOVED])
    return Witness(SCORE, tmp_path / "journal", lambda: 100.0, 6000)


def telling(**changed: object) -> ReportedValues:
    """What that show says of itself, but for what is `changed`: addresses with _ for /."""
    control = fold([MOVED], initial_control(SCORE))
    values = values_of(ShowSnapshot(6000, control, position_at(SCORE, 6000, control), AddressSpace(SCORE).controls))
    return {address: tuple(found) for address, found in values.items()} | {
        address.replace("_", "/"): (value,) for address, value in changed.items()
    }


def test_a_show_at_its_frame_and_in_its_state_is_right(witness: Witness) -> None:
    assert witness.check_frame(6000).passed
    assert witness.check_state(lambda _: telling()).passed
    assert witness.check_journal({("/master", 500)}).passed


def test_a_show_that_begins_anew_after_a_crash_is_seen(witness: Witness) -> None:
    assert not witness.check_frame(0).passed
    assert not witness.check_frame(None).passed


def test_a_fader_that_was_forgotten_is_seen(witness: Witness) -> None:
    line = witness.check_state(lambda _: telling(_master=1.0))
    assert (line.passed, line.figure) == (False, "wrong: /master is 1.0, not 0.5")
    assert not witness.check_state(lambda _: {}).passed


def test_a_fader_that_was_acknowledged_and_lost_is_seen(witness: Witness) -> None:
    line = witness.check_journal({("/master", 500), ("/master", 700)})
    assert (line.passed, line.figure) == (False, "2 acknowledged, 1 lost")


def test_a_show_that_is_killed_is_back_at_its_frame_with_its_faders(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    (tmp_path / "show.yaml").write_text(SHOW)
    with Trial(tmp_path / "show.yaml", tmp_path / "trial", ["--headless"]) as trial:
        trial.begin()
        trial.rng = random.Random(31)  # after a third of a second
        outcome = inject(FAULTS["kill"], trial)
        wrong = [line for line in outcome.checks if not line.passed and "first frame" not in line.what]
        assert (outcome.recovery_seconds is not None, wrong) == (True, [])
    assert (tmp_path / "show.yaml").read_text() == SHOW


def test_a_trial_does_not_write_over_an_earlier_one(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    (tmp_path / "show.yaml").write_text(SHOW)
    (tmp_path / "trial" / "score").mkdir(parents=True)
    with pytest.raises(DeviceError, match="a trial was here before"):
        Trial(tmp_path / "show.yaml", tmp_path / "trial")


def test_a_network_of_its_own_goes_away_and_comes_back() -> None:
    """In a process of its own, which has no other network then."""
    script = (
        "import socket, sys; from installation.soak.network import NetworkNamespace\n"
        "def heard():\n"
        "    with socket.socket(type=socket.SOCK_DGRAM) as hears, socket.socket(type=socket.SOCK_DGRAM) as says:\n"
        "        hears.bind(('127.0.0.1', 0)); hears.settimeout(0.2)\n"
        "        try: says.sendto(b'x', hears.getsockname()); return hears.recv(1) == b'x'\n"
        "        except OSError: return False\n"
        "try: network = NetworkNamespace()\n"
        "except PermissionError: sys.exit(77)\n"
        "assert heard()\n"
        "with network.away(): assert not heard()\n"
        "assert heard()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    if done.returncode == 77:
        pytest.skip("a network of its own needs root")
    assert done.returncode == 0


@pytest.mark.parametrize(("dark_seconds", "passed"), [(7.0, True), (9.0, False)])
def test_a_show_without_a_picture_for_longer_than_a_restart_has_failed(dark_seconds: float, passed: bool) -> None:
    (line, _) = checks_of((), (), dark_seconds)
    assert (line.what, line.passed) == ("the longest time without a new picture", passed)


def test_a_verdict_says_that_the_machine_had_other_work() -> None:
    (quiet, *_), (busy, *_) = checks_of((), (), 19.0, 1.0), checks_of((), (), 19.0, 4.2)
    assert quiet.figure == "19.0 s"
    assert busy.figure.startswith("19.0 s; up to 4.2 programs wanted each core")
    assert not busy.passed, "a limit is a limit"


def test_a_show_whose_state_was_forged_goes_on_from_what_is_sound(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    (tmp_path / "show.yaml").write_text(SHOW)
    with Trial(tmp_path / "show.yaml", tmp_path / "trial", ["--headless"]) as trial:
        trial.begin()
        outcome = inject(FAULTS["forged-state"], trial)
        wrong = [line for line in outcome.checks if not line.passed and "first frame" not in line.what]
        assert (outcome.recovery_seconds is not None, wrong) == (True, [])


def test_a_disk_of_its_own_is_gone_when_it_is_closed(tmp_path: Path) -> None:
    """In a process of its own: what it mounts is seen there only, and a folder with a mount in it cannot be deleted."""
    script = (
        "import shutil, sys; from pathlib import Path; from installation.soak.disk import Disk\n"
        "folder = Path(sys.argv[1])\n"
        "try:\n"
        "    with Disk(folder / 'state') as disk:\n"
        "        (folder / 'state' / 'journal').write_text('kept'); disk.keep(folder / 'kept')\n"
        "except PermissionError: sys.exit(77)\n"
        "assert (folder / 'kept' / 'journal').read_text() == 'kept'\n"
        "shutil.rmtree(folder)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "trial")], check=False)
    if done.returncode == 77:
        pytest.skip("mounting needs root, or a Linux that lets people have name spaces of their own")
    assert done.returncode == 0
