"""The result of a trial: one line per check, passed or not, each with its figure beside its limit."""

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
    checks: tuple[Check, ...]


def passed(checks: Sequence[Check]) -> bool:
    """Whether nothing failed."""
    return all(check.passed is not False for check in checks)


def as_text(checks: Sequence[Check]) -> str:
    """For people, one a line; `none` is what could not be tried."""
    signs = {True: "pass", False: "FAIL", None: "none"}
    width = max((len(check.what) for check in checks), default=0)
    limits = [f"  (limit: {check.limit})" if check.limit else "" for check in checks]
    return "\n".join(
        f"{signs[check.passed]}  {check.what:{width}}  {check.figure}{limit}"
        for check, limit in zip(checks, limits, strict=True)
    )


def as_json(checks: Sequence[Check], outcomes: Sequence[FaultOutcome], further: dict[str, object]) -> str:
    """For machines, whole."""
    told = {"passed": passed(checks)} | _with_former_name({"checks": [asdict(check) for check in checks]})
    faults = [_with_former_name(asdict(outcome)) for outcome in outcomes]
    return json.dumps(told | {"faults": faults} | further, indent=1) + "\n"


def _with_former_name(told: dict[str, object]) -> dict[str, object]:
    """`checks` also as `lines`, as they were called before."""
    return told | {"lines": told["checks"]}
