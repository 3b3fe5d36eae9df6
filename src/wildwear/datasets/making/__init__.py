"""Datasets made: by recipe, from other datasets, from public photos and a table."""
