"""Google Cloud Build's three older build types, under SLSA provenance v0.1.

Source: slsa-verifier's ``verifiers/internal/gcb`` and real provenance of 2022 and 2023. Google's service writes and signs
the predicate with its own keys; there is no certificate, so facts are the predicate's. ``recipe`` holds what later is
the invocation; the source is the first material, in one of three forms:

- ``https://github.com/O/R/commit/SHA`` (of GoogleHostedWorker@v0.2);
- ``git+https://github.com/O/R`` or ``https://github.com/O/R``, with the commit as ``digest.sha1`` (@v0.3);
- ``gs://BUCKET/OBJECT#GENERATION``, an archive that somebody has put into a bucket: a build without repository and commit.

The ref is that of the substitutions ``TAG_NAME`` or else ``BRANCH_NAME``, which builds without a trigger lack. Owner and
repository ids, trigger, runner and deployment environment are absent. What has to agree: the material's commit with its
digest and with the substitutions ``COMMIT_SHA``, ``REVISION_ID`` and ``SHORT_SHA``.

Projection to external parameters: ``/repository`` (normal form; of an archive the object's URI, and ``/generation``),
``/entryPoint``, ``/substitutions`` where there are some, and ``/steps`` where there is no entry point: a build whose steps
its starter gave follows from no file of the source. (Where there is one, the steps do, and are not projected.) Of each
step only what was ordered stands there, not when it ran. Required pins: the source, and the entry point or the steps.

First use pins them all by ``equals``, but the substitutions that say the commit once more, which vary, and those that
name the tag, which become templates where it spells the version. Numeric ids are absent: bound by name only. An archive
is pinned as it is, so the next version will be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification import pointer
from verification.build_types import key_signed, pinning, slsa_v02
from verification.build_types.claims import repository
from verification.build_types.interface import Agreement, Fact, FactSources, Reading, fact_sources
from verification.build_types.slsa_v1 import malformed, member, moment, text
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer

_PREFIX = "https://cloudbuild.googleapis.com/"
_ARCHIVE = "gs://"
_COMMITS = {"COMMIT_SHA": 40, "REVISION_ID": 40, "SHORT_SHA": 7}
"""Substitutions that repeat the commit, and how much of it."""

_TAGS = frozenset({"TAG_NAME", "REF_NAME"})
_RAN = frozenset({"status", "timing", "pullTiming", "exitCode"})
"""What a step's record says of how it ran."""

_SOURCES = frozenset({Fact.REPOSITORY, Fact.COMMIT})


@dataclass(frozen=True, slots=True)
class _Source:
    """The first material: a commit of a repository, or an archive, of which ``named`` is the URI."""

    named: str
    facts: Facts
    agreements: tuple[Agreement, ...] = ()
    generation: str | None = None


@dataclass(frozen=True, slots=True)
class GoogleCloudBuildOlder:
    """One of the three; they differ by name, and by whether the steps come from a file of the source."""

    uri: str
    instructions: str
    title: str = "Built by Google Cloud Build"
    level_cap: int = 3
    predicate_types: frozenset[str] = frozenset({slsa_v02.PREDICATE_TYPE_V01})
    fact_sources: ClassVar[FactSources] = fact_sources(
        predicate=[*_SOURCES, Fact.REF, Fact.CONFIGURATION_PATH, Fact.INPUTS]
    )

    @property
    def required_pins(self) -> RequiredPins:
        """The source, and where its instructions are from."""
        return RequiredPins(frozenset(), ("/repository", self.instructions))

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v0.1 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        match predicate:
            case {
                "builder": {"id": str() as builder_id},
                "recipe": {"type": str()} as recipe,
                "materials": [{"uri": str() as uri} as material, *_],
            }:
                arguments = member(recipe, "arguments")
                substitutions = member(arguments, "substitutions")
                source = _source(
                    uri, member(material, "digest"), text(member(recipe, "entryPoint")), _ref(substitutions)
                )
                parameters = _parameters(source, arguments)
                agreements = (
                    *source.agreements,
                    *_commit_agreements(source.facts, substitutions),
                    *key_signed.backed(source.facts, signer, source=source.named),
                )
                times = member(predicate, "metadata")
                started, finished = moment(member(times, "buildStartedOn")), moment(member(times, "buildFinishedOn"))
                lacks = _SOURCES if source.generation is not None else frozenset[Fact]()
                return Reading(builder_id, source.facts, parameters, agreements, started, finished, lacks)
            case _:
                raise malformed("the predicate lacks the parts of SLSA provenance v0.1")

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        parameters = provenance.external_parameters
        ruled = _substitution_rules(member(parameters, "substitutions"), provenance.facts.ref, version)
        source = text(member(parameters, "repository"))
        return key_signed.derive(provenance, version=version, pinned=ruled, source=source)


