"""Where the public datasets lie, and on which terms. Facts only; `fetching.py` acts on them.

The URLs come from the projects' own pages and could not be tried where this was written, for want of a
network. Sizes marked *about* are what others report and serve the disk-space check; after that the server's
word counts. Checksums: ModaNet's are those of its git-lfs pointers at the commit in the URL; the other sets
publish none.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    """One file of a dataset: an annotation file, or a zip that is unpacked."""

    name: str
    url: str | None = None  # None: people get it by hand
    about: int = 0  # bytes, roughly
    parts: frozenset[str] = frozenset()  # what `--only` chooses by
    size: int | None = None  # bytes, exactly, where published
    sha256: str | None = None  # hexadecimal, where published
    folder: str | None = None  # a zip's content lies in this folder of the dataset; "" is the dataset's own
    then: str = ""  # the command that comes next; {out} is the dataset's folder


@dataclass(frozen=True)
class Source:
    """One public dataset."""

    name: str
    title: str
    terms: str  # one line, shown before anything is loaded
    files: tuple[File, ...]
    by_hand: str = ""  # what people must do themselves; {out} is the dataset's folder
    by_hand_makes: str | None = None  # the folder that shows that they have; None: the files without a URL
    parts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", frozenset().union(*(file.parts for file in self.files)))


FASHIONPEDIA_HOST = "https://s3.amazonaws.com/ifashionist-dataset"
MODANET_HOST = "https://media.githubusercontent.com/media/eBay/modanet/e1597ffaa70d16338737b0a1b8ce16287e6745c3/annotations"

FASHIONPEDIA = Source(
    name="fashionpedia",
    title="Fashionpedia (Jia et al., ECCV 2020)",
    terms="annotations CC BY 4.0; the photos belong to their owners (https://fashionpedia.github.io)",
    files=(
        File(
            "instances_attributes_train2020.json",
            about=545_000_000,
            url=f"{FASHIONPEDIA_HOST}/annotations/instances_attributes_train2020.json",
            parts=frozenset({"annotations", "train"}),
            then="wildwear data describe {out}/instances_attributes_train2020.json",
        ),
        File(
            "instances_attributes_val2020.json",
            about=15_000_000,
            url=f"{FASHIONPEDIA_HOST}/annotations/instances_attributes_val2020.json",
            parts=frozenset({"annotations", "val"}),
            then="wildwear data describe {out}/instances_attributes_val2020.json",
        ),
        File(
            "info_test2020.json",
            about=1_000_000,
            url=f"{FASHIONPEDIA_HOST}/annotations/info_test2020.json",
            parts=frozenset({"annotations", "test"}),
        ),
        File(
            "train2020.zip",
            about=3_344_000_000,
            url=f"{FASHIONPEDIA_HOST}/images/train2020.zip",
            parts=frozenset({"photos", "train"}),
            folder="train",
        ),
        File(
            "val_test2020.zip",
            about=236_000_000,
            url=f"{FASHIONPEDIA_HOST}/images/val_test2020.zip",
            parts=frozenset({"photos", "val", "test"}),
            folder="test",  # so it is called in the zip, the photos of val included
        ),
    ),
)

CCP = Source(
    name="ccp",
    title="Clothing Co-Parsing (Yang, Luo and Lin, CVPR 2014)",
    terms="Apache-2.0 (https://github.com/bearpaw/clothing-co-parsing)",
    files=(
        File(
            "clothing-co-parsing.zip",
            about=150_000_000,
            url="https://codeload.github.com/bearpaw/clothing-co-parsing/zip/refs/heads/master",
            folder="",
            then="wildwear data build ccp30 --source {out} --out ccp30",
        ),
    ),
)

CLOTHING_DATASET = Source(
    name="clothing-dataset",
    title="clothing-dataset: single garments off the body, sent in by volunteers (Alexey Grigorev, 2020)",
    terms="CC0 1.0 (https://github.com/alexeygrigorev/clothing-dataset)",
    files=(
        File(
            "clothing-dataset.zip",
            about=162_000_000,
            url="https://codeload.github.com/alexeygrigorev/clothing-dataset/zip/refs/heads/master",
            folder="",
            then="wildwear data build closet30 --source {out} --out closet30",
        ),
    ),
)

MODANET = Source(
    name="modanet",
    title="ModaNet (Zheng et al., ACM Multimedia 2018)",
    terms="annotations CC BY-NC 4.0 (https://github.com/eBay/modanet); the photos belong to their owners",
    files=(
        File(
            "modanet2018_instances_train.json",
            about=105_924_292,
            url=f"{MODANET_HOST}/modanet2018_instances_train.json",
            parts=frozenset({"train"}),
            size=105_924_292,
            sha256="b8a3fd0dcfa8d6f209a0cef88cedd76decbf593bf47b4246504f681b7fb625af",
            then="wildwear data describe {out}/modanet2018_instances_train.json",
        ),
        File(  # names of photos only: the masks of val were kept back for a challenge
            "modanet2018_instances_val.json",
            about=215_183,
            url=f"{MODANET_HOST}/modanet2018_instances_val.json",
            parts=frozenset({"val"}),
            size=215_183,
            sha256="b7d2d3266b0594f3e16831008b58770334e375eb58fda0be141005c5fd4854d2",
        ),
    ),
    by_hand="""\
