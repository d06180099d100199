"""Proves how a file was built. Pure Python: no Django, no network, no clock of its own.

The clock, the roots of trust and the expectation are handed in; what comes out is a
:class:`verification.verdict.Verdict`. The one door is :mod:`verification.pipeline`.
"""
