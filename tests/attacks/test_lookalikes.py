"""Look-alikes: hosts, issuers, identities and repositories that a hurried reader takes for the expected ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.attacks.gate import judged, kept_out, let_in
from tests.support import statements
from tests.support.honest import SIGNED_AT, Honest
from tests.support.identities import GitHubWorkflow, GoogleAccount
from tests.support.specimens import SPECIMENS, edited
from verification.reasons import Reason

BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}
REPOSITORY = ("predicate", "buildDefinition", "externalParameters", "workflow", "repository")

HOSTS = [
    "https://github.com.evil.example/example/widget",
    "https://evil.example/github.com/example/widget",
    "https://github.com@evil.example/example/widget",
    "https://evil.example#https://github.com/example/widget",
    "https://evil.example?https://github.com/example/widget",
    "https://www.github.com/example/widget",
    "https://github.com./example/widget",
    "https://github.com:8443/example/widget",
    "https://gist.github.com/example/widget",
    "https://g\u0456thub.com/example/widget",
    "https://xn--gthub-n4a.com/example/widget",
    "https://\uff47ithub.com/example/widget",
    "http://github.com/example/widget",
    "ssh://git@github.com/example/widget",
    "git@github.com:example/widget",
    "https://github.com/example/widget-evil",
    "https://github.com/example/widget/../../evil/widget",
    "https://github.com/example/%2e%2e/evil",
    "https://github.com/example/widget%2f..%2fevil",
    "https://github.com//example/widget",
    "https://github.com/example/widget.git.git",
    "https://github.com/example/widget\u200b",
    "https://github.com/ex\u0430mple/widget",
    "https://github.com/example/widget/evil",
    "https://gitlab.com/example/widget",
]


@pytest.mark.parametrize("uri", HOSTS)
def test_a_repository_that_looks_like_the_expected_one(honest: Honest, uri: str) -> None:
    """Look-alike hosts, Unicode and path tricks: the predicate names a repository that reads like the certificate's."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    kept_out(honest.judge(honest.sign(edited(honest.provenance(), ((REPOSITORY, uri),)))), Reason.CLAIMS_DISAGREE)


@pytest.mark.parametrize("uri", [uri for uri in HOSTS if uri.isascii()])
def test_a_certificate_of_a_repository_that_looks_like_it(honest: Honest, uri: str) -> None:
    """Look-alike hosts: the certificate's own claim is of such a repository, and the predicate of the expected one."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    verdict = honest.judge(honest.sign(honest.provenance(), source_repository_uri=uri))
    kept_out(verdict, Reason.CLAIMS_DISAGREE)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://token.actions.githubusercontent.com/evil-corp",
        "https://token.actions.githubusercontent.com/",
        "https://token.actions.githubusercontent.com.evil.example",
        "https://token.actions.evil.ghe.com",
        "http://token.actions.githubusercontent.com",
        "https://TOKEN.actions.githubusercontent.com",
        "https://gitlab.example",
    ],
)
def test_an_issuer_that_looks_like_the_expected_one(honest: Honest, issuer: str) -> None:
    """Look-alike issuers: an enterprise's own, a prefix, another case; their numbers are not GitHub's numbers."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    kept_out(honest.judge(honest.sign(honest.provenance(), None, issuer=issuer)), Reason.SIGNER_UNKNOWN)


@pytest.mark.parametrize(
    "identity",
    [
        "https://github.com.evil.example/example/widget/.github/workflows/release.yml@refs/tags/v1.0",
        "https://evil.example/example/widget/.github/workflows/release.yml@refs/tags/v1.0",
        "http://github.com/example/widget/.github/workflows/release.yml@refs/tags/v1.0",
        "https://GitHub.com/example/widget/.github/workflows/release.yml@refs/tags/v1.0",
        "https://github.com/example/widget/.github/workflows/sub/release.yml@refs/tags/v1.0",
        "https://github.com/example/widget/evil/.github/workflows/release.yml@refs/tags/v1.0",
        "https://github.com/example/widget/.github/workflows/release.yml",
        "https://github.com/example/widget/.github/workflows/release.yml@",
        "https://github.com/example/widget/.github/workflows/@refs/tags/v1.0",
        "https://github.com/example/widget//.github-ci.yml@refs/tags/v1.0",
        "https://github.com/e/w/.github/workflows/x.yml@refs/heads/a/.github/workflows/release.yml@refs/tags/v1.0",
    ],
)
def test_an_identity_that_looks_like_a_workflows(honest: Honest, identity: str) -> None:
    """Look-alike identities: a certificate names something that is no workflow of GitHub's, but reads like one."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    claims = {**honest.identity.claims(), "build_signer_uri": identity}
    credential = honest.world.issue(identity, claims, at=SIGNED_AT)
    attestation = honest.world.attest(statements.encode(honest.provenance()), credential, at=SIGNED_AT)
    kept_out(honest.judge(attestation), Reason.SIGNER_UNKNOWN)


@pytest.mark.parametrize("ref", ["refs/tags/v1.0@refs/tags/v1.0", "refs/heads/x@refs/tags/v1.0", "refs/tags/v1.0@evil"])
def test_a_ref_within_a_ref(honest: Honest, ref: str) -> None:
    """A branch or tag is named so that its end, or its beginning, reads like the expected tag."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(ref=ref)
    reason = Reason.REF_MOVED if ref.startswith("refs/heads/") else Reason.PARAMETER_UNEXPECTED
    kept_out(honest.judge(honest.sign(honest.provenance(run), run)), reason, "/workflow/ref")