ModaNet's photos are a part of PaperDoll, which people crawled from Chictopia in 2012; the copyright is the
photographers'. They come in one tar of about 40 GB, and you need twice that:

  1. Read https://github.com/kyamagu/paperdoll/tree/master/data/chictopia and decide whether you may use them.
  2. curl -LO -C - https://s3-ap-northeast-1.amazonaws.com/kyamagu-public/chictopia2/photos.lmdb.tar
     md5sum photos.lmdb.tar       # a404789687fc3906d7d843942c802f53
     tar xf photos.lmdb.tar       # makes photos.lmdb/
  3. pip install lmdb, and write the photos that ModaNet names, with Python:

     import json, pathlib, lmdb
     out = pathlib.Path("{out}")
     (out / "images").mkdir()
     with lmdb.open("photos.lmdb", readonly=True, lock=False).begin() as photos:
         for split in ("train", "val"):
             for image in json.loads((out / f"modanet2018_instances_{split}.json").read_text())["images"]:
                 if photo := photos.get(str(image["id"]).encode()):
                     (out / "images" / image["file_name"]).write_bytes(photo)
""",
    by_hand_makes="images",
)

DEEPFASHION2 = Source(
    name="deepfashion2",
    title="DeepFashion2 (Ge et al., CVPR 2019)",
    terms="by agreement with its authors, for research (https://github.com/switchablenorms/DeepFashion2)",
    files=(
        File(
            "train.zip",
            parts=frozenset({"train"}),
            folder="train",
            then="wildwear data convert {out}/train deepfashion2-train.json",
        ),
        File(
            "validation.zip",
            parts=frozenset({"val"}),
            folder="validation",
            then="wildwear data convert {out}/validation deepfashion2-validation.json",
        ),
        File("test.zip", parts=frozenset({"test"}), folder="test"),
    ),
    by_hand="""\
DeepFashion2 is given out by its authors; nobody may pass on the password for them.

  1. Fill in the form that https://github.com/switchablenorms/DeepFashion2 links to ("Download the Data").
     The password comes by mail.
  2. Open https://drive.google.com/drive/folders/125F48fsMBz2EF0Cpqk6aaHet5VH399Ok in a browser and load
     train.zip, validation.zip and test.zip, those that you need, into {out}
     (test.zip holds photos without annotations).
  3. Run this again: wildwear data fetch deepfashion2 --out {out}
     It asks for the password (or takes it from --password-file, or from the variable
     WILDWEAR_DEEPFASHION2_PASSWORD), checks the archives and unpacks them to
     {out}/train/image, {out}/train/annos, {out}/validation/...
""",
)

SOURCES: dict[str, Source] = {
    source.name: source for source in (FASHIONPEDIA, CCP, CLOTHING_DATASET, MODANET, DEEPFASHION2)
}
