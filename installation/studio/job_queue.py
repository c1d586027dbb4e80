"""Which neuron is trained next: the recipe's order, until somebody favours, drops or stops."""

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
    """The jobs of a build and how far each is. A page may change the order from another thread.

    Parents always come before their children; one without a job exists already. What is dropped takes with it all
    that would be trained from it, and is not in the atlas; a later build trains it again.
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
        """Whether nothing more is begun; what is being trained is finished all the same."""
        return self._stopped

    def states(self) -> dict[str, State]:
        """How far every job is, by key."""
        with self._lock:
            return dict(self._states)

    def in_state(self, state: State) -> tuple[TrainingJob, ...]:
        """All jobs that are so far, in the recipe's order."""
        states = self.states()
        return tuple(job for job in self.jobs if states[job.key] == state)

    def take(self, count: int) -> list[TrainingJob]:
        """The next `count` jobs that need no other any more; favoured ones first, then the first in the recipe.

        So families are finished one by one.
        """
        with self._lock:
            if self._stopped:
                return []
            order = dict.fromkeys([*self._favoured, *self._by_key])
            ready = [key for key in order if self._states[key] == "waiting" and self._is_ready(key)][:count]
            self._states.update(dict.fromkeys(ready, "training"))
            return [self._by_key[key] for key in ready]

    def finish(self, job: TrainingJob) -> bool:
        """Note that a job is over; False if it was dropped meanwhile, and stays dropped."""
        with self._lock:
            if self._states[job.key] == "training":
                self._states[job.key] = "done"
            return self._states[job.key] == "done"

    def favour(self, key: str) -> None:
        """Train a neuron next, and before it what it needs; RefusedError if it does not wait."""
        with self._lock:
            self._must_be(key, "waiting")
            needed, left = [key], list(self._by_key[key].needed)
            while left:
                one = left.pop()
                needed.append(one)
                left += self._by_key[one].needed if one in self._by_key else ()
            self._favoured = list(dict.fromkeys([*(one for one in self._by_key if one in needed), *self._favoured]))

    def drop(self, key: str) -> None:
        """Leave out a neuron that waits or is being trained, and all that would be trained from it."""
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
        """Begin nothing more."""
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
