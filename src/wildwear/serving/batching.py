"""Photos of many requests through one model: a queue with an end, those that wait go together.

No photo waits for company: what has come while the model was busy makes the next run. What waits is the file
of a photo, not its pixels, so memory is bounded by the runs at once, whatever the number of requests.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from wildwear.errors import ModelError, TooLargePhotoError, WildwearError
from wildwear.imaging import read_photo
from wildwear.imaging.arrays import Pixels
from wildwear.inference.prediction import Prediction
from wildwear.inference.segmenter import Failure, Segmenter

AT_ONCE = 2  # runs: while one decodes or draws, the other has the model
TOGETHER = 4  # photos in one
Answer = Callable[[Pixels, Prediction], bytes]


class QueueFullError(WildwearError):
    """So many photos wait already that no more are taken.

    Attributes:
        seconds: after which it is worth asking again.
    """

    def __init__(self, waiting: int, seconds: int) -> None:
        super().__init__(f"{waiting:,} photos wait already; ask again in {seconds:,} s")
        self.seconds = seconds


@dataclass(frozen=True, eq=False)
class Job:
    """A photo that waits.

    Attributes:
        photo: its file.
        score: as in a call of the segmenter.
        answer: makes of (height, width, 3) RGB pixels and their garments what is sent back.
        answered: that.
    """

    photo: bytes
    score: float | None
    answer: Answer
    answered: asyncio.Future[bytes]

    def settle(self, outcome: bytes | Exception) -> None:
        """Hand over what came of it, from any thread; nothing where nobody waits for it any more."""

        def hand_over() -> None:
            if self.answered.done():
                return
            if isinstance(outcome, Exception):
                self.answered.set_exception(outcome)
            else:
                self.answered.set_result(outcome)

        self.answered.get_loop().call_soon_threadsafe(hand_over)


class Batcher:
    """Hands photos to a segmenter, in the order in which they came. It belongs to one event loop.

    Attributes:
        segmenter: finds the garments.
    """

    def __init__(
        self, segmenter: Segmenter, *, most_waiting: int, most_pixels: int, seen: Callable[[int], object]
    ) -> None:
        """Begin with an empty queue.

        Args:
            most_waiting: photos in the queue, at which it is full.
            most_pixels: of a photo.
            seen: called with how many photos go together, before each run, in any thread.
        """
        self.segmenter = segmenter
        self._most_waiting, self._most_pixels, self._seen = most_waiting, most_pixels, seen
        self._waiting: deque[Job] = deque()
        self._running = 0
        self._seconds = 0.0  # that the last run took, a photo
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="segmenting")

    @property
    def waiting(self) -> int:
        """How many photos wait."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether no more are taken."""
        return self.waiting >= self._most_waiting

    def refuse_when_full(self) -> None:
        """Raise `QueueFullError` when no more photos are taken."""
        if self.is_full:
            seconds = self.waiting * self._seconds / AT_ONCE
            raise QueueFullError(self.waiting, max(1, math.ceil(seconds)))

    async def segment(self, photo: bytes, score: float | None, answer: Answer) -> bytes:
        """Find the garments of a photo, and make the answer of them; whoever cancels it leaves the queue.

        Args:
            photo: its file.
            score: as in a call of the segmenter.
            answer: is called in a thread, with (height, width, 3) RGB pixels and their garments.

        Raises:
            QueueFullError: too many wait already.
            PhotoError, MissingExtraError: the photo cannot be read.
            ModelError: the model stopped on it.
        """
        self.refuse_when_full()
        job = Job(photo, score, answer, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._begin()
        try:
            return await job.answered
        finally:
            if job in self._waiting:
                self._waiting.remove(job)

    def _begin(self) -> None:
        while self._waiting and self._running < AT_ONCE:
            self._running += 1
            loop = asyncio.get_running_loop()
            loop.run_in_executor(self._threads, self._run, self._next()).add_done_callback(self._ended)

    def _ended(self, run: asyncio.Future[None]) -> None:
        self._running -= 1
        run.result()
        self._begin()

    def _next(self) -> list[Job]:
        """Take the photo that waits longest, and those that can go with it."""
        score = self._waiting[0].score
        jobs = [job for job in self._waiting if job.score == score][:TOGETHER]
        for job in jobs:
            self._waiting.remove(job)
        return jobs

    def _run(self, jobs: Sequence[Job]) -> None:
        began = time.monotonic()
        try:
            for group in self._read(jobs):
                self._segment(group)
        except Exception as error:  # whatever it is, somebody waits for each of them
            for job in jobs:
                job.settle(error)
        self._seconds = (time.monotonic() - began) / len(jobs)

    def _read(self, jobs: Sequence[Job]) -> Iterator[list[tuple[Job, Pixels]]]:
        """The photos that can be read, those of one size together: none is padded to fit another."""
        read = []
        for job in jobs:
            try:
                read.append((job, read_photo(job.photo, max_pixels=self._most_pixels, name="the photo")))
            except MemoryError:
                job.settle(TooLargePhotoError("the photo: takes more memory than there is."))
            except WildwearError as error:
                job.settle(error)
        read.sort(key=lambda one: one[1].shape)
        for _, group in groupby(read, key=lambda one: one[1].shape):
            yield list(group)

    def _segment(self, group: Sequence[tuple[Job, Pixels]]) -> None:
        """Find the garments of photos of one size, and answer."""
        self._seen(len(group))
        found = self.segmenter.batch([pixels for _, pixels in group], score=group[0][0].score)
        for (job, pixels), outcome in zip(group, found, strict=True):
            if isinstance(outcome, Failure):
                job.settle(ModelError(outcome.reason))
            else:
                job.settle(job.answer(pixels, outcome))
