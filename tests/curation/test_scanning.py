"""Photos go into a catalog: once, whole or with a reason, however often somebody stops it."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from curation.conftest import Measured, write_noise
from hostile_photos import Hostile, assert_each_has_its_reason
from wildwear.curation import Catalog, measurer, measuring, scanning
from wildwear.curation.models import Models
from wildwear.curation.scanning import Scanned, scan
from wildwear.curation.signals import SIGNALS, hashes
from wildwear.errors import DatasetError, OutputError
from wildwear.gathering import gather


def scanned(pool: Path, catalog: Catalog, models: Models | None = None, workers: int = 1) -> Scanned:
    return scan(gather([str(pool)]), catalog, models or Models(), workers=workers)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog")


def test_every_photo_is_a_row_in_natural_order_and_every_signal_its_columns(
    pool: Path, catalog: Catalog, measured: Measured
) -> None:
    assert scanned(pool, catalog) == Scanned(photos=6, measured=6, failed=1, gone=0, duplicates=0)
    table = catalog.read()
    names = ["1.png", "2.png", "10.png", "bad.jpg", "more/3.png", "more/4.png"]
    assert table["photo"].to_list() == names
    assert {column.name for signal in SIGNALS for column in signal.columns} <= set(table.columns)
    assert table["width"].to_list() == [64, 64, 64, None, 64, 64]
    assert table["path"].to_list() == [str(pool / name) for name in names]


def test_a_photo_that_cannot_be_read_is_a_row_with_the_reason(
    pool: Path, catalog: Catalog, measured: Measured
) -> None:
    scanned(pool, catalog)
    [(name, reason)] = catalog.read(["photo", "failure"]).drop_nulls().rows()
    assert name == "bad.jpg"
    assert reason.startswith("is not a photo that wildwear reads")


def test_hostile_files_are_rows_with_reasons(catalog: Catalog, measured: Measured, hostile: Hostile) -> None:
    scan(gather(hostile.sources), catalog, Models(), workers=1)
    assert_each_has_its_reason(dict(catalog.read(["photo", "failure"]).rows()), hostile)


def test_a_folder_that_may_not_be_read_is_a_row_and_stops_nothing(
    pool: Path, catalog: Catalog, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.scandir

    def locked(folder: str) -> object:
        if folder == str(pool / "more"):
            raise PermissionError(13, "Permission denied", folder)
        return look(folder)

    monkeypatch.setattr(os, "scandir", locked)
    scanned(pool, catalog)
    rows = dict(catalog.read(["photo", "failure"]).rows())
    assert rows["more"] == "the folder cannot be read (Permission denied)"
    assert rows["1.png"] is None


def test_what_has_not_changed_is_not_read_again(pool: Path, catalog: Catalog, measured: Measured) -> None:
    scanned(pool, catalog)
    before = catalog.read()
    measured.clear()
    write_noise(pool / "2.png", seed=99, size=(80, 60))
    write_noise(pool / "new.png", seed=100)
    assert scanned(pool, catalog).measured == 3
    assert sorted(measured) == ["2.png", "bad.jpg", "new.png"]  # what could not be read is tried again
    after = catalog.read()
    assert after.filter(photo="2.png")["width"].item() == 80
    assert after.filter(photo="10.png").equals(before.filter(photo="10.png"))


def test_a_photo_that_is_gone_loses_its_row(pool: Path, catalog: Catalog, measured: Measured) -> None:
    scanned(pool, catalog)
    (pool / "2.png").unlink()
    assert scanned(pool, catalog).gone == 1
    assert "2.png" not in catalog.read()["photo"]


def test_photos_that_moved_with_their_folder_are_not_read_again_and_lie_where_they_are_now(
    pool: Path, catalog: Catalog, measured: Measured
) -> None:
    scanned(pool, catalog)
    measured.clear()
    moved = pool.rename(pool.with_name("moved"))
    scanned(moved, catalog)
    assert measured == ["bad.jpg"]
    rows = catalog.read(["photo", "path"]).rows()
    assert [path for _, path in rows] == [str(moved / name) for name, _ in rows]


def test_a_scan_that_is_stopped_goes_on_where_it_was(
    pool: Path, catalog: Catalog, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "PART_ROWS", 2)
    add = Catalog.add

    def killed_at_the_second(self: Catalog, rows: pl.DataFrame) -> None:
        add(self, rows)
        if len(measured) >= 4:
            raise SystemExit

    monkeypatch.setattr(Catalog, "add", killed_at_the_second)
    with pytest.raises(SystemExit):
        scanned(pool, catalog)
    monkeypatch.setattr(Catalog, "add", add)
    done = measured[:4]
    measured.clear()
    scanned(pool, catalog)
    assert set(measured) == {"more/3.png", "more/4.png", *({"bad.jpg"} & set(done))}
    fresh = Catalog(catalog.path.with_name("fresh"))
    scanned(pool, fresh)
    assert catalog.read().equals(fresh.read())


KILLED = """
import os, signal, sys
from pathlib import Path
from wildwear.curation import Catalog, scanning
from wildwear.curation.models import Models
from wildwear.gathering import gather

