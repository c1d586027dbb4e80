"""Estimates the neurons, time and disk space of a build before it begins."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from installation.studio.building import Plan
from installation.studio.parameterizations import drawing_of
from installation.studio.training import train
from installation.studio.training_job import TrainingJob, result_path

SAMPLES = 4
"""Number of neurons to try for a few steps, spread over all untrained ones."""

STEPS = 3

BYTES_BESIDE = 3_000
"""Bytes of a result file besides its latent."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` with all workers on this machine; `work_bytes` of results, `atlas_bytes` of the finished atlas."""

    neurons: int
    waiting: int
    steps: int
    seconds: float
    work_bytes: int
    atlas_bytes: int

    def __str__(self) -> str:
        left = timedelta(seconds=round(self.seconds))
        return (
            f"{self.neurons} neurons, {self.waiting} of them to train: {self.steps:,} steps, about {left}; "
            f"{self.work_bytes / 1e6:.1f} MB of results, an atlas of {self.atlas_bytes / 1e6:.1f} MB"
        )


def estimate(planned: Plan, work: Path, workers: int) -> Estimate:
    """Count the neurons, and time a few steps of some of them; keeps no results."""
    waiting = [job for job in planned.jobs if not result_path(work, job.key).exists()]
    sizes = [drawing_of(job.settings).size for job in planned.jobs]
    roots = sum(size for size, job in zip(sizes, planned.jobs, strict=True) if not job.candidates)
    steps = sum(steps_of(job, work) for job in waiting)
    tried = waiting[:: max(1, len(waiting) // SAMPLES)][:SAMPLES]
    pace = sum(_seconds_a_step(job, planned) for job in tried) / max(1, len(tried))
    return Estimate(
        neurons=len(planned.jobs),
        waiting=len(waiting),
        steps=steps,
        seconds=steps * pace / max(1, min(workers, len(waiting))),
        work_bytes=sum(4 * size + BYTES_BESIDE for size in sizes),
        atlas_bytes=2 * sum(sizes) + 4 * roots,
    )


def steps_of(job: TrainingJob, work: Path) -> int:
    """The steps that a neuron's training takes; only the refining steps if its unrefined result exists."""
    refining = job.refinement.child_steps if job.refinement else 0
    if refining and result_path(work, job.unrefined.key).exists():
        return refining
    return refining + (job.settings.child_steps if job.candidates else job.settings.root_steps)


def _seconds_a_step(job: TrainingJob, planned: Plan) -> float:
    short = replace(job.settings, root_steps=STEPS, first_size_px=job.settings.size_px)
    network = planned.networks[job.network]
    train(network, job.layer, job.channel, None, replace(short, root_steps=1), job.seed)  # warms up
    began = time.perf_counter()
    train(network, job.layer, job.channel, None, short, job.seed)
    return (time.perf_counter() - began) / STEPS
