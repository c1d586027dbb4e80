"""The order of a build: the recipe's, until somebody favours, drops or stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.errors import RefusedError
from installation.studio.building import assemble, plan, train_all
from installation.studio.job_queue import JobQueue
from installation.studio.training_job import TrainingJob, result_path
from tests.studio.tiny import load_tiny, tiny_recipe

JOBS = plan(tiny_recipe(), load_tiny).jobs
KEYS = {job.name: job.key for job in JOBS}


def names(jobs: list[TrainingJob] | tuple[TrainingJob, ...]) -> list[str]:
    return [job.name for job in jobs]


def test_parents_come_first_and_families_one_by_one(tmp_path: Path) -> None:
    queue = JobQueue(JOBS, tmp_path)
    first = queue.take(9)
    assert names(first) == ["pagoda", "sea"], "only roots can begin"
    queue.finish(first[0])
    assert names(queue.take(9)) == ["church", "edges"]


def test_what_is_favoured_comes_next_and_before_it_what_it_needs(tmp_path: Path) -> None:
    queue = JobQueue(JOBS, tmp_path)
    queue.favour(KEYS["wood"])
    [sea] = queue.take(1)
    queue.finish(sea)
    assert names(queue.take(1)) == ["wood"]


def test_what_is_dropped_takes_its_children_along_and_the_rest_is_trained(tmp_path: Path) -> None:
    queue = JobQueue(JOBS, tmp_path)
    queue.drop(KEYS["sea"])
    assert names(queue.in_state("dropped")) == ["sea", "wood"]
    planned = plan(tiny_recipe(), load_tiny)
    trained = list(train_all(planned, load_tiny, tmp_path, 1, queue=queue))
    assert names(trained) == ["pagoda", "church", "edges", "sky"]
    assert names(queue.in_state("done")) == names(trained)


def test_a_neuron_that_is_dropped_while_it_is_trained_ends_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("installation.studio.snapshots.EVERY_S", 0.0)
    planned = plan(tiny_recipe(steps=400), load_tiny)
    queue = JobQueue(planned.jobs, tmp_path)
    taken = queue.take(1)
    monkeypatch.setattr(queue, "take", lambda _: [taken.pop()] if taken else [])
    key = planned.jobs[0].key

    def load_and_drop(name: str) -> object:  # it is asked for once the job has begun
        queue.drop(key)
        return load_tiny(name)

    assert list(train_all(planned, load_and_drop, tmp_path, 1, queue=queue)) == []  # type: ignore[arg-type]
    assert not result_path(tmp_path, key).exists()


def test_after_stop_nothing_more_begins(tmp_path: Path) -> None:
    queue = JobQueue(JOBS, tmp_path)
    planned = plan(tiny_recipe(), load_tiny)
    for job in train_all(planned, load_tiny, tmp_path, 1, queue=queue):
        assert job.name == "pagoda"
        queue.stop()
    assert names(queue.in_state("waiting")) == ["church", "edges", "sky", "sea", "wood"]
    assert names(JobQueue(JOBS, tmp_path).in_state("done")) == ["pagoda"], "what was trained is kept"


def test_an_atlas_without_what_was_dropped_is_whole(tmp_path: Path) -> None:
    planned = plan(tiny_recipe(), load_tiny)
    queue = JobQueue(planned.jobs, tmp_path / "work")
    queue.drop(KEYS["wood"])
    list(train_all(planned, load_tiny, tmp_path / "work", 1, queue=queue))
    index = assemble(type(planned)(queue.in_state("done"), planned.networks), tmp_path / "work", tmp_path / "atlas")
    assert [neuron.name for neuron in index.neurons] == ["pagoda", "church", "edges", "sky", "sea"]


def test_orders_that_come_too_late_are_refused_in_words(tmp_path: Path) -> None:
    queue = JobQueue(JOBS, tmp_path)
    [pagoda] = queue.take(1)
    with pytest.raises(RefusedError, match="pagoda is training: only what is waiting can be"):
        queue.favour(pagoda.key)
    queue.finish(pagoda)
    with pytest.raises(RefusedError, match="pagoda is done: only what is waiting or training can be"):
        queue.drop(pagoda.key)
    with pytest.raises(RefusedError, match="not a neuron of this build"):
        queue.drop("nothing")
