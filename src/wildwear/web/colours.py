"""The colours that all pages have in common, as custom properties of a style sheet."""

from pathlib import Path

SHEET = Path(__file__).with_suffix(".css")
