"""What can be wrong with a dataset: the kinds of problem, how severe each is, and what a repair does."""

from enum import Enum, StrEnum
from typing import NamedTuple

NOWHERE = -1  # the index of no record, polygon or number


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"  # training or evaluation would stop there, or be falsified
    WARNING = "warning"  # likely a mistake; only somebody who looks can tell
    INFO = "info"  # fine, but good to know


class Remedy(StrEnum):
    """What a repair does about a problem. It drops only what nobody can draw or place, and makes instances
    only where that was asked for."""

    DROP_RECORD = "drops the record"
    DROP_POLYGON = "drops the polygon, and the instance if it has no other"
    CLIP = "cuts it at the edge of the photo"
    MEASURE = "measures area and box from the mask"
    RENUMBER = "gives a new id"
    SIZE = "takes the size from the photo"
    WHOLE = "writes a whole number"
    BLANK = "writes null"
    JUDGE = "makes it an instance, with --make-instances"


class Kind(Enum):
    """The kinds of problem: how severe, what they are called when there are several, and the usual remedy."""

    # Records
    MALFORMED = Severity.ERROR, "parts that the format's reader leaves out", Remedy.DROP_RECORD
    NOT_AN_OBJECT = Severity.ERROR, "records that are no objects", Remedy.DROP_RECORD
    WRONG_TYPE = Severity.ERROR, "fields that are missing or of another type", None
    NOT_WHOLE = Severity.ERROR, "whole numbers written in another way", Remedy.WHOLE
    NOT_FINITE = Severity.ERROR, "numbers that are not finite", Remedy.BLANK
    DUPLICATE_ID = Severity.ERROR, "ids that occur twice", None
    UNKNOWN_IMAGE = Severity.ERROR, "annotations of no image", Remedy.DROP_RECORD
    UNKNOWN_CATEGORY = Severity.ERROR, "annotations of no category", Remedy.DROP_RECORD
    KEYPOINTS = Severity.WARNING, "keypoints that do not come in threes", None
    SAME_NAME = Severity.WARNING, "categories of one name", None
    FOREIGN_CATEGORIES = Severity.INFO, "categories that are not wildwear's 30", None
    BARE_IMAGE = Severity.INFO, "photos without annotations", None
    NOTHING_JUDGED = Severity.WARNING, "datasets without an instance", None
    ONLY_REGIONS = Severity.WARNING, "regions of categories without an instance", Remedy.JUDGE
    # Photos
    LEAVES_FOLDER = Severity.ERROR, "file names that lead out of the folder", None
    PHOTOS_NOT_FOUND = Severity.WARNING, "photos not checked", None
    PHOTO_MISSING = Severity.ERROR, "photos that are missing", None
    PHOTO_UNREADABLE = Severity.ERROR, "photos that cannot be read", None
    SIZE_UNKNOWN = Severity.ERROR, "photos of unknown size", None
    SIZE_DIFFERS = Severity.ERROR, "photos of another size than their record", None
    TURNED = Severity.ERROR, "photos turned against their record", None
    SAME_FILE = Severity.WARNING, "photos with two records", None
    SAME_LETTERS = Severity.WARNING, "file names that differ in capitals alone", None
    SAME_PHOTO = Severity.WARNING, "photos that occur twice", None
    LEAK = Severity.ERROR, "photos that are in another of the datasets too", None
    # Masks
    NO_MASK = Severity.ERROR, "annotations without a mask", None
    MALFORMED_RLE = Severity.ERROR, "RLE masks that cannot be decoded", None
    RLE_SIZE = Severity.ERROR, "RLE masks of another size than their photo", None
    MALFORMED_POLYGON = Severity.ERROR, "polygons that are no list of x, y, x, y, ...", Remedy.DROP_POLYGON
    SHORT_POLYGON = Severity.ERROR, "polygons of fewer than 3 points", Remedy.DROP_POLYGON
    EMPTY_POLYGON = Severity.WARNING, "polygons that enclose no pixel", Remedy.DROP_POLYGON
    EMPTY_MASK = Severity.ERROR, "masks without a pixel", Remedy.DROP_RECORD
    POLYGON_OUTSIDE = Severity.WARNING, "polygons that reach outside the photo", Remedy.CLIP
    SELF_CROSSING = Severity.WARNING, "polygons that cross themselves", None
    DUPLICATE = Severity.ERROR, "instances that occur twice", Remedy.DROP_RECORD
    TWO_NAMES = Severity.WARNING, "masks that stand under two categories", None
    WHOLE_PHOTO = Severity.WARNING, "masks of nearly the whole photo", None
    SPECKS = Severity.WARNING, "masks with many specks", None
    TINY = Severity.WARNING, "masks of a few pixels", None
    # Measures
    MALFORMED_BOX = Severity.ERROR, "boxes that are missing or not four finite numbers", Remedy.MEASURE
    BOX_OUTSIDE = Severity.WARNING, "boxes that reach outside the photo", Remedy.MEASURE
    BOX_ELSEWHERE = Severity.ERROR, "boxes that are far from those of their masks", Remedy.MEASURE
    BOX_DIFFERS = Severity.WARNING, "boxes that differ from those of their masks", Remedy.MEASURE
    NO_AREA = Severity.ERROR, "areas that are missing or no number", Remedy.MEASURE
    AREA_DIFFERS = Severity.WARNING, "areas that are not those of their masks", Remedy.MEASURE
    AREA_OF_BOX = Severity.WARNING, "areas that are those of the box", Remedy.MEASURE

    def __init__(self, severity: Severity, title: str, remedy: Remedy | None) -> None:
        self.severity = severity
        self.title = title
        self.remedy = remedy


class Place(NamedTuple):
    """Where in a COCO document: `annotations[1207].segmentation[0]`."""

    section: str
    position: int = NOWHERE
    field: str = ""
    part: int = NOWHERE

    def __str__(self) -> str:
        record = self.section + _indexed(self.position)
        return f"{record}.{self.field}{_indexed(self.part)}" if self.field else record


def _indexed(index: int) -> str:
    return "" if index == NOWHERE else f"[{index}]"


class Problem(NamedTuple):
    """One thing that is wrong, at one place."""

    kind: Kind
    place: Place
    message: str  # goes on after the place: "has 2 points; a polygon needs at least 3"
    remedy: Remedy | None = None  # what a repair does about it; None: nothing

    @property
    def severity(self) -> Severity:
        """That of its kind."""
        return self.kind.severity


def problem(kind: Kind, place: Place, message: str) -> Problem:
    """A problem with the usual remedy of its kind."""
    return Problem(kind, place, message, kind.remedy)
