"""Runs folders of provenance cases through the real gate: ``python -m tests.corpus DIR [--json]``."""
