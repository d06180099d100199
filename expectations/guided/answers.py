"""What a person answered, recipe by recipe. Pure data; its fields are those of the forms, by name.

``SHAPES`` has the form of each text that is put into a document: a text of another shape has no place in the questions,
and a document that holds one is shown as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from expectations.guided.ways import Way

Shapes = Mapping[str, "re.Pattern[str]"]


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


NAME = _shape(r"[!-~](?:[ -~]{0,62}[!-~])?")
OWNER_AND_NAME = _shape(r"(?!\.{1,2}/)[A-Za-z0-9._-]{1,100}/(?!\.{1,2}\Z)(?![^/]*\.git\Z)[A-Za-z0-9._-]{1,100}")
GROUPS_AND_PROJECT = _shape(
    r"(?:(?!\.{1,2}/)[A-Za-z0-9._-]{1,100}/){1,8}(?!\.{1,2}\Z)(?![^/]*\.git\Z)[A-Za-z0-9._-]{1,100}"
)
NUMBER = _shape(r"[0-9]{1,20}")
WORKFLOW_FILE = _shape(r"[A-Za-z0-9._-]{1,150}\.ya?ml")
PIPELINE_FILE = _shape(r"(?!/)(?!.*//)[A-Za-z0-9._/-]{1,200}")
REF = _shape(r"[A-Za-z0-9._/+@#-]{0,200}")
ENVIRONMENT = _shape(r"(?:[!-~](?:[ -~]{0,253}[!-~])?)?")
SIGNING_WORKFLOW = _shape(r"(?:https://[!-~]{1,600})?")
IDENTIFIER = _shape(r"[A-Za-z0-9-]{1,64}")
SERVICE_ACCOUNT = _shape(r"[A-Za-z0-9._-]{1,100}@[A-Za-z0-9.-]{0,150}\.gserviceaccount\.com")
BUILDER = _shape(r"https?://[A-Za-z0-9._~:/@-]{1,300}")
URI = _shape(r"https://[!-~]{1,300}")
CONFIGURATION = _shape(r"[A-Za-z0-9._/-]{1,200}")
TRUSTED_NAME = _shape(r"[!-~]{1,200}")


class RefKind(StrEnum):
    """What the package's source is built from."""

    TAGS = "tags"
    BRANCH = "branch"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What every recipe of the questions has: ``versions`` and ``stages`` are empty where it covers all of them."""

    SHAPES: ClassVar[Shapes] = {"name": NAME}

    way: Way
    name: str
    versions: str = ""
    stages: tuple[str, ...] = ()
    minimum_level: int = 1
    publish_too: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowAnswers(Answers):
    """A workflow of GitHub or GitLab. ``ref`` is the text before the version, a branch, or a tag, as ``ref_kind`` says.

    ``signing_workflow`` is empty where the workflow signs for itself; ``runner`` and ``environment`` where any will do.
    """

    SHAPES: ClassVar[Shapes] = {
        "name": NAME,
        "repository": OWNER_AND_NAME,
        "repository_id": NUMBER,
        "owner_id": NUMBER,
        "workflow": WORKFLOW_FILE,
        "ref": REF,
        "environment": ENVIRONMENT,
        "signing_workflow": SIGNING_WORKFLOW,
        "sigstore": TRUSTED_NAME,
    }

    repository: str
    repository_id: str
    owner_id: str
    workflow: str
    ref_kind: RefKind
    ref: str
    triggers: tuple[str, ...]
    runner: str = ""
    environment: str = ""
    signing_workflow: str = ""
    parameters: str = ""
    sigstore: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineAnswers(WorkflowAnswers):
    """A pipeline of GitLab: its project may lie in groups, and its file anywhere."""

    SHAPES: ClassVar[Shapes] = {
        **WorkflowAnswers.SHAPES,
        "repository": GROUPS_AND_PROJECT,
        "workflow": PIPELINE_FILE,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleCiAnswers(Answers):
    """A pipeline of CircleCI, which names repositories without ``https://``."""

    SHAPES: ClassVar[Shapes] = {
        "name": NAME,
        "project": IDENTIFIER,
        "pipeline_definition": IDENTIFIER,
        "repository": OWNER_AND_NAME,
        "ref": REF,
        "sigstore": TRUSTED_NAME,
    }

    project: str
    pipeline_definition: str
    repository: str
    ref_kind: RefKind
    ref: str
    sigstore: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountAnswers(Answers):
    """A service account of Google Cloud, known by its e-mail alone."""

    SHAPES: ClassVar[Shapes] = {"name": NAME, "account": SERVICE_ACCOUNT, "sigstore": TRUSTED_NAME}

    account: str
    sigstore: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudBuildAnswers(Answers):
    """A build of Google Cloud Build, signed by a key of the roots of trust."""

    SHAPES: ClassVar[Shapes] = {
        "name": NAME,
        "key": TRUSTED_NAME,
        "builder": BUILDER,
        "repository": URI,
        "configuration": CONFIGURATION,
        "ref": REF,
    }

    key: str
    builder: str
    repository: str
    configuration: str
    ref_kind: RefKind
    ref: str
    parameters: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A recipe that the questions cannot ask for, as indented JSON; it stays exactly as it is written."""

    way: Way = Way.WRITTEN
    document: str


Recipe = Answers | Written


@dataclass(frozen=True, slots=True)
class Expected:
    """All the answers that one document is written from."""

    change_control: str
    recipes: tuple[Recipe, ...]
