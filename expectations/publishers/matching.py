"""Whether a run, as its identity token tells of it, is one of the publishers that a package lists. Pure: claims in, words out.

The token's signature, issuer, audience and times have been checked before; here its claims are believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from expectations.documents.publishers import Publisher
from expectations.publishers.kinds import CIRCLECI_CLAIMS, CLAIM_VALUE, MOST_CLAIMS, PINS, PublisherKind
from verification.build_types.claims import OWN_TRIGGERS
from verification.parameters import escaped, shown

Claims = Mapping[str, Any]
"""The claims of a token whose signature holds."""

Seen = Mapping[str, str | None]
"""What a token says of the things that publishers are pinned by; None where it does not say it."""

_TRIGGERS = {PublisherKind.GITHUB: "event_name", PublisherKind.GITLAB: "pipeline_source"}
"""The claim that says what started a run."""

_PUBLISHING = OWN_TRIGGERS - {"parent_pipeline"}
"""What may publish. A child pipeline's token does not tell what started its parent, which can be a stranger's merge request."""


def why_no_publisher(kind: PublisherKind, claims: Claims) -> str | None:
    """Return why a run can never publish, whoever lists it, or None.

    Triggers that somebody without write access can pull are refused, and so is every one that is not known to take
    write access (as on first use); and a CircleCI job into which a person had a shell.
    """
    if kind in _TRIGGERS:
        trigger = claims.get(_TRIGGERS[kind])
        if not isinstance(trigger, str) or trigger not in _PUBLISHING:
            told = shown(trigger) if isinstance(trigger, str) else "nothing that the token tells"
            known = ", ".join(sorted(_PUBLISHING))
            return f"the run was started by {told}; only what takes write access to the repository may publish: {known}"
    if kind is PublisherKind.CIRCLECI and claims.get(f"{CIRCLECI_CLAIMS}ssh-rerun") is not False:
        return "the job was run again with SSH, or does not say that it was not: somebody may have had a shell in it"
    if kind is PublisherKind.GOOGLE and claims.get("email_verified") is not True:
        return "the token's e-mail address is not verified"
    return None


def seen(kind: PublisherKind, claims: Claims) -> Seen:
    """Return what a token says of everything that a publisher of its kind is pinned by."""
    if kind is PublisherKind.OTHER:
        return {name: _text(claims, name) for name in claims}
    return _READERS[kind](claims)


def differences(publisher: Publisher, run: Seen) -> tuple[str, ...]:
    """Return each pin of a publisher that a run does not meet, in words; nothing where the run is this publisher."""
    labels = {pin.name: pin.label for pin in PINS[publisher.kind]}
    return tuple(
        f"{labels.get(name, name)}: {shown(wanted)} is listed, {_told(run.get(name))} came"
        for name, wanted in publisher.claims.items()
        if run.get(name) != wanted
    )


def in_words(kind: PublisherKind, run: Seen) -> str:
    """Return what a run says of itself, for the person who may want to list it as a publisher."""
    found = [(pin.label, run.get(pin.name)) for pin in PINS[kind]] or sorted(run.items())[:MOST_CLAIMS]
    return "; ".join(f"{escaped(label)[:100]}: {_told(value)}" for label, value in found)


def title(publisher: Publisher) -> str:
    """Return a publisher in a few words, as lists and files' pages name it."""
    claims = publisher.claims
    match publisher.kind:
        case PublisherKind.GITHUB:
            name = f"{claims['repository']}, {claims['workflow']}"
        case PublisherKind.GITLAB:
            name = f"{claims['project_path']}, {claims['workflow']}"
        case PublisherKind.GOOGLE:
            name = claims["email"]
        case PublisherKind.CIRCLECI:
            name = f"project {claims['project-id']}"
        case _:
            name = f"{publisher.issuer}: " + ", ".join(f"{claim} {value}" for claim, value in sorted(claims.items()))
    environment = f", environment {claims['environment']}" if "environment" in claims else ""
    return f"{publisher.kind.words}: {name}{environment}"


def _told(value: str | None) -> str:
    return "nothing" if value is None else shown(value)


def _github(claims: Claims) -> Seen:
    """``job_workflow_ref`` is of the file that holds the very job, at the run's own ref or commit: no other file's."""
    repository = _below(_text(claims, "repository_owner"), _text(claims, "repository"))
    return {
        "repository": repository,
        "repository_id": _text(claims, "repository_id"),
        "repository_owner_id": _text(claims, "repository_owner_id"),
        "workflow": _file(
            _text(claims, "job_workflow_ref"),
            before=f"{repository}/.github/workflows/",
            refs=(_text(claims, "ref"), _text(claims, "sha")),
        ),
        "environment": _text(claims, "environment"),
    }


def _gitlab(claims: Claims) -> Seen:
    """``ci_config_ref_uri`` is of the pipeline's file: ``host/group/project//path@ref``."""
    project = _below(_text(claims, "namespace_path"), _text(claims, "project_path"))
    host = str(claims["iss"]).partition("://")[2]
    return {
        "project_path": project,
        "project_id": _text(claims, "project_id"),
        "namespace_id": _text(claims, "namespace_id"),
        "workflow": _file(
            _text(claims, "ci_config_ref_uri"),
            before=f"{host}/{project}//",
            refs=(_text(claims, "ref_path"), _text(claims, "sha")),
        ),
        "environment": _text(claims, "environment"),
    }


def _google(claims: Claims) -> Seen:
    return {name: _text(claims, name) for name in ("email", "sub")}


def _circleci(claims: Claims) -> Seen:
    return {pin.name: _text(claims, f"{CIRCLECI_CLAIMS}{pin.name}") for pin in PINS[PublisherKind.CIRCLECI]}


_READERS: Mapping[PublisherKind, Callable[[Claims], Seen]] = {
    PublisherKind.GITHUB: _github,
    PublisherKind.GITLAB: _gitlab,
    PublisherKind.GOOGLE: _google,
    PublisherKind.CIRCLECI: _circleci,
}


def _text(claims: Claims, name: str) -> str | None:
    """A claim that is a text of visible ASCII, as every pin is; of any other kind it says nothing."""
    value = claims.get(name)
    return value if isinstance(value, str) and CLAIM_VALUE.fullmatch(value) else None


def _below(owner: str | None, path: str | None) -> str | None:
    """The path, if it lies right below its owner: a token that contradicts itself tells neither."""
    return path if path is not None and owner is not None and path.rpartition("/")[0] == owner else None


def _file(identity: str | None, *, before: str, refs: tuple[str | None, ...]) -> str | None:
    """The path between a known beginning and a known ref: whole texts are compared, so no path can pose as another."""
    for end in (f"@{ref}" for ref in refs if ref):
        if identity is not None and identity.startswith(before) and identity.endswith(end):
            found = identity[len(before) : -len(end)]
            if found and "@" not in found:
                return found
    return None
