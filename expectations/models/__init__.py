"""Rows of promise and decision. All but the counters of second factors are append-only; the database refuses their change.

Tables of the registry are named by lazy foreign key (``"registry.Package"``), so that no import points back.
"""

from expectations.models.closings import Closing
from expectations.models.documents import DocumentVersion, Kind, Source
from expectations.models.keys import SecurityKey
from expectations.models.log import AuditLeaf, RegistryIdentity
from expectations.models.people import FactorEvent, Grant, Role, TotpCounter
from expectations.models.proposals import Decision, Origin, Proposal, Voice

__all__ = [
    "AuditLeaf",
    "Closing",
    "Decision",
    "DocumentVersion",
    "FactorEvent",
    "Grant",
    "Kind",
    "Origin",
    "Proposal",
    "RegistryIdentity",
    "Role",
    "SecurityKey",
    "Source",
    "TotpCounter",
    "Voice",
]
