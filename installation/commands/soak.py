"""The command `installation soak`."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation.commands.options import RigOption, ScoreArgument, finite
from installation.errors import DeviceError, ScoreError

if TYPE_CHECKING:
    from installation.soak.checks import Check, FaultOutcome
    from installation.soak.faults import Fault

logger = logging.getLogger(__name__)


def soak(
    context: typer.Context,
    score: ScoreArgument,
    *,
    rig: RigOption = None,
    hours: Annotated[
        float,
        typer.Option(
            metavar="H", min=0, callback=finite, help="Run for this many hours; 0 runs until all faults are done."
        ),
    ] = 0.0,
    faults: Annotated[
        str, typer.Option(metavar="LIST", help="Faults to inject: all, or a list such as kill*50,hang,flood.")
    ] = "",
    days: Annotated[
        float,
        typer.Option(metavar="D", min=0, callback=finite, help="Simulate this many days with a fast clock."),
    ] = 0.0,
    fleet: Annotated[
        float,
        typer.Option(
            metavar="M",
            min=0,
            callback=finite,
            help="Play on three simulated machines behind a bad network for this many minutes, with a fleet's faults.",
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option(metavar="N", help="The seed that chooses when faults happen.")] = 0,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep journal, logs and incidents here.", show_default=False)
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Write all figures and samples to this file.")
    ] = None,
) -> None:
    """Run a show under its house for hours, with faults if you like, and report growth, failures and recovery times.

    Further options go to `installation play`. Exits with 1 if a check fails.
    """
    from installation.files import write_atomically
    from installation.soak.checks import as_json, as_text, passed
    from installation.soak.soak import faults_of

    wanted = faults_of(faults)
    if not (hours or wanted or days or fleet):
        raise ScoreError("soak: give a duration with --hours, --days or --fleet, or faults with --faults")
    lines: list[Check] = []
    outcomes: list[FaultOutcome] = []
    further: dict[str, object] = {}
    with ExitStack() as owned:
        place = folder or Path(owned.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))) / "trial"
        if days:
            lines += _months(score, rig, place, days, seed)
        if hours or wanted:
            words = [*(["--rig", str(rig.resolve())] if rig is not None else []), *context.args]
            found, outcomes, further = _trial(score, place, words, hours, wanted, seed)
            lines += found
        if fleet:
            found, figures = _machines(score, place / "machines", fleet, seed)
            lines, further = [*lines, *found], {**further, "fleet": figures}
    if report is not None:
        write_atomically(report, as_json(lines, outcomes, further).encode())
    typer.echo(as_text(lines))
    raise typer.Exit(0 if passed(lines) else 1)


def _trial(
    score: Path, place: Path, words: Sequence[str], hours: float, wanted: Sequence[Fault], seed: int
) -> tuple[list[Check], list[FaultOutcome], dict[str, object]]:
    """Run a trial of some hours in real time: returns its checks, the outcome of each fault, and all figures."""
    from installation.soak import soak as trials
    from installation.soak.disk import Disk
    from installation.soak.faults import DISK_FAULTS, NETWORK_FAULTS
    from installation.soak.network import NetworkNamespace
    from installation.soak.trial import KEPT, STATE, Trial

    disk, network = None, None
    with ExitStack() as owned:
        if any(fault.apply in DISK_FAULTS for fault in wanted):
            try:
                disk = owned.enter_context(Disk(place / STATE))
            except OSError as error:
                logger.warning("the trial has no disk of its own: %s", error.strerror)
        if any(fault.apply in NETWORK_FAULTS for fault in wanted):
            try:
                network = NetworkNamespace()
            except OSError as error:
                logger.warning("the trial has no network of its own: %s", error.strerror)
        with Trial(score, place, words, disk=disk, network=network, seed=seed) as trial:
            outcomes = trials.soak(trial, hours * 3600, wanted, lambda told: typer.echo(told, err=True))
        if disk is not None:
            disk.keep(place / KEPT)
    checks = trials.checks_of(outcomes, trial.samples, trial.longest_dark_seconds, trial.programs_per_core)
    return checks, outcomes, trials.figures(trial)


def _machines(score: Path, place: Path, minutes: float, seed: int) -> tuple[list[Check], object]:
    """Play a score on three simulated machines, in a process with a network of its own; returns checks and figures."""
    from installation.benchmarks.machines.name_space import own_network
    from installation.soak.checks import Check

    try:
        own_network()
    except DeviceError as error:
        return [Check("several machines", None, str(error))], None
    command = [sys.executable, "-m", "installation.benchmarks.fleet", "--score", str(score.resolve())]
    command += ["--folder", str(place), "--minutes", str(minutes), "--seed", str(seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    try:
        figures = json.loads(done.stdout)
        return [Check(**one) for one in figures.pop("checks")], figures
    except (ValueError, KeyError, TypeError):
        return [Check("several machines", False, f"the trial ended (exit code {done.returncode}); see above")], None


def _months(score: Path, rig: Path | None, place: Path, days: float, seed: int) -> list[Check]:
    """Simulate days with a fast clock, once across a leap day into spring and once into winter; return the checks."""
    from installation.rig.venue import read_venue
    from installation.soak.checks import Check
    from installation.soak.months import EVERY_DAY, SimulatedMonths, next_leap_year, spring_and_autumn
    from installation.soak.trial import read_score

    read = read_score(score)
    hours = (read_venue(rig, read).hours if rig else None) or EVERY_DAY
    lines = []
    for begin_at in spring_and_autumn(next_leap_year(datetime.now(UTC).year)):
        begins = f"{datetime.fromtimestamp(begin_at, UTC):%Y-%m-%d}"
        folder = place / f"months from {begins}"
        folder.mkdir(parents=True)
        found = SimulatedMonths(read, folder, begin_at, days, hours, seed=seed).run()
        lines += [Check(f"from {begins}: {line.what}", line.passed, line.figure, line.limit) for line in found]
    return lines
