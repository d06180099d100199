"""Trusted publishers: which runs elsewhere may upload to a package, and whether a run is one of them. Pure but for lookups."""
