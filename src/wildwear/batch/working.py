"""What runs in each process of a batch: a shard at a time, from the photos to its two files.

Photos go through the model one by one. On a core of its own several of one shape in one run cost more, not
less (`benchmarks/batch.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wildwear import inference
from wildwear.batch.folder import Batch
from wildwear.batch.reading import Reader, coming
from wildwear.batch.tables import garment_rows, photo_row
from wildwear.errors import PhotoError
from wildwear.gathering import Place, place_called
from wildwear.gathering.addresses import Address
from wildwear.imaging.identity import as_on_disk
from wildwear.inference.segmenting import Record, record, segment_photos


@dataclass(frozen=True)
class Way:
    """How photos are looked at.

    Attributes:
        model: its file.
        score: garments less sure than this are left out; None takes the model's own.
        providers: of onnxruntime; None takes the usual ones.
        threads: of the model in each process.
        private: whether addresses may be on this machine, or in a network that is not public.
    """

    model: Path
    score: float | None = None
    providers: Sequence[str] | None = None
    threads: int = 1
    private: bool = False


class Worker:
    """Opens the model once, then does shards."""

    def __init__(self, place: str, way: Way) -> None:
        """Raises `ModelError`."""
        import cv2

        cv2.setNumThreads(way.threads)  # processes share the cores
        self.batch, self.way = Batch(place), way
        self.origin = self.batch.origin
        self.segmenter = inference.load(way.model, providers=way.providers, threads=way.threads)

    def __call__(self, shard: int) -> int:
        """Do a shard; return the number of its photos. Raises `OutputError`."""
        planned = self.batch.plan.of_shard(shard)
        places, records = {}, {}
        for photo, uri, reason in planned:
            if reason is None:
                try:
                    places[photo] = self.place(uri)
                except PhotoError as error:
                    reason = str(error).removeprefix(f"{uri}: ")
            if reason is not None:
                records[photo] = Record(photo, failure=reason)
        reader = Reader()
        records |= {one.photo: one for one in self.found(places, reader)}
        garments: list[dict[str, Any]] = []
        photos: list[dict[str, Any]] = []
        for photo, uri, _ in planned:
            one = records[photo]
            taken = reader.taken.get(str(places[photo])) if photo in places else None
            garments += garment_rows(one, photo, uri, self.origin)
            photos.append(photo_row(one, photo, uri, self.origin, taken))
        self.batch.commit(shard, garments, photos)
        return len(planned)

    def found(self, places: dict[str, Place], reader: Reader) -> Iterator[Record]:
        """What there is in photos, by what they are called."""
        results = segment_photos(self.segmenter, coming(places.items()), read=reader, score=self.way.score)
        return map(record, results)

    def place(self, uri: str) -> Place:
        """Where a photo lies. Raises `PhotoError` where an archive does not hold it any more."""
        place = place_called(as_on_disk(uri))
        return replace(place, private=self.way.private) if isinstance(place, Address) else place
