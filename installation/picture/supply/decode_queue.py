"""Draws ordered pictures in its own thread, the most urgent first, so that no frame waits for a decoder."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from installation.failures import FailureLog
from installation.picture.decoding.decoder import Decoder, max_batch_px
from installation.picture.decoding.supersampling import drawn, samples_of
from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.sources.kinds import is_of_neurons
from installation.picture.supply.cache import PictureCache
from installation.picture.thread_priority import lower_thread_priority

log = logging.getLogger(__name__)

DECODING = "decoding a picture (the one before stays on screen)"
"""The name of the failing task in the log."""

DUE_WHEN_IDLE = sys.maxsize
"""Due after every frame: the queue draws it when nothing else waits."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class DecodeJob:
    """An ordered picture that is due at frame `due`. `picture` is set once, when it is ready.

    It stays None if the decoder failed. If nobody holds the job any more before it has `begun`, the picture is not
    drawn.
    """

    order: Order
    due: int
    picture: DecodedPicture | None = None
    begun: bool = False
    failed: bool = False
    finished: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class DecodeTime:
    """The time of a picture, or of several drawn together; `pixels` are samples."""

    pixels: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Pictures in one drawing that began at `begun_at`; None for a picture that failed already."""

    jobs: Sequence[DecodeJob]
    pictures: Sequence[DecodedPicture | None]
    begun_at: float

    @property
    def is_drawn(self) -> bool:
        """Whether all pictures are ready without waiting."""
        return all(picture is None or picture.is_drawn for picture in self.pictures)


class DecodeQueue:
    """Owns the decoder, the thread and the cache. Equal orders share one picture.

    A decoder that draws batches runs on a card: while the card draws, the queue begins the next batch, so that
    processor and card do not wait for each other.
    """

    def __init__(self, decoder: Decoder, clock: Callable[[], float], cache_bytes: int) -> None:
        self._decoder = decoder
        self._clock = clock
        self._cache = PictureCache(cache_bytes)
        self._jobs: WeakValueDictionary[Order, DecodeJob] = WeakValueDictionary()
        self._measured: list[DecodeTime] = []
        self._failures = FailureLog(log)
        self._changed = threading.Condition()
        self._closing = False
        self.decoded = self.reused = self.failed = 0
        self._busy_seconds = 0.0
        self._busy_since: float | None = None
        self._ended_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="decode queue", daemon=True)
        self._thread.start()

    def request(self, order: Order, due: int) -> DecodeJob:
        """Order a picture that is due at frame `due`; the queue draws in the order of due frames."""
        with self._changed:
            job = self._jobs.get(order)
            if job is not None and not job.failed:
                job.due = min(job.due, due)
                self.reused += 1
                return job
            job = self._jobs[order] = DecodeJob(order, due, self._cache.get(order))
            if job.picture is None:
                self._changed.notify()
            else:
                job.begun = True
                job.finished.set()
                self.reused += 1
            return job

    def has_begun(self, order: Order) -> bool:
        """Whether somebody holds this picture already and its drawing has begun."""
        with self._changed:
            job = self._jobs.get(order)
            return job is not None and job.begun and not job.failed

    def replace(self, overtaken: Iterable[tuple[DecodeJob, DecodeJob]]) -> None:
        """Drop pictures that are too late to be useful, unless their drawing has begun.

        The later picture of each pair takes the place of the dropped one in the queue, so that no layer starves.
        """
        with self._changed:
            for job, instead in overtaken:
                if not job.begun:
                    instead.due = min(instead.due, job.due)
                    job.begun = job.failed = True
                    job.finished.set()

    def measured(self) -> list[DecodeTime]:
        """The times of pictures since the last call."""
        with self._changed:
            found, self._measured = self._measured, []
            return found

    def busy_seconds(self) -> float:
        """The total seconds of drawing so far."""
        with self._changed:
            present = 0.0 if self._busy_since is None else self._clock() - self._busy_since
            return self._busy_seconds + present

    def _run(self) -> None:
        lower_thread_priority()
        begun: deque[_Batch] = deque()
        while True:
            at_once = 2 if max_batch_px(self._decoder) else 1
            batch = self._begin(waits=not begun) if len(begun) < at_once else None
            if batch is not None:
                begun.append(batch)
            elif not begun:
                return
            # Hand out finished pictures at once; while a card draws, begin the next ones.
            while begun and (batch is None or len(begun) >= at_once or begun[0].is_drawn):
                self._end(begun.popleft(), goes_on=bool(begun))
                batch = begun[-1] if begun else batch

    def _begin(self, *, waits: bool) -> _Batch | None:
        """Begin to draw the most urgent pictures; None if there are none, or the queue closes.

        Without `waits`, because others are in progress, it leaves pictures that are due only when idle.
        """
        with self._changed:
            while not (waiting := self._waiting(idle_too=waits)) and waits:
                if self._closing:
                    return None
                self._changed.wait()
            if self._closing or not waiting:
                return None
            jobs = _most_urgent(waiting, max_batch_px(self._decoder))
            for job in jobs:
                job.begun = True
            begun_at = self._clock()
            if self._busy_since is None:
                self._busy_since = begun_at
        return _Batch(jobs, self._drawn([job.order for job in jobs]), begun_at)

    def _waiting(self, *, idle_too: bool) -> list[DecodeJob]:
        return [job for job in self._jobs.values() if not job.begun and (idle_too or job.due < DUE_WHEN_IDLE)]

    def _end(self, batch: _Batch, *, goes_on: bool) -> None:
        """Wait until pictures are drawn, and hand them out; `goes_on` if the next are in progress already."""
        pictures = [self._prepared(picture) for picture in batch.pictures]
        with self._changed:
            now = self._clock()
            # The time before the end of the previous batch belongs to that batch.
            seconds, self._ended_at = now - max(batch.begun_at, self._ended_at), now
            assert self._busy_since is not None, "it was busy with this"
            self._busy_seconds += now - self._busy_since
            self._busy_since = now if goes_on else None
            # Only neurons count: these times decide the quality of neurons, and other kinds have other speeds.
            if None not in pictures and all(is_of_neurons(job.order.shot.subject) for job in batch.jobs):
                self._measured.append(DecodeTime(sum(samples_of(job.order) for job in batch.jobs), seconds))
            for job, picture in zip(batch.jobs, pictures, strict=True):
                if picture is None:
                    self.failed += 1
                    job.failed = True
                else:
                    self.decoded += 1
                    job.picture = picture
                    self._cache.put(job.order, picture)
                job.finished.set()

    def _drawn(self, orders: Sequence[Order]) -> Sequence[DecodedPicture | None]:
        try:
            return drawn(self._decoder, orders)
        except Exception as error:  # any error of drivers and libraries costs one picture, not the thread
            if len(orders) > 1:  # and not the others of its batch
                return [picture for order in orders for picture in self._drawn([order])]
            self._failures.failed(DECODING, error)
            return [None]

    def _prepared(self, picture: DecodedPicture | None) -> DecodedPicture | None:
        if picture is None:
            return None
        try:
            picture.prepare()
        except Exception as error:  # as above: a card may fail long after the launch
            self._failures.failed(DECODING, error)
            return None
        self._failures.succeeded(DECODING)
        return picture

    def close(self) -> None:
        """Finish the pictures in progress, then stop the thread and release the decoder."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._cache.clear()
        self._decoder.close()


def _most_urgent(waiting: Sequence[DecodeJob], max_px: int) -> list[DecodeJob]:
    """The first due picture, and as many pictures with the same due frame as fit into its batch."""
    first = min(waiting, key=lambda one: one.due)
    if first.due == DUE_WHEN_IDLE:  # one by one, so that the next order waits for one picture at most
        return [first]
    found, samples = [first], samples_of(first.order)
    for job in waiting:
        if job is not first and job.due == first.due and samples + samples_of(job.order) <= max_px:
            found.append(job)
            samples += samples_of(job.order)
    return found
