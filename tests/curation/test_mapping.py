"""Photos that look alike lie near one another."""

import numpy as np
import polars as pl

from wildwear.curation import mapping
from wildwear.curation.mapping import mapped, on_a_plane


def test_two_kinds_of_photos_lie_on_two_sides() -> None:
    random = np.random.default_rng(0)
    kinds = np.repeat(np.eye(8, dtype=np.float32)[:2], 20, axis=0)
    places = on_a_plane(kinds + random.normal(0, 0.05, kinds.shape).astype(np.float32))
    left = set(np.flatnonzero(places[:, 0] < 0.5).tolist())
    assert left in (set(range(20)), set(range(20, 40)))
    assert (places.min(axis=0).tolist(), places.max(axis=0).tolist()) == ([0, 0], [1, 1])


def test_photos_without_an_embedding_are_left_out_and_more_than_fit_drawn_at_random() -> None:
    random = np.random.default_rng(0)
    vectors = [*random.normal(size=(500, 4)).astype(np.float32).tolist(), None]
    names = [f"{number}.jpg" for number in range(501)]
    photos = pl.DataFrame({"photo": names, "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, 4))})
    found = mapped(photos)
    assert len(found) == len({name for name, _, _ in found}) == mapping.MOST
    assert "500.jpg" not in {name for name, _, _ in found}
    assert mapped(photos) == found
    assert mapped(photos[:2]) == []
