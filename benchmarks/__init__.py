"""How fast the verifier is, beside those that do part of its work: ``python -m benchmarks.verify``, or ``make bench``."""
