"""A whole soak: hours of a show with faults spread over them, and the analysis of the samples."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict

from installation.errors import ScoreError
from installation.house.supervisor import SupervisorLimits
from installation.soak.checks import Check, FaultOutcome
from installation.soak.faults import FAULTS, FIRST_FRAME_SECONDS, Fault, inject
from installation.soak.samples import MIB, Growth, Sample, growth, longest_run
from installation.soak.trial import Trial

logger = logging.getLogger(__name__)

MEMORY_SHARE_PER_HOUR = 0.01

WARM_UP_SECONDS = 600.0
WARM_UP_SHARE = 0.25
"""Growth counts after ten minutes, or a quarter of a shorter trial: by then caches are full and quality is stable."""

BUSY_PROGRAMS_PER_CORE = 1.5
"""The show itself, with its house and operator, keeps a machine below this."""

MIN_SECONDS = 600.0
"""The least time of one process after the warm-up: growth over less than ten minutes proves nothing."""

COUNTS: tuple[tuple[str, Callable[[Sample], float | None], float], ...] = (
    ("GL objects", lambda one: one.gl_objects, 50.0),
    ("threads", lambda one: one.threads, 1.0),
    ("open files", lambda one: one.open_files, 2.0),
)
"""Figures that must not grow, and their tolerances: for GL objects, the textures that wait for pictures."""

LOG_BYTES_PER_DAY = 2 * MIB
"""The house keeps 40 MB of each log: at least three weeks of a quiet house."""


def faults_of(text: str) -> list[Fault]:
    """The faults of a text such as `kill*50,hang`, in order; `all` is each once. Raises ScoreError."""
    if text == "all":
        return list(FAULTS.values())
    found = []
    for word in filter(None, text.split(",")):
        name, star, times = word.strip().partition("*")
        if name not in FAULTS or (star and not re.fullmatch("[0-9]{1,4}", times)):
            raise ScoreError(f"--faults: {word!r} is not a fault; there is all, {', '.join(FAULTS)}, each with *TIMES")
        found += [FAULTS[name]] * int(times or 1)
    return found


def soak(trial: Trial, seconds: float, faults: Sequence[Fault], tell: Callable[[str], object]) -> list[FaultOutcome]:
    """Run a trial for `seconds`, or longer if the faults take longer; spreads the faults over the time."""
    tell(f"the first frame came after {trial.begin():.1f} s")
    outcomes = []
    for number, fault in enumerate(faults, start=1):
        begin_at = seconds * number / (len(faults) + 1)
        trial.wait(max(begin_at - trial.seconds, 0.0))
        outcome = inject(fault, trial)
        outcomes.append(outcome)
        tell(f"{number}/{len(faults)} {_describe(outcome)}")
    trial.wait(max(seconds - trial.seconds, 0.0))
    trial.end()
    return outcomes


def checks_of(
    outcomes: Sequence[FaultOutcome],
    samples: Sequence[Sample],
    longest_dark_seconds: float,
    programs_per_core: float = 0.0,
) -> list[Check]:
    """The results of the whole trial: one line for each kind of fault, the longest time without a new picture, then
    growth. The limits hold for a machine that runs only the show: if more programs wanted to run, a line says so."""
    limit = FIRST_FRAME_SECONDS
    if any(outcome.fault == "hang" for outcome in outcomes):
        limit += SupervisorLimits().silent_seconds + SupervisorLimits().abort_seconds
    dark = Check(
        "the longest time without a new picture",
        longest_dark_seconds <= limit,
        f"{longest_dark_seconds:.1f} s{how_busy(programs_per_core)}",
        f"{limit:g} s, a restart",
    )
    return [*_fault_checks(outcomes), dark, *growth_checks(samples)]


def how_busy(programs_per_core: float) -> str:
    """Words behind a figure whose limit holds for a machine without other work; empty if there was none."""
    if programs_per_core <= BUSY_PROGRAMS_PER_CORE:
        return ""
    return f"; up to {programs_per_core:.1f} programs wanted each core, where the show should have them to itself"


def growth_checks(samples: Sequence[Sample]) -> list[Check]:
    """The growth of memory, GL objects, threads, files and logs of the process that ran longest."""
    longest = longest_run(samples, 0.0)
    whole = longest[-1].seconds - longest[0].seconds if longest else 0.0
    run = longest_run(samples, min(WARM_UP_SECONDS, WARM_UP_SHARE * whole))
    told = run[-1].seconds - run[0].seconds if run else 0.0
    if told < MIN_SECONDS:
        why = f"{told / 60:.0f} min of one process are too short to tell; {MIN_SECONDS / 60:g} are needed"
        return [Check("growth", None, why)]
    lines = []
    for what, value in (
        ("resident memory", lambda one: one.resident_bytes),
        ("memory of its own", lambda one: one.own_bytes),
        ("graphics memory", lambda one: one.card_bytes),
    ):
        if (grown := growth(run, value)) is not None:
            lines.append(_memory_check(what, grown))
    for what, count, allowed in COUNTS:
        if (grown := growth(run, count)) is not None:
            figure = f"{grown.median:.0f}, {grown.grown:+.1f} in {grown.seconds / 60:.0f} min"
            lines.append(Check(what, grown.grown <= allowed, figure, f"{allowed:g} more"))
    if (grown := growth(run, lambda one: one.log_bytes)) is not None:
        per_day = grown.per_hour * 24
        figure = f"{per_day / MIB:.2f} MiB a day"
        lines.append(Check("logs", per_day <= LOG_BYTES_PER_DAY, figure, f"{LOG_BYTES_PER_DAY / MIB:g} MiB a day"))
    return lines


def figures(trial: Trial) -> dict[str, object]:
    """Further content of the report: all samples, and the show's own report if it could still write it."""
    own: object = None
    if trial.report.exists():
        own = json.loads(trial.report.read_text(encoding="utf-8"))
    return {"score": trial.score.title, "samples": [asdict(one) for one in trial.samples], "show": own}


