"""What a publisher is known by, kind by kind: the claims of an identity token that a package pins, each by its exact value.

Sources: each provider's own description of its tokens, and what Warehouse pins (``warehouse/oidc/models``). Beyond it, the
numeric ids of owner and repository are always pinned: a name that is given up can be registered by somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PublisherKind(StrEnum):
    """Whose tokens these are, which says what their claims mean."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GOOGLE = "google"
    CIRCLECI = "circleci"
    OTHER = "other"

    @property
    def words(self) -> str:
        """What people call it."""
        return _TITLES[self]


_TITLES = {
    PublisherKind.GITHUB: "GitHub Actions",
    PublisherKind.GITLAB: "GitLab CI/CD",
    PublisherKind.GOOGLE: "Google",
    PublisherKind.CIRCLECI: "CircleCI",
    PublisherKind.OTHER: "another provider",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One thing that a publisher is pinned by: how it is called, what to enter, and what it has to look like."""

    name: str
    label: str
    help: str
    pattern: re.Pattern[str]
    wanted: str
    required: bool = True


CIRCLECI_CLAIMS = "oidc.circleci.com/"
"""The name space of CircleCI's own claims."""

_TEXT = r"[^\x00-\x20\x7f-\U0010ffff]"
"""Visible ASCII: nothing in a pinned value looks like something that it is not."""

_NUMBER = (re.compile(r"[1-9][0-9]{0,19}"), "is a number without leading zeros")
_UUID = (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "is a UUID in lower case")
_REPOSITORY = (re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}"), "is OWNER/NAME")
_PROJECT = (re.compile(r"[A-Za-z0-9_.-]{1,255}(/[A-Za-z0-9_.-]{1,255}){1,25}"), "is GROUP/NAME")
_WORKFLOW = (re.compile(r"[A-Za-z0-9_.+ -]{1,200}\.ya?ml"), "is the name of a .yml or .yaml file, without folders")
_CONFIGURATION = (re.compile(r"[A-Za-z0-9_./+-]{1,300}\.ya?ml"), "is the path of a .yml or .yaml file")
_ENVIRONMENT = (re.compile(rf"{_TEXT}({_TEXT}| ){{0,254}}"), "is visible ASCII text")
_EMAIL = (re.compile(rf"{_TEXT}{{1,200}}@[a-z0-9.-]{{1,200}}"), "is an e-mail address")

_ORIGIN = (re.compile(r"[a-z0-9.-]{1,200}(/[A-Za-z0-9_.-]{1,255}){1,25}"), "is HOST/OWNER/NAME, without https://")
_REF = (re.compile(r"refs/(heads|tags)/[A-Za-z0-9_./+-]{1,255}"), "is refs/heads/BRANCH or refs/tags/TAG")

_ANY_ORIGIN = (
    "As github.com/OWNER/NAME: then no fork publishes, also where forks' pipelines run. Empty: any that runs it."
)
_ANY_REF = "As refs/heads/main, where all releases come from one branch. Empty: any branch or tag."
_ANY_ENVIRONMENT = "Best give one, and let the provider ask a person before it runs. Empty: any environment, or none."

PINS: Mapping[PublisherKind, tuple[Pin, ...]] = {
    PublisherKind.GITHUB: (
        Pin("repository", "Repository", "As in its address: OWNER/NAME.", *_REPOSITORY),
        Pin("repository_id", "Repository's number", "gh api repos/OWNER/NAME --jq .id", *_NUMBER),
        Pin("repository_owner_id", "Owner's number", "gh api repos/OWNER/NAME --jq .owner.id", *_NUMBER),
        Pin("workflow", "Workflow file", "Its name in .github/workflows, such as release.yml.", *_WORKFLOW),
        Pin("environment", "Environment", _ANY_ENVIRONMENT, *_ENVIRONMENT, required=False),
    ),
    PublisherKind.GITLAB: (
        Pin("project_path", "Project", "As in its address: GROUP/NAME, with every parent group.", *_PROJECT),
        Pin("project_id", "Project's number", "On the project's page, in the menu of three dots.", *_NUMBER),
        Pin("namespace_id", "Group's or user's number", "On the group's page, in the menu of three dots.", *_NUMBER),
        Pin("workflow", "Pipeline file", "From the top of the repository; usually .gitlab-ci.yml.", *_CONFIGURATION),
        Pin("environment", "Environment", _ANY_ENVIRONMENT, *_ENVIRONMENT, required=False),
    ),
    PublisherKind.GOOGLE: (
        Pin("email", "Service account's e-mail", "NAME@PROJECT.iam.gserviceaccount.com, in most cases.", *_EMAIL),
        Pin("sub", "Service account's number", "gcloud iam service-accounts describe E-MAIL: uniqueId", *_NUMBER),
    ),
    PublisherKind.CIRCLECI: (
        Pin("org-id", "Organisation ID", "In the organisation's settings.", *_UUID),
        Pin("project-id", "Project ID", "In the project's settings.", *_UUID),
        Pin("pipeline-definition-id", "Pipeline definition ID", "In the project's settings, under pipelines.", *_UUID),
        Pin("vcs-origin", "Repository", _ANY_ORIGIN, *_ORIGIN, required=False),
        Pin("vcs-ref", "Ref", _ANY_REF, *_REF, required=False),
    ),
    PublisherKind.OTHER: (),
}
"""In the order in which they are asked for. Of another provider, any claims are pinned by their own names."""

CLAIM_NAME = re.compile(rf"{_TEXT}{{1,200}}")
CLAIM_VALUE = re.compile(rf"{_TEXT}({_TEXT}| ){{0,999}}")

OF_EVERY_TOKEN = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})
"""Claims that say nothing of who publishes (RFC 7519, section 4.1): a pin on one of them would pin nothing."""

MOST_CLAIMS = 20
"""Most claims of another provider's that one publisher is pinned by."""