scanning.PART_ROWS = 16
add = Catalog.add

def killed_at_the_second(self, rows):
    add(self, rows)
    if len(list((self.path / "parts").iterdir())) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

Catalog.add = killed_at_the_second
scanning.scan(gather([sys.argv[1]]), Catalog(Path(sys.argv[2])), Models(), workers=2)
"""


def test_a_scan_that_is_killed_goes_on_without_measuring_again(
    tmp_path: Path, catalog: Catalog, measured: Measured
) -> None:
    """By SIGKILL, with Daft: what was kept is not read again, and the table is as if nothing had been."""
    pytest.importorskip("daft")
    pool = tmp_path / "pool"
    for number in range(80):
        write_noise(pool / f"{number}.png", number)
    killed = subprocess.run([sys.executable, "-c", KILLED, pool, catalog.path], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    kept = catalog.read(["photo"])["photo"].to_list()
    assert 32 <= len(kept) < 80
    assert scanned(pool, catalog).measured == len(measured) == 80 - len(kept)
    assert not set(kept) & set(measured)
    fresh = Catalog(tmp_path / "fresh")
    scanned(pool, fresh)
    assert catalog.read().equals(fresh.read())


def test_what_a_damaged_part_held_is_measured_anew_and_nothing_else(
    pool: Path, catalog: Catalog, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Catalog(catalog.path.with_name("whole"))
    scanned(pool, whole)
    table = whole.read()
    names = ["1.png", "2.png"]
    for part in (table.filter(~pl.col("photo").is_in(names)), table.filter(pl.col("photo").is_in(names))):
        catalog.add(part)
    catalog.note(whole.settings)
    cut = catalog.path / "parts" / "000002.parquet"
    cut.write_bytes(cut.read_bytes()[:-100])
    measured.clear()
    assert scanned(pool, catalog).damaged == (cut,)
    assert measured == [*names, "bad.jpg"]
    assert catalog.read().equals(table)


def test_a_table_of_something_else_is_left_as_it_is(pool: Path, catalog: Catalog) -> None:
    catalog.path.mkdir()
    table = catalog.path / "photos.parquet"
    table.write_bytes(b"PAR1 of somebody else")
    with pytest.raises(DatasetError, match=r"photos\.parquet: is damaged"):
        scanned(pool, catalog)
    assert table.read_bytes() == b"PAR1 of somebody else"


def test_a_new_version_of_a_signal_is_measured_alone(
    pool: Path, catalog: Catalog, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(pool, catalog)
    before = catalog.read()
    newer = replace(hashes.SIGNAL, version=99, measure=lambda photo: {"sha256": "new", "photo_hash": 5})
    others = tuple(newer if signal.name == "hashes" else signal for signal in SIGNALS)
    monkeypatch.setattr(scanning, "SIGNALS", others)
    monkeypatch.setitem(measuring.BY_NAME, "hashes", newer)
    scanned(pool, catalog)
    after = catalog.read()
    assert after["sha256"].drop_nulls().unique().to_list() == ["new"]
    columns = ["photo", "color", "tint_spread", "width", "taken", "thesis_color"]
    assert after.select(columns).equals(before.select(columns))
    measured.clear()
    scanned(pool, catalog)
    assert measured == ["bad.jpg"]


def test_faces_come_into_a_catalog_that_had_none_and_stay(
    pool: Path, catalog: Catalog, measured: Measured, shared: Path
) -> None:
    scanned(pool, catalog)
    assert catalog.read()["faces"].null_count() == 6
    scanned(pool, catalog, Models(faces=shared / "weights" / "yunet_n_640_640.onnx"))
    table = catalog.read()
    assert table.filter(photo="1.png")["faces"].item() == 0
    assert table.filter(photo="1.png")["color"].item() is not None
    measured.clear()
    scanned(pool, catalog)
    assert measured == ["bad.jpg"]
    assert catalog.read().filter(photo="1.png").equals(table.filter(photo="1.png"))


def test_copies_are_marked_over_all_photos(pool: Path, catalog: Catalog, measured: Measured) -> None:
    shutil.copy(pool / "1.png", pool / "more" / "1-again.png")
    assert scanned(pool, catalog).duplicates == 1
    copies = catalog.read(["photo", "duplicate_of"]).drop_nulls()
    assert copies.rows() == [("more/1-again.png", "1.png")]


def test_photos_in_an_archive_are_rows_as_well(
    pool: Path, catalog: Catalog, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pool / "export.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(pool / "1.png", "media/1.png")
        packed.write(pool / "2.png", "../2.png")
    monkeypatch.chdir(pool)
    scanned(Path("export.zip"), catalog)  # which is found from elsewhere, too
    table = catalog.read()
    assert table.select("photo", "path").row(0) == ("media/1.png", f"{archive}/media/1.png")
    assert table["failure"].to_list() == [None, "its name leads out of the archive"]
    measured.clear()
    scanned(archive, catalog)
    assert measured == []


def test_a_name_that_is_no_text_has_a_row(tmp_path: Path, catalog: Catalog, measured: Measured) -> None:
    pool = tmp_path / "pool"
    write_noise(pool / "fine.png", 1)
    (pool / "fine.png").rename(pool / os.fsdecode(b"caf\xe9.png"))
    scanned(pool, catalog)
    assert catalog.read(["photo", "failure"]).row(0) == (r"caf\xe9.png", None)
    measured.clear()
    scanned(pool, catalog)
    assert measured == []


def test_a_folder_that_holds_something_else_is_left_alone(pool: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds something that is no catalog"):
        scanned(pool, Catalog(pool))


def test_the_catalog_of_other_photos_is_left_alone(pool: Path, catalog: Catalog, measured: Measured) -> None:
    scanned(pool / "more", catalog)
    write_noise(pool / "else" / "9.png", 9)
    before = catalog.read()
    with pytest.raises(OutputError, match="is the catalog of other photos"):
        scanned(pool / "else", catalog)
    assert catalog.read().equals(before)


def test_daft_measures_what_this_process_does(pool: Path, catalog: Catalog, tmp_path: Path) -> None:
    """Two processes; the whole way, embedded."""
    pytest.importorskip("daft")
    photos = {photo.name: photo for photo in gather([str(pool)]).photos}
    names = [signal.name for signal in SIGNALS if signal.needs is None]
    tables = measurer.measured(list(photos.items()), names, Models(), workers=2)
    here = [
        {"photo": name} | measuring.measure(photo.place, names, Models()) for name, photo in photos.items()
    ]
    found = pl.concat(tables).sort("photo")
    assert found.equals(pl.DataFrame(here, schema=found.schema).sort("photo"))
