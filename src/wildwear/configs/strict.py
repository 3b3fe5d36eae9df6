"""What every document of settings is built on, and how its faults are told."""

from pydantic import BaseModel, ConfigDict, ValidationError


class Strict(BaseModel):
    """Unknown fields are mistakes, and settings do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def told(error: ValidationError) -> str:
    """Each fault with its place: `sources.wild.counts.train: …; …`."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the document'}: {fault['msg']}" for fault in error.errors()
    )
