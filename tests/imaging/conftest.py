"""Hypothesis measures time by its first example, in which libraries are still being imported."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
