"""The errors a user can do something about. The command line prints their message and exits with 1."""


class WildwearError(Exception):
    """Base of every error below; its message names the file, the field and what was expected."""


class PhotoError(WildwearError):
    """A photo cannot be read: missing, empty, truncated, not an image, or too large."""


class UnavailableError(PhotoError):
    """A photo cannot be loaded now: a server is silent, busy or out of order. Later it may be."""


class TooLargePhotoError(PhotoError):
    """A photo has more pixels or bytes than are read, or would take more memory."""


class MaskError(WildwearError):
    """A mask, RLE or polygon is malformed."""


class DatasetError(WildwearError):
    """A dataset file or folder is missing something, or contradicts itself."""


class ModelError(WildwearError):
    """A model file is missing, damaged, or not one of ours."""


class OutputError(WildwearError):
    """An output folder or file is in the way, or cannot be written."""


class ClusterError(WildwearError):
    """A cluster of machines cannot be joined, or was lost."""


class MissingExtraError(WildwearError):
    """An optional dependency is not installed; the message holds the `pip install` line."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra that is not installed: pip install 'wildwear[{extra}]'")
        self._made_of = what, extra

    def __reduce__(self) -> "tuple[type[MissingExtraError], tuple[str, str]]":
        """Travel from one process to another as what it was made of."""
        return type(self), self._made_of
