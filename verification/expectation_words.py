"""A recipe as one plain sentence, for the head of a page; the rules themselves stand below it."""

from __future__ import annotations

from verification.build_types import BY_URI, PUBLISHERS
from verification.build_types.claims import GITHUB_ISSUER, GITLAB_ISSUER
from verification.expectation import (
    PATH_POINTERS,
    PUBLISH_ATTESTATION,
    REF_POINTERS,
    REPOSITORY_POINTERS,
    Recipe,
)
from verification.parameters import Equals, Glob, Rule, escaped
from verification.template import Template
from verification.workflow_identity import parse_configuration

_FORGES = {GITHUB_ISSUER: "https://github.com/", GITLAB_ISSUER: "https://gitlab.com/"}
"""Issuers that certify one forge alone, so that a repository's short name says which one is meant."""

_WORKFLOWS = ".github/workflows/"

_REF_KINDS = {"refs/tags/": ("tag", "tags"), "refs/heads/": ("branch", "branches")}

_ACCOUNT = "/service_account"
_PROJECT, _DEFINITION = "/project", "/pipeline_definition"


def in_words(recipe: Recipe) -> str:
    """Return the recipe in one plain ASCII sentence.

    "Built by GitHub Actions from example/widget, workflow release.yml, from tags v{version}, at level 2 or more." It says
    "published by", never "built by", where nothing but publish attestations is asked for.
    """
    source = _source(recipe)
    told = [
        f"from {source}" if source else "",
        *(_pipeline(recipe), _configuration(recipe), _ref(recipe), _signing_workflow(recipe)),
        f"at level {recipe.minimum_level} or more",
    ]
    between = " " if source else ", "
    builder = _builder(recipe)
    if recipe.signer.unsigned:
        builder = f"Unsigned: anybody who may upload can write that a file was {builder[:1].lower()}{builder[1:]}"
    return f"{builder}{between}{', '.join(filter(None, told))}."


def _builder(recipe: Recipe) -> str:
    """Who builds, by the name of the build type where it has just one; a key's own builder, and an unknown one, by its id."""
    titles = {_title(uri, recipe.signer.issuer) for uri in recipe.build_types}
    title = titles.pop() if len(titles) == 1 else None
    if title is None:
        known = _FORGES.get(recipe.signer.issuer or "") is not None
        verb = "Published" if set(recipe.build_types) == {PUBLISH_ATTESTATION} else "Built"
        name = "GitHub Actions" if recipe.signer.issuer == GITHUB_ISSUER else "GitLab CI"
        return f"{verb} by {name if known else _builder_ids(recipe)}"
    account = recipe.external_parameters.get(_ACCOUNT)
    if account is not None:
        return f"{title}, {_told(account, 'accounts')}"
    return title if _source(recipe) else f"{title} ({_builder_ids(recipe)})"


def _title(uri: str, issuer: str | None) -> str | None:
    found = PUBLISHERS.get(issuer or "") if uri == PUBLISH_ATTESTATION else BY_URI.get(uri)
    return found.title if found else None


def _builder_ids(recipe: Recipe) -> str:
    return " or ".join(_told(rule, "builders") for rule in recipe.builder_ids)


def _source(recipe: Recipe) -> str:
    rule = _rule(recipe, REPOSITORY_POINTERS, "source_repository_uri")
    if rule is None:
        return ""
    forge = _FORGES.get(recipe.signer.issuer or "", "")
    named = (_text(rule) or "").removeprefix("git+")
    repository, at, _ = named.partition("@refs/")
    # Where the ref is told behind the repository, it follows in the sentence by itself.
    plain = forge and named.startswith(forge) and at and not set(repository) & set("{*")
    return escaped(repository.removeprefix(forge)) if plain else _told(rule, "repositories", without=forge)


def _configuration(recipe: Recipe) -> str:
    rule = _rule(recipe, PATH_POINTERS, None)
    if rule is None:
        identity = recipe.claims.get("build_config_uri")
        return f"workflow {_path_of(identity)}" if identity is not None else ""
    noun = {GITHUB_ISSUER: "workflow", GITLAB_ISSUER: "pipeline"}.get(recipe.signer.issuer or "", "configuration")
    return f"{noun} {_told(rule, 'files', without=_WORKFLOWS if noun == 'workflow' else '')}"


def _path_of(identity: Rule) -> str:
    """The workflow's file out of a rule on its whole identity, where it is one that can be taken apart."""
    match identity.operator:
        case Equals(str() as text) | Template(text):
            workflow = parse_configuration(text)
            return escaped(workflow.path.removeprefix(_WORKFLOWS)) if workflow else escaped(text)
        case _:
            return _told(identity, "identities")


def _ref(recipe: Recipe) -> str:
    rule = _rule(recipe, REF_POINTERS, "source_repository_ref")
    if rule is None:
        return ""
    for prefix, (one, several) in _REF_KINDS.items():
        match rule.operator:
            case Equals(str() as text) if text.startswith(prefix):
                return f"from {one} {escaped(text.removeprefix(prefix))}"
            case Template(text) | Glob(text) if text.startswith(prefix):
                return f"from {several} {escaped(text.removeprefix(prefix))}"
    return f"from {_told(rule, 'refs')}"


def _pipeline(recipe: Recipe) -> str:
    project, definition = (recipe.external_parameters.get(where) for where in (_PROJECT, _DEFINITION))
    if project is None or definition is None:
        return ""
    return f"pipeline {_told(definition, 'definitions')} of project {_told(project, 'projects')}"


def _signing_workflow(recipe: Recipe) -> str:
    """The reusable workflow that signs, where it is of another repository than the source."""
    source = _rule(recipe, REPOSITORY_POINTERS, "source_repository_uri")
    texts = [_text(rule) for rule in recipe.builder_ids]
    if recipe.signer.issuer not in _FORGES or source is None or None in texts:
        return ""
    own = _text(source)
    strangers = [text for text in texts if text and _WORKFLOWS in text and not text.startswith(f"{own}/")]
    forge = _FORGES[recipe.signer.issuer or ""]
    return f"signed by {' or '.join(escaped(text.removeprefix(forge)) for text in strangers)}" if strangers else ""


def _rule(recipe: Recipe, pointers: tuple[str, ...], claim: str | None) -> Rule | None:
    rules = [recipe.external_parameters.get(where) for where in pointers]
    return next((rule for rule in rules if rule is not None), recipe.claims.get(claim) if claim else None)


def _text(rule: Rule) -> str | None:
    match rule.operator:
        case Equals(str() as text) | Template(text) | Glob(text):
            return text
        case _:
            return None


def _told(rule: Rule, noun: str, *, without: str = "") -> str:
    match rule.operator:
        case Equals(str() as value):
            return escaped(value.removeprefix(without))
        case Template(text) | Glob(text):
            return f"{noun} matching {escaped(text.removeprefix(without))}"
        case _:
            return f"{noun}, of which each {rule.describe()}"
