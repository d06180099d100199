"""The ways of building that the questions know, and what each has in common with every project that builds so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from verification.build_types.claims import GITHUB_ISSUER, GITLAB_ISSUER
from verification.build_types.github_workflow import GITHUB_WORKFLOW
from verification.build_types.slsa_generator import SLSA_GENERATORS
from verification.expectation import PUBLISH_ATTESTATION


class Way(StrEnum):
    """How a file comes to be; ``WRITTEN`` is every other way, as a recipe in JSON."""

    GITHUB = "github"
    GENERATOR_GENERIC = "generator-generic"
    GENERATOR_GO = "generator-go"
    GENERATOR_CONTAINER = "generator-container"
    GITHUB_PUBLISH = "github-publish"
    GITLAB_PUBLISH = "gitlab-publish"
    CIRCLECI_PUBLISH = "circleci-publish"
    GOOGLE_PUBLISH = "google-publish"
    CLOUD_BUILD = "cloud-build"
    WRITTEN = "written"

    @property
    def label(self) -> str:
        """What a person would call it."""
        return _TITLES[self]


_TITLES = {
    Way.GITHUB: "GitHub Actions, with actions/attest-build-provenance",
    Way.GENERATOR_GENERIC: "GitHub Actions, with slsa-github-generator (generic)",
    Way.GENERATOR_GO: "GitHub Actions, with slsa-github-generator (Go)",
    Way.GENERATOR_CONTAINER: "GitHub Actions, with slsa-github-generator (container)",
    Way.GITHUB_PUBLISH: "Publish attestation of GitHub Actions",
    Way.GITLAB_PUBLISH: "Publish attestation of GitLab CI",
    Way.CIRCLECI_PUBLISH: "Publish attestation of CircleCI",
    Way.GOOGLE_PUBLISH: "Publish attestation of a Google Cloud service account",
    Way.CLOUD_BUILD: "Google Cloud Build",
    Way.WRITTEN: "Another way: a recipe in JSON",
}


@dataclass(frozen=True, slots=True)
class Workflows:
    """What the workflows of one way share. ``folder`` is where they lie, ``between`` stands before it in an identity.

    ``triggers`` are those that only people with write access can pull; ``signer`` is a usual reusable workflow that signs.
    """

    build_type: str
    issuer: str
    host: str
    folder: str
    between: str
    triggers: tuple[str, ...]
    runners: tuple[str, ...]
    level: int
    signer: str = ""


_GITHUB_TRIGGERS = (
    *("push", "release", "workflow_dispatch", "schedule"),
    *("repository_dispatch", "create", "merge_group"),
)
_GITLAB_TRIGGERS = ("push", "web", "webide", "api", "schedule", "trigger", "pipeline", "parent_pipeline")
_GENERATOR = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/{}@refs/tags/v*"


def _github(build_type: str, level: int, signer: str = "") -> Workflows:
    runners = ("github-hosted", "self-hosted")
    folder = ".github/workflows/"
    return Workflows(
        build_type, GITHUB_ISSUER, "https://github.com/", folder, "/", _GITHUB_TRIGGERS, runners, level, signer
    )


_GENERIC, _GO, _CONTAINER = (generator.uri for generator in SLSA_GENERATORS)

WORKFLOWS: Mapping[Way, Workflows] = {
    Way.GITHUB: _github(GITHUB_WORKFLOW.uri, 3),
    Way.GENERATOR_GENERIC: _github(_GENERIC, 3, _GENERATOR.format("generator_generic_slsa3.yml")),
    Way.GENERATOR_GO: _github(_GO, 3, _GENERATOR.format("builder_go_slsa3.yml")),
    Way.GENERATOR_CONTAINER: _github(_CONTAINER, 3, _GENERATOR.format("generator_container_slsa3.yml")),
    Way.GITHUB_PUBLISH: _github(PUBLISH_ATTESTATION, 1),
    Way.GITLAB_PUBLISH: Workflows(
        PUBLISH_ATTESTATION,
        GITLAB_ISSUER,
        "https://gitlab.com/",
        "",
        "//",
        _GITLAB_TRIGGERS,
        ("gitlab-hosted", "self-hosted"),
        1,
    ),
}
"""The ways in which a workflow of a forge signs, each with what its workflows share."""
