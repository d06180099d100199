"""The names of the stewards of every test registry; apart, for it is read before Django is set up."""

STEWARDS = ("stella", "stefan", "stina")
"""The template database names them by ``manage.py bootstrap``."""
