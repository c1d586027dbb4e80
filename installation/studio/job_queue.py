"""The order of training: the recipe's, until somebody favours or drops a neuron, or stops the build."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Literal

from installation.errors import RefusedError
from installation.studio.snapshots import abandon
from installation.studio.training_job import TrainingJob, result_path

State = Literal["waiting", "training", "done", "dropped"]


class JobQueue:
    """The jobs of a build and their states. A page may change the order from another thread.

    Parents always come before their children; a parent without a job is trained already. A dropped job drops all jobs
    that depend on it. The atlas does not include them; a later build trains them again.
    """

    def __init__(self, jobs: Iterable[TrainingJob], work: Path) -> None:
        self.jobs = tuple(jobs)
        self._work = work
        self._by_key = {job.key: job for job in self.jobs}
        self._states: dict[str, State] = {
            job.key: "done" if result_path(work, job.key).exists() else "waiting" for job in self.jobs
        }
        self._favoured: list[str] = []
        self._stopped = False
        self._lock = Lock()

    @property
    def is_stopped(self) -> bool:
        """Whether the queue starts no more jobs; running jobs still finish."""
        return self._stopped

    def states(self) -> dict[str, State]:
        """The state of every job, by key."""
        with self._lock:
            return dict(self._states)

    def in_state(self, state: State) -> tuple[TrainingJob, ...]:
        """All jobs in `state`, in the recipe's order."""
        states = self.states()
        return tuple(job for job in self.jobs if states[job.key] == state)

    def take(self, count: int) -> list[TrainingJob]:
        """Up to `count` jobs whose needed jobs are done; favoured ones first, then in the recipe's order.

        This order finishes families one by one.
        """
        with self._lock:
            if self._stopped:
                return []
            order = dict.fromkeys([*self._favoured, *self._by_key])
            ready = [key for key in order if self._states[key] == "waiting" and self._is_ready(key)][:count]
            self._states.update(dict.fromkeys(ready, "training"))
            return [self._by_key[key] for key in ready]

    def finish(self, job: TrainingJob) -> bool:
        """Record that a job has ended; False if it was dropped meanwhile, and stays dropped."""
        with self._lock:
            if self._states[job.key] == "training":
                self._states[job.key] = "done"
            return self._states[job.key] == "done"

    def favour(self, key: str) -> None:
        """Train a neuron next, after the neurons that it needs; RefusedError if it is not waiting."""
        with self._lock:
            self._must_be(key, "waiting")
            needed, left = [key], list(self._by_key[key].needed)
            while left:
                one = left.pop()
                needed.append(one)
                left += self._by_key[one].needed if one in self._by_key else ()
            self._favoured = list(dict.fromkeys([*(one for one in self._by_key if one in needed), *self._favoured]))

    def drop(self, key: str) -> None:
        """Drop a waiting or training neuron, and all that depend on it; RefusedError for any other."""
        with self._lock:
            self._must_be(key, "waiting", "training")
            dropped = {key}
            for job in self.jobs:
                if dropped.intersection(job.needed):
                    dropped.add(job.key)
            for one in dropped:
                if self._states[one] == "training":
                    abandon(self._work, one)
                if self._states[one] != "done":
                    self._states[one] = "dropped"

    def stop(self) -> None:
        """Start no more jobs."""
        with self._lock:
            self._stopped = True

    def _is_ready(self, key: str) -> bool:
        return all(self._states.get(one, "done") == "done" for one in self._by_key[key].needed)

    def _must_be(self, key: str, *states: State) -> None:
        if key not in self._by_key:
            raise RefusedError(f"{key!r} is not a neuron of this build")
        if self._states[key] not in states:
            name = self._by_key[key].name
            raise RefusedError(
                f"{name} is {self._states[key]}: only what is {' or '.join(states)} can be", "not allowed"
            )
