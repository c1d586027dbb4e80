"""Executors of training jobs: this process, worker processes, or the workers of a Dask scheduler on any machine.

A job is a function of files: it reads its parents' results and writes its own result file. A lost worker therefore
loses only its current job, and a Dask worker needs no shared folder.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

import torch

from installation.errors import DeviceError
from installation.files import replacing
from installation.studio.snapshots import AbandonedError
from installation.studio.training_job import LoadNetwork, TrainingJob, read_result, result_path, train_job

LOCAL = "local"
"""The name for a Dask cluster that the build itself starts on this machine."""

AHEAD = 2
"""The most jobs per Dask worker, including the running one: enough to keep it busy, few to lose."""

PATIENCE_S = 20
"""Seconds that a build waits for a scheduler, and then for its first worker."""


class Executor(Protocol):
    """Trains jobs whose parents are done, and reports each finished job."""

    def free_slots(self) -> int:
        """The number of further jobs that the executor takes now."""

    def submit(self, job: TrainingJob) -> None:
        """Start a job, or queue it for a worker."""

    def finished(self) -> list[TrainingJob]:
        """Wait for the next jobs to end, and raise their errors; every job that was not dropped has its result file."""


@contextmanager
def executor_for(load: LoadNetwork, work: Path, workers: int, scheduler: str | None) -> Iterator[Executor]:
    """The requested executor; when the block ends, it stops and drops the jobs that wait for a worker."""
    if scheduler is not None:
        with _cluster(scheduler, workers) as client:
            yield _ClusterExecutor(client, load, work)
    elif workers == 1:
        yield _InlineExecutor(load, work)
    else:
        with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker) as pool:
            processes = _ProcessExecutor(pool, load, work, workers)
            try:
                yield processes
            finally:
                processes.stop()


_loaded = lru_cache(maxsize=None)(lambda load, name: load(name))


def _start_worker() -> None:
    torch.set_num_threads(1)


class _InlineExecutor:
    def __init__(self, load: LoadNetwork, work: Path) -> None:
        self._load, self._work = load, work
        self._jobs: list[TrainingJob] = []

    def free_slots(self) -> int:
        return 1 - len(self._jobs)

    def submit(self, job: TrainingJob) -> None:
        self._jobs.append(job)

    def finished(self) -> list[TrainingJob]:
        job = self._jobs.pop()
        with suppress(AbandonedError):
            train_job(job, _loaded(self._load, job.network), self._work)
        return [job]


class _ProcessExecutor:
    def __init__(self, pool: ProcessPoolExecutor, load: LoadNetwork, work: Path, workers: int) -> None:
        self._pool, self._load, self._work, self._workers = pool, load, work, workers
        self._running: dict[Future[None], TrainingJob] = {}

    def free_slots(self) -> int:
        return self._workers - len(self._running)

    def submit(self, job: TrainingJob) -> None:
        self._running[self._pool.submit(_train_in_worker, job, self._load, self._work)] = job

    def finished(self) -> list[TrainingJob]:
        done = wait(self._running, return_when=FIRST_COMPLETED).done
        try:
            for future in done:
                future.result()
        except BrokenProcessPool as error:
            raise DeviceError(
                "a worker process ended; perhaps memory ran out: build again with fewer --workers, "
                "what was finished is kept"
            ) from error
        return [self._running.pop(future) for future in done]

    def stop(self) -> None:
        for future in self._running:
            future.cancel()


def _train_in_worker(job: TrainingJob, load: LoadNetwork, work: Path) -> None:
    # The scheduling process handles an interrupt. A worker just ends; a later build trains its unfinished neuron again.
    with suppress(KeyboardInterrupt, AbandonedError):
        train_job(job, _loaded(load, job.network), work)


@contextmanager
def _cluster(scheduler: str, workers: int) -> Iterator[Any]:
    """A client of the scheduler at an address, or of a local one that lasts as long as this block."""
    dask = _dask()
    if scheduler == LOCAL:
        with (
            dask.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as own,
            dask.Client(own) as client,
        ):
            yield client
        return
    try:
        client = dask.Client(scheduler, timeout=PATIENCE_S)
    except (OSError, ValueError) as error:
        raise DeviceError(
            f"--scheduler {scheduler}: no Dask scheduler answers there; start one with `dask scheduler` and give its "
            "address, such as tcp://studio:8786"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError as error:
            raise DeviceError(
                f"--scheduler {scheduler}: it has no workers; start one on each machine, and one for each graphics "
                f"card, with `dask worker {scheduler} --nthreads 1`"
            ) from error
        yield client


def _dask() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise DeviceError(
            "--scheduler needs Dask, which is not installed: pip install 'installation[cluster]'"
        ) from error


class _ClusterExecutor:
    def __init__(self, client: Any, load: LoadNetwork, work: Path) -> None:
        self._client, self._load, self._work = client, load, work
        self._running: dict[str, TrainingJob] = {}
        self._completed = _dask().as_completed(with_results=True)

    def free_slots(self) -> int:
        return AHEAD * max(1, len(self._client.nthreads())) - len(self._running)

    def submit(self, job: TrainingJob) -> None:
        future = self._client.submit(
            _train_remotely, job, self._load, _ancestors(job, self._work), key=job.key, pure=False
        )
        self._running[job.key] = job
        self._completed.add(future)

    def finished(self) -> list[TrainingJob]:
        try:
            future, data = next(self._completed)
        except _dask().KilledWorker as error:
            raise DeviceError(
                f"a job killed every worker that it was given to, perhaps because memory ran out ({error}); what was "
                "finished is kept"
            ) from error
        job = self._running.pop(future.key)
        with replacing(result_path(self._work, job.key), make_folder=True) as file:
            file.write(data)
        return [job]


def _ancestors(job: TrainingJob, work: Path) -> dict[str, bytes]:
    """Result files by key: those that a job needs, all their ancestors, and its own unrefined result if it exists."""
    found: dict[str, bytes] = {}
    waiting = list(job.needed)
    if job.refinement is not None and result_path(work, job.unrefined.key).exists():
        waiting.append(job.unrefined.key)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = result_path(work, key).read_bytes()
            parent = read_result(work, key).parent
            waiting += [parent] if parent else []
    return found


def _train_remotely(job: TrainingJob, load: LoadNetwork, ancestors: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="neural-image-") as folder:
        work = Path(folder)
        for key, data in ancestors.items():
            result_path(work, key).write_bytes(data)  # not `replacing`: no other process uses this folder
        train_job(job, _loaded(load, job.network), work)
        return result_path(work, job.key).read_bytes()
