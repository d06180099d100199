"""The targets of the laws under a coverage-guided fuzzer: ``python -m tests.laws.fuzz [--minutes N] [TARGET …]``."""
