"""Sound evidence that is sent for something else than it was made for."""

from __future__ import annotations

import hashlib
import json

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.attacks.gate import expectation_of, kept_out, let_in
from tests.support.honest import CONTENT, Honest
from verification.judgement import Terms
from verification.pipeline import judge
from verification.reasons import Reason
from verification.subject import Artifact

WHEEL = "widget-1.0-py3-none-any.whl"


@pytest.mark.parametrize("name", ["gadget-1.0.tar.gz", "dist/gadget-1.0.tar.gz", "./out/gadget-1.0-py3-none-any.whl"])
def test_evidence_of_another_package(honest: Honest, name: str) -> None:
    """Evidence replayed for another package: the same bytes were attested under the name of another project."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    kept_out(honest.judge(honest.sign(honest.provenance(filename=name))), Reason.SUBJECT_OTHER_DISTRIBUTION)


@pytest.mark.parametrize("name", ["widget-1.0.1.tar.gz", "widget-1.0rc1.tar.gz", "widget-1!1.0.tar.gz"])
def test_evidence_of_another_version(honest: Honest, name: str) -> None:
    """Evidence replayed for another version: the same bytes were attested as another release."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    kept_out(honest.judge(honest.sign(honest.provenance(filename=name))), Reason.SUBJECT_OTHER_DISTRIBUTION)


@pytest.mark.parametrize(
    "name", ["widget-1.0-py3-none-win32.whl", "widget-1.0-1-py3-none-any.whl", "widget-1.0.tar.gz"]
)
def test_evidence_of_another_file_name(honest: Honest, name: str) -> None:
    """Evidence replayed for another file name: a wheel of another platform or build number, or the sdist."""
    artifact = honest.artifact(filename=WHEEL)
    let_in(honest.judge(honest.sign(honest.provenance(filename=WHEEL)), artifact=artifact))
    verdict = honest.judge(honest.sign(honest.provenance(filename=name)), artifact=artifact)
    kept_out(verdict, Reason.SUBJECT_OTHER_DISTRIBUTION)


def test_evidence_without_a_name(honest: Honest) -> None:
    """Evidence replayed for another version: nameless evidence of 1.0, sent with the same bytes as the release 2.0."""
    statement = honest.provenance(filename="out.bin")
    attestation = honest.sign(statement)
    let_in(honest.judge(attestation))
    later = honest.artifact("widget-2.0.tar.gz", version="2.0")
    kept_out(honest.judge(attestation, artifact=later), Reason.PARAMETER_UNEXPECTED, "/workflow/ref")


def test_one_name_right_and_one_of_another_package(honest: Honest) -> None:
    """The same file stands in the statement twice: once as this package's, once as another's."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    statement = honest.provenance()
    statement["subject"].append({**statement["subject"][0], "name": "gadget-1.0.tar.gz"})
    kept_out(honest.judge(honest.sign(statement)), Reason.SUBJECT_OTHER_DISTRIBUTION)


def test_the_right_name_with_another_digest(honest: Honest) -> None:
    """The file's name stands in the statement, beside the digest of another file."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    statement = honest.provenance()
    statement["subject"] = [{"name": "widget-1.0.tar.gz", "digest": {"sha256": hashlib.sha256(b"x").hexdigest()}}]
    kept_out(honest.judge(honest.sign(statement)), Reason.SUBJECT_MISMATCH)


def test_a_sibling_package_of_the_same_repository(honest: Honest) -> None:
    """Evidence replayed for another package: two packages of one repository, told apart by their tags alone."""

    ours, theirs = honest.as_run(ref="refs/tags/widget-v1.0"), honest.as_run(ref="refs/tags/gadget-v1.0")
    document = json.loads(honest.expectation().canonical)
    template = {"template": "refs/tags/{name}-v{version}"}
    document["recipes"][0]["external_parameters"]["/workflow/ref"] = template
    document["recipes"][0]["builder_ids"] = [
        {"template": "https://github.com/example/widget/.github/workflows/release.yml@refs/tags/{name}-v{version}"}
    ]
    promise = expectation_of(document)
    let_in(honest.judge(honest.sign(honest.provenance(ours), ours), expectation=promise))
    nameless = honest.provenance(theirs, filename="out.bin")
    kept_out(honest.judge(honest.sign(nameless, theirs), expectation=promise), Reason.PARAMETER_UNEXPECTED)
    # The sibling's own build, for the sibling.
    gadget = Artifact(
        "gadget-1.0.tar.gz",
        canonicalize_name("gadget"),
        Version("1.0"),
        {"sha256": hashlib.sha256(CONTENT).hexdigest()},
        len(CONTENT),
    )
    examined = honest.examine(honest.sign(nameless, theirs), artifact=gadget)
    let_in(judge(examined, terms=Terms(promise, 1, "0" * 64)))


def test_yesterdays_evidence_for_todays_file(honest: Honest) -> None:
    """The last release's evidence is sent with a new file, in the hope that nobody compares digests."""
    attestation = honest.sign(honest.provenance())
    let_in(honest.judge(attestation))
    later = honest.artifact("widget-1.1.tar.gz", content=b"the next release", version="1.1")
    kept_out(honest.judge(attestation, artifact=later), Reason.SUBJECT_MISMATCH)
