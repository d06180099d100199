"""What a file says of itself: reads sdists and wheels from strangers, and knows nothing of Django."""

from registry.distribution.claim import claim_problems
from registry.distribution.filename import parse_filename
from registry.distribution.form import compare_with_form
from registry.distribution.problems import DistributionRefused, FileProblem
from registry.distribution.reading import Distribution, read_distribution

__all__ = [
    "Distribution",
    "DistributionRefused",
    "FileProblem",
    "claim_problems",
    "compare_with_form",
    "parse_filename",
    "read_distribution",
]