def _source(uri: str, digest: JsonValue, entry_point: str | None, ref: str | None) -> _Source:
    if uri.startswith(_ARCHIVE):
        named, separator, generation = uri.partition("#")
        if not separator or not generation.isdecimal():
            raise malformed("the archive that was built is named without its generation")
        return _Source(named, Facts(ref=ref, configuration_path=entry_point), generation=generation)
    page, _, in_page = uri.rpartition("/commit/")
    found = repository(page or uri)
    if found is None:
        raise malformed("the first material is neither a repository nor an archive")
    stated = text(member(digest, "sha1"))
    commit = (in_page if page else stated or "").lower() or None
    facts = Facts(found, commit=commit, ref=ref, configuration_path=entry_point)
    told = () if stated is None else (Agreement("commit of the source", commit, stated.lower()),)
    return _Source(found, facts, told)


def _ref(substitutions: JsonValue) -> str | None:
    tag, branch = text(member(substitutions, "TAG_NAME")), text(member(substitutions, "BRANCH_NAME"))
    if tag:
        return f"refs/tags/{tag}"
    return f"refs/heads/{branch}" if branch else None


def _parameters(source: _Source, arguments: JsonValue) -> dict[str, JsonValue]:
    parameters: dict[str, JsonValue] = {"repository": source.named}
    if source.generation is not None:
        parameters["generation"] = source.generation
    if source.facts.configuration_path is not None:
        parameters["entryPoint"] = source.facts.configuration_path
    else:
        parameters["steps"] = _ordered(member(arguments, "steps"))
    if substitutions := member(arguments, "substitutions"):
        parameters["substitutions"] = substitutions
    return parameters


def _ordered(steps: JsonValue) -> JsonValue:
    match steps:
        case [_, *_]:
            return [
                {key: part for key, part in step.items() if key not in _RAN} if isinstance(step, dict) else step
                for step in steps
            ]
        case _:
            raise malformed("the recipe has neither an entry point nor steps")


def _commit_agreements(facts: Facts, substitutions: JsonValue) -> Iterator[Agreement]:
    for name, length in _COMMITS.items():
        stated = member(substitutions, name)
        if stated is not None and facts.repository is not None:
            yield Agreement(f"commit of {name}", (facts.commit or "")[:length], (text(stated) or "").lower())


def _substitution_rules(substitutions: JsonValue, ref: str | None, version: Version) -> dict[str, JsonValue]:
    rules: dict[str, JsonValue] = {}
    for name, value in substitutions.items() if isinstance(substitutions, dict) else ():
        where = pointer.to_text(("substitutions", name))
        if name in _COMMITS:
            rules[where] = {"any": True}
        elif name in _TAGS and ref == f"refs/tags/{value}":
            rules[where] = pinning.tag_rule(str(value), version)
        else:
            rules[where] = {"equals": value}
    return rules


GOOGLE_CLOUD_BUILD_OLDER = (
    GoogleCloudBuildOlder(f"{_PREFIX}CloudBuildYaml@v0.1", "/entryPoint"),
    GoogleCloudBuildOlder(f"{_PREFIX}CloudBuildSteps@v0.1", "/steps"),
    GoogleCloudBuildOlder(f"{_PREFIX}GoogleHostedWorker@v0.2", "/entryPoint"),
)
