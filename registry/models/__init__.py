"""The registry's rows: who, what, and the evidence it was let in by."""

from registry.models.files import Evidence, File, Refusal, Release, VerdictEvidence, VerdictRecord
from registry.models.index_pages import IndexEntry, IndexPage
from registry.models.invitations import Invitation
from registry.models.notices import Notice, NoticeCursor
from registry.models.packages import Package, PackageUserPermission
from registry.models.people import Account, AccountManager, Person
from registry.models.publishers import MintedRight, MintingRefusal, PublisherAccount, SpentIdentity
from registry.models.showing import LatestFile, RenderedDescription
from registry.models.tokens import Token, UploadCount

__all__ = [
    "Account",
    "AccountManager",
    "Evidence",
    "File",
    "IndexEntry",
    "IndexPage",
    "Invitation",
    "LatestFile",
    "MintedRight",
    "MintingRefusal",
    "Notice",
    "NoticeCursor",
    "Package",
    "PackageUserPermission",
    "Person",
    "PublisherAccount",
    "Refusal",
    "Release",
    "RenderedDescription",
    "SpentIdentity",
    "Token",
    "UploadCount",
    "VerdictEvidence",
    "VerdictRecord",
]
