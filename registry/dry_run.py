"""What an upload would get, told without taking it: the same reading, the same gate, and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from expectations import queries
from registry import roles
from registry.admission import sent_before
from registry.candidate import Candidate, read_candidate
from registry.distribution import DistributionRefused, FileProblem, claim_problems, parse_filename
from registry.limits import used_up
from registry.models import Account, File, Package, Token
from registry.publish import beside, package_named
from registry.receiving import Received
from registry.upload_form import form_problems, read_form
from registry.upload_refused import UploadRefused, refused_for
from verification.bundle import EvidenceRefused, split
from verification.reasons import Reason
from verification.subject import Artifact, identity_of
from verification.verdict import Verdict

NOT_SENT = (
    "The file was not sent: its archive, RECORD, WHEEL and metadata were not read, and the form was believed.",
    "Its digest was taken from the form, and so was what the evidence has to be about.",
)
NO_SIZE = "No size was given: the limits on size were not asked about."
MAX_SIZE_DIGITS = 15

_SHA256 = re.compile("[0-9a-f]{64}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What an upload would get at this moment. ``refused`` says why not; ``repeated``: the same file is here already.

    ``unchecked`` are sentences about what could not be looked at.
    """

    refused: UploadRefused | None
    repeated: bool
    verdict: Verdict | None
    unchecked: tuple[str, ...]


def dry_run(fields: Mapping[str, list[str]], received: Received | None, *, by: Token | Account) -> Foresight:
    """Return what an upload of this form would get, sent by this token, or by one of this person's.

    Without a file, ``filename`` and ``sha256_digest`` say which it would be, and ``size`` (bytes), if given, how large.
    """
    unchecked: tuple[str, ...] = ()
    try:
        if received is None:
            unchecked = NOT_SENT if fields.get("size") else (*NOT_SENT, NO_SIZE)
            candidate = _claimed(fields)
            package = _permitted(by, fields)
        else:
            form = read_form(fields, received)
            package = _permitted(by, fields)  # as of an upload, no archive is unfolded for who may not send it
            candidate = read_candidate(form)
        return _foresee(candidate, fields, package, by, unchecked)
    except UploadRefused as refused:
        return Foresight(refused, repeated=False, verdict=refused.verdict, unchecked=unchecked)


def _foresee(
    candidate: Candidate,
    fields: Mapping[str, list[str]],
    package: Package,
    by: Token | Account,
    unchecked: tuple[str, ...],
) -> Foresight:
    sent = fields.get("attestations")
    attestations = sent[0].encode() if sent else None
    artifact = candidate.artifact
    if artifact is not None and not candidate.problems and _sent_before(artifact, attestations):
        return Foresight(None, repeated=True, verdict=None, unchecked=unchecked)
    problems, verdict = beside(candidate, attestations, package)
    account = by.account if isinstance(by, Token) else by
    problems += used_up(account, queries.read_policy(queries.active_policy_version()))
    if problems:
        raise refused_for(problems, verdict)
    here = artifact is not None and _existing(artifact) is not None
    return Foresight(None, repeated=here, verdict=verdict, unchecked=unchecked)


def _sent_before(artifact: Artifact, attestations: bytes | None) -> bool:
    existing = _existing(artifact)
    if existing is None or attestations is None:
        return False
    try:
        return sent_before(existing, artifact, split(attestations))
    except EvidenceRefused:
        return False


def _existing(artifact: Artifact) -> File | None:
    return File.objects.select_related("verdict").filter(identity=identity_of(artifact.filename)).first()


def _permitted(by: Token | Account, fields: Mapping[str, list[str]]) -> Package:
    """Return the package of a well-formed form. Raises UploadRefused: NAME_UNKNOWN, NOT_ALLOWED, TOKEN_SCOPE."""
    package = package_named(fields["name"][0])
    if isinstance(by, Token):
        if not roles.may_upload(by, package):
            raise UploadRefused(*roles.why_no_upload(by, package))
    elif not roles.may_upload_in_person(by, package):
        raise UploadRefused(Reason.NOT_ALLOWED, f"{by.username} is no uploader of {package.name}")
    return package


def _claimed(fields: Mapping[str, list[str]]) -> Candidate:
    """Return the file that a form without one is about. Raises UploadRefused (FORM_MALFORMED)."""
    found = form_problems(fields) + [
        FileProblem(Reason.FORM_MALFORMED, f"Without the file, {name} has to be given once, as {what}.")
        for name, what, holds in (
            ("filename", "the file would be called", bool),
            ("sha256_digest", "64 hexadecimal digits", _SHA256.fullmatch),
        )
        if len(given := fields.get(name, [])) != 1 or not holds(given[0])
    ]
    size = (fields.get("size") or ["0"])[0]
    if not (size.isascii() and size.isdigit() and len(size) <= MAX_SIZE_DIGITS):
        found.append(FileProblem(Reason.FORM_MALFORMED, "size is a number of bytes."))
    if found:
        raise refused_for(found)
    try:
        named = parse_filename(fields["filename"][0])
    except DistributionRefused as error:
        return Candidate(None, None, error.problems)
    digests = {"sha256": fields["sha256_digest"][0].lower()}
    artifact = Artifact(named.filename, named.name, named.version, digests, int(size))
    return Candidate(artifact, None, claim_problems(named, fields))
