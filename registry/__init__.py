"""Holds and serves: the Django site, its accounts, uploads, index and pages."""
