"""What a trial says: one line per thing that was watched, passed or not, each with its figure beside its limit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing; `passed` None where it could not be tried here, and `figure` then says why."""

    what: str
    passed: bool | None
    figure: str
    limit: str = ""


@dataclass(frozen=True, slots=True)
class FaultOutcome:
    """What became of one fault: seconds until the show was back (None where it never went away), and the checks."""

    fault: str
    at_seconds: float
    recovery_seconds: float | None
    lines: tuple[Check, ...]


def passed(lines: Sequence[Check]) -> bool:
    """Whether nothing failed."""
    return all(line.passed is not False for line in lines)


def as_text(lines: Sequence[Check]) -> str:
    """For people, one a line; `none` is what could not be tried."""
    signs = {True: "pass", False: "FAIL", None: "none"}
    width = max((len(line.what) for line in lines), default=0)
    return "\n".join(
        f"{signs[line.passed]}  {line.what:{width}}  {line.figure}{f'  (limit: {line.limit})' if line.limit else ''}"
        for line in lines
    )


def as_json(lines: Sequence[Check], outcomes: Sequence[FaultOutcome], further: dict[str, object]) -> str:
    """For machines, whole."""
    told = {"passed": passed(lines), "lines": [asdict(line) for line in lines]}
    return json.dumps(told | {"faults": [asdict(one) for one in outcomes]} | further, indent=1) + "\n"