def _memory_check(what: str, grown: Growth) -> Check:
    figure = (
        f"{grown.median / MIB:.1f} MiB, {grown.grown / MIB:+.2f} MiB in {grown.seconds / 60:.0f} min, "
        f"{grown.share_per_hour:+.2%} an hour"
    )
    return Check(what, grown.share_per_hour < MEMORY_SHARE_PER_HOUR, figure, f"{MEMORY_SHARE_PER_HOUR:.0%} an hour")


def _fault_checks(outcomes: Sequence[FaultOutcome]) -> list[Check]:
    """One line for each kind of fault, and one for every failed check."""
    lines = []
    for name in dict.fromkeys(outcome.fault for outcome in outcomes):
        same = [outcome for outcome in outcomes if outcome.fault == name]
        checks = [line for outcome in same for line in outcome.checks]
        tried = [line for line in checks if line.passed is not None]
        if not tried:
            lines.append(Check(name, None, checks[0].figure))
            continue
        seconds = sorted(outcome.recovery_seconds for outcome in same if outcome.recovery_seconds is not None)
        figure = f"{len(same)} times, {sum(line.passed is True for line in tried)} of {len(tried)} checks right"
        if seconds:
            figure += f", back in {seconds[len(seconds) // 2]:.2f} s (median), {seconds[-1]:.2f} s (longest)"
        wrong = [line for line in tried if not line.passed]
        lines.append(Check(name, not wrong, figure))
        lines += [Check(f"{name}: {line.what}", False, line.figure, line.limit) for line in wrong]
    return lines


def _describe(outcome: FaultOutcome) -> str:
    wrong = [f"{line.what}: {line.figure}" for line in outcome.checks if line.passed is False]
    back = "" if outcome.recovery_seconds is None else f", back in {outcome.recovery_seconds:.2f} s"
    return f"{outcome.fault}{back}{'' if not wrong else ': ' + '; '.join(wrong)}"
