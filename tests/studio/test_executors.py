"""Processes and Dask workers train what one process trains, and lose no more than what they were doing."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.studio import executors
from installation.studio.building import plan, train_all
from installation.studio.executors import executor_for
from tests.studio.test_building import files
from tests.studio.tiny import build_tiny, load_tiny, tiny_recipe

distributed = pytest.importorskip("distributed", reason="Dask is an extra")


@pytest.fixture(scope="module")
def cluster():  # type: ignore[no-untyped-def]  # it has no types
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", processes=False
    ) as own:
        yield own


def test_workers_of_a_scheduler_give_the_same_files_as_one_process(tmp_path: Path, cluster) -> None:  # type: ignore[no-untyped-def]
    build_tiny(tmp_path)
    planned = plan(tiny_recipe(), load_tiny)
    names = [job.name for job in train_all(planned, load_tiny, tmp_path / "away", 1, cluster.scheduler_address)]
    assert sorted(names) == ["church", "edges", "pagoda", "sea", "sky", "wood"]
    assert files(tmp_path / "away") == files(tmp_path / "work")


def test_a_worker_has_at_most_two_jobs_ahead(tmp_path: Path, cluster) -> None:  # type: ignore[no-untyped-def]
    with executor_for(load_tiny, tmp_path, 1, cluster.scheduler_address) as executor:
        assert executor.free_slots() == 2
        for job in plan(tiny_recipe(), load_tiny).jobs:
            if not job.candidates and executor.free_slots():
                executor.submit(job)
        assert executor.free_slots() == 0
        assert [job.name for job in executor.finished()] == ["pagoda"]
        assert executor.free_slots() == 1


def test_a_scheduler_that_is_not_there_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "PATIENCE_S", 0.2)
    with (
        pytest.raises(DeviceError, match=r"tcp://127.0.0.1:9: no Dask scheduler answers there; start one with `dask"),
        executor_for(load_tiny, tmp_path, 1, "tcp://127.0.0.1:9"),
    ):
        pass


def test_a_scheduler_without_workers_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Idle:
        def __init__(self, _address: str, timeout: float) -> None:
            assert timeout == executors.PATIENCE_S

        def __enter__(self) -> Idle:
            return self

        def __exit__(self, *_reason: object) -> None:
            pass

        def wait_for_workers(self, _count: int, timeout: float) -> None:
            raise TimeoutError(timeout)

    monkeypatch.setattr(distributed, "Client", Idle)
    with (
        pytest.raises(DeviceError, match="it has no workers; start one on each machine"),
        executor_for(load_tiny, tmp_path, 1, "tcp://studio:8786"),
    ):
        pass


def test_without_dask_the_command_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(DeviceError, match=r"pip install 'installation\[cluster\]'"),
        executor_for(load_tiny, tmp_path, 1, "local"),
    ):
        pass


def test_a_worker_that_is_killed_loses_only_what_it_was_doing(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    planned = plan(tiny_recipe(), load_tiny)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as own:
        trained = train_all(planned, load_tiny, tmp_path / "away", 1, own.scheduler_address)
        names = [next(trained).name]
        (nanny,) = own.workers.values()
        os.kill(nanny.pid, signal.SIGKILL)
        names += [job.name for job in trained]
    assert sorted(names) == ["church", "edges", "pagoda", "sea", "sky", "wood"]
    assert files(tmp_path / "away") == files(tmp_path / "work")
