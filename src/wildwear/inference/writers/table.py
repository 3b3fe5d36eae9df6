"""The garments of a run as a table, a row each: CSV for people and Parquet for programs."""

import csv
from collections.abc import Iterable
from pathlib import Path

import polars

from wildwear.files import replacing, write_parquet
from wildwear.imaging.identity import shown
from wildwear.inference.segmenting import Record
from wildwear.taxonomy import category

SCHEMA: dict[str, type[polars.DataType]] = {
    "photo": polars.String,
    "photo_width": polars.Int32,  # pixels, upright
    "photo_height": polars.Int32,
    "instance": polars.Int32,  # from 1, the surest first; as in the names of cut-outs
    "category_id": polars.Int32,
    "category": polars.String,
    "group": polars.String,
    "supercategory": polars.String,
    "score": polars.Float32,
    "alternatives": polars.String,  # names, likeliest first
    "alternative_scores": polars.String,  # theirs
    "x": polars.Float32,  # of the mask's box, in pixels
    "y": polars.Float32,
    "width": polars.Float32,
    "height": polars.Float32,
    "network_x": polars.Float32,  # of the box in which the network looked
    "network_y": polars.Float32,
    "network_width": polars.Float32,
    "network_height": polars.Float32,
    "area": polars.Int64,  # pixels of the mask
    "area_share": polars.Float32,  # of the photo
    "colours": polars.String,  # names, that of most pixels first
    "colour_hexes": polars.String,  # the colours themselves
    "colour_shares": polars.String,  # of the garment
    "overlay": polars.String,  # path below the folder of the run
    "cutout": polars.String,  # likewise
}
BETWEEN = "; "  # values in one cell


def write_table(csv_path: Path, parquet_path: Path, records: Iterable[Record]) -> None:
    """Write both files, row by row."""
    with replacing(csv_path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SCHEMA)
        for record in records:
            writer.writerows(rows(record))
    write_parquet(parquet_path, polars.scan_csv(csv_path, schema=SCHEMA))


def rows(record: Record) -> Iterable[list[object]]:
    """Yield a row for each garment of a photo."""
    height, width = record.size
    for number, garment in enumerate(record.garments, start=1):
        kind = category(garment["category_id"])
        others, colours = garment["alternatives"], garment["colours"]
        yield [
            *(shown(record.photo), width, height, number),
            *(kind.id, kind.name, kind.group, kind.supercategory, garment["score"]),
            listed(category(one["category_id"]).name for one in others),
            listed(one["probability"] for one in others),
            *(*garment["bbox"], *garment["network_bbox"]),
            *(garment["area"], round(garment["area"] / (width * height), 6)),
            *(listed(one[field] for one in colours) for field in ("name", "hex", "share")),
            *(record.overlay, record.cutouts[number - 1] if record.cutouts else ""),
        ]


def listed(values: Iterable[object]) -> str:
    """Several values in one cell."""
    return BETWEEN.join(map(str, values))
