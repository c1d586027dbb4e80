"""The result of a trial: one line for each check, passed or failed, with its figure beside its limit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `passed` is None if it could not run here, and `figure` then says why."""

    what: str
    passed: bool | None
    figure: str
    limit: str = ""


@dataclass(frozen=True, slots=True)
class FaultOutcome:
    """The outcome of one fault: the seconds to recovery, None if the show never stopped or never recovered, and the
    checks."""

    fault: str
    at_seconds: float
    recovery_seconds: float | None
    checks: tuple[Check, ...]


def passed(checks: Sequence[Check]) -> bool:
    """Whether no check failed."""
    return all(check.passed is not False for check in checks)


def as_text(checks: Sequence[Check]) -> str:
    """The checks for people, one on each line; `none` marks checks that could not run."""
    signs = {True: "pass", False: "FAIL", None: "none"}
    width = max((len(check.what) for check in checks), default=0)
    limits = [f"  (limit: {check.limit})" if check.limit else "" for check in checks]
    return "\n".join(
        f"{signs[check.passed]}  {check.what:{width}}  {check.figure}{limit}"
        for check, limit in zip(checks, limits, strict=True)
    )


def as_json(checks: Sequence[Check], outcomes: Sequence[FaultOutcome], further: dict[str, object]) -> str:
    """The complete result for programs."""
    told = {"passed": passed(checks)} | _with_former_name({"checks": [asdict(check) for check in checks]})
    faults = [_with_former_name(asdict(outcome)) for outcome in outcomes]
    return json.dumps(told | {"faults": faults} | further, indent=1) + "\n"


def _with_former_name(told: dict[str, object]) -> dict[str, object]:
    """Add `checks` under its former name `lines`."""
    return told | {"lines": told["checks"]}
