"""The command `installation bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation.errors import ScoreError


def bench(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts or as a baseline.")] = False,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Compare with the JSON of an earlier run.")
    ] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Also measure torch.compile, and frames up to 6 x 4K.")
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Only count how often pictures are copied on their way to the screen.")
    ] = False,
) -> None:
    """Measure what this machine can do: decode, mix, evaluate. Each figure stands beside its limit."""
    import json

    from installation.benchmarks import bench as benchmark

    try:
        before = None if baseline is None else json.loads(baseline.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScoreError(f"--baseline: {baseline}: {error}; save one with: installation bench --json") from None
    if profile:
        typer.echo(json.dumps(benchmark.measure_copies(), indent=1))
        return
    figures = benchmark.measure(thorough=thorough)
    if as_json:
        typer.echo(benchmark.as_json(figures))
    else:
        benchmark.print_tables(figures, before)
