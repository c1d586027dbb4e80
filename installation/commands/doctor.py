"""The command `installation doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation.commands.options import FolderOption, RigOption, executable, state_folder


def doctor(
    *,
    folder: FolderOption = None,
    osc: Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="The port for OSC.")] = 7000,
    console: Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="The console page's port.")] = 8080,
    rig: RigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what this machine lacks for an unattended show, and how to fix it. Exits with 1 if you must fix any."""
    import json
    from dataclasses import asdict

    from installation.house.doctor import as_text, examine

    rig_check = () if rig is None else (str(executable()), "rig", "check", str(rig))
    findings = examine(
        folder or state_folder(Path("show")), {"osc": osc, "console": console}, rig_check, is_fleet=_is_fleet(rig)
    )
    right = all(finding.status != "fail" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"right": right, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        typer.echo(as_text(findings))
    raise typer.Exit(0 if right else 1)


def _is_fleet(rig: Path | None) -> bool:
    """Whether a rig names several machines. Another finding reports the mistakes in the rig."""
    from installation.errors import RigError
    from installation.rig.venue import read_venue

    try:
        return rig is not None and read_venue(rig).fleet is not None
    except RigError:
        return False