@pytest.mark.parametrize(
    "file", ["release.yml@evil", "release.yml@refs", "Release.yml", "release.yaml", "release.yml "]
)
def test_a_workflow_file_that_looks_like_it(honest: Honest, file: str) -> None:
    """A workflow's file is named so that its beginning reads like the expected workflow's."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(workflow=f".github/workflows/{file}")
    kept_out(honest.judge(honest.sign(honest.provenance(run), run)), Reason.WORKFLOW_MOVED, "/workflow/path")


@pytest.mark.parametrize("repository", ["Example/widget", "example/Widget", "EXAMPLE/WIDGET"])
def test_the_case_of_a_repository(honest: Honest, repository: str) -> None:
    """Case tricks: GitHub's names know no case, so another spelling costs a refusal and never lets a stranger in."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(repository=repository, repository_id="666")
    verdict = honest.judge(honest.sign(honest.provenance(run), run))
    kept_out(verdict, Reason.PARAMETER_UNEXPECTED, "/workflow/repository")
    kept_out(
        honest.judge(honest.sign(honest.provenance(), replace(honest.identity, repository_id="666"))),
        Reason.CLAIMS_DISAGREE,
        "repository id",
    )


@pytest.mark.parametrize("trigger", ["PUSH", "push ", "push\u200b", "push\x00", "pu\u0455h"])
def test_a_trigger_that_looks_like_the_expected_one(honest: Honest, trigger: str) -> None:
    """Unicode and case tricks in a claim: another trigger that is printed like the expected one."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(trigger=trigger)
    verdict = kept_out(honest.judge(honest.sign(honest.provenance(run), run)), Reason.CLAIM_UNEXPECTED, "build_trigger")
    assert verdict.main.actual.isascii()
    assert verdict.main.actual != '"push"'


@pytest.mark.parametrize(
    "identifier", ["0123456", "123456 ", " 123456", "123456.0", "1234567", "12345", "\u0661\u0662"]
)
def test_a_number_that_reads_like_the_expected_one(honest: Honest, identifier: str) -> None:
    """Identifiers are texts: no other spelling of a number is that number."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(repository_id=identifier)
    verdict = honest.judge(honest.sign(honest.provenance(run), run))
    kept_out(verdict, Reason.CLAIM_UNEXPECTED, "source_repository_id")


@pytest.mark.parametrize(
    "email",
    [
        "mallory@gmail.com",
        "compute@gserviceaccount.com",
        "compute@developer.gserviceaccount.com.evil.example",
        "compute@evilgserviceaccount.com",
        "compute@developer.GServiceAccount.com",
    ],
)
def test_an_account_that_looks_like_a_service_account(bench: Honest, email: str) -> None:
    """Look-alike hosts: a human's account, whose e-mail address reads like a service account's."""
    specimen = BY_NAME["publish-google"]
    verdict = judged(bench, specimen, specimen.make(), GoogleAccount(email))
    kept_out(verdict, Reason.SIGNER_UNKNOWN)


def test_a_gitlab_configuration_of_another_project(bench: Honest) -> None:
    """GitLab's configuration can come from another project: the identity is then a stranger's, in the project's own run."""
    specimen = BY_NAME["publish-gitlab"]
    run: Any = specimen.run
    elsewhere = "https://gitlab.com/evil/tools//.gitlab-ci.yml@refs/tags/v1.0"
    judged(bench, specimen, specimen.make())
    claims = {"build_config_uri": elsewhere, "build_signer_uri": elsewhere}
    credential = bench.world.issue(elsewhere, {**run.claims(), **claims}, at=SIGNED_AT)
    attestation = bench.world.attest(statements.encode(specimen.make()), credential, at=SIGNED_AT)
    kept_out(bench.judge(attestation), Reason.CLAIMS_DISAGREE, "workflow's repository")


@pytest.mark.parametrize("host", ["https://gitlab.com.evil.example", "https://gitlab.example", "http://gitlab.com"])
def test_a_self_managed_gitlab(bench: Honest, host: str) -> None:
    """Look-alike hosts: a GitLab of the attacker's own, which numbers its projects as he likes."""
    specimen = BY_NAME["publish-gitlab"]
    run: Any = specimen.run
    judged(bench, specimen, specimen.make())
    identity = run.san.replace("https://gitlab.com", host)
    credential = bench.world.issue(identity, {**run.claims(), "issuer": host}, at=SIGNED_AT)
    attestation = bench.world.attest(statements.encode(specimen.make()), credential, at=SIGNED_AT)
    kept_out(bench.judge(attestation), Reason.SIGNER_UNKNOWN)


def test_a_builder_like_a_listed_one(bench: Honest) -> None:
    """Look-alike builders: an organisation whose name reads like the listed builder's is no level 3 builder."""
    specimen = BY_NAME["slsa-github-generator-generic"]
    called = specimen.run.signer_workflow.replace("slsa-framework", "s1sa-framework")
    run: GitHubWorkflow = replace(specimen.run, signer_workflow=called)
    kept_out(judged(bench, specimen, specimen.make(run), run), Reason.LEVEL_TOO_LOW)
