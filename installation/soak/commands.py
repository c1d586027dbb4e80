"""The command `installation soak`."""

from __future__ import annotations

import logging
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from installation.house.commands import RigOption, ScoreArgument


def soak(
    context: typer.Context,
    score: ScoreArgument,
    *,
    rig: RigOption = None,
    hours: Annotated[float, typer.Option(metavar="H", min=0, help="How long; 0: as long as the faults take.")] = 0.0,
    faults: Annotated[
        str, typer.Option(metavar="LIST", help="What breaks meanwhile: all, or such as kill*50,hang,flood.")
    ] = "",
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed, other moments.")] = 0,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep journal, logs and incidents here.", show_default=False)
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Write all figures and samples.")] = None,
) -> None:
    """Try a show under its house for hours, with faults if wanted: what grows, what breaks it, how fast it is back.

    Further options go to `installation play`. 1 where something did not pass.
    """
    from installation.outputs.png import write_whole
    from installation.soak import soak as trials
    from installation.soak.disk import Disk
    from installation.soak.faults import full_disk, read_only_disk
    from installation.soak.trial import STATE, Trial
    from installation.soak.verdict import as_json, as_text, passed

    wanted = trials.faults_of(faults)
    words = [*(["--rig", str(rig.resolve())] if rig is not None else []), *context.args]
    with ExitStack() as owned:
        place = folder or Path(owned.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))) / "trial"
        disk = None
        if any(fault.apply in (full_disk, read_only_disk) for fault in wanted):
            try:
                disk = Disk(place / STATE)
            except OSError as error:
                logging.getLogger(__name__).warning("no disk of its own: %s", error.strerror)
        with Trial(score, place, words, disk=disk, seed=seed) as trial:
            outcomes = trials.soak(trial, hours * 3600, wanted, lambda told: typer.echo(told, err=True))
        lines = trials.lines_of(outcomes, trial.samples)
        if report is not None:
            write_whole(report, as_json(lines, outcomes, trials.figures(trial)).encode())
        if folder is not None and disk is not None:
            disk.keep(folder / "kept")
    typer.echo(as_text(lines))
    sys.exit(0 if passed(lines) else 1)
