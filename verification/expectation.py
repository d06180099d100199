"""What a package promises of its builds, and whether one attestation keeps it. Trust rules, Expectations.

How the document is read stands in :mod:`verification.expectation_document`; everything here takes it as valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from verification.parameters import ABSENT, PointedRules, Rule, by_pointer, check_parameters, shown
from verification.provenance import Provenance, Signer
from verification.reasons import Reason, Step
from verification.verdict import Check, decide

SOURCE_CLAIMS = frozenset(
    {
        "source_repository_uri",
        "source_repository_id",
        "source_repository_owner_uri",
        "source_repository_owner_id",
    }
)
"""The claims that say whose source it is; a rule on one must bind something (Trust rules, Expectations 4)."""

CLAIM_NAMES = SOURCE_CLAIMS | {
    "issuer",
    "build_signer_uri",
    "build_signer_digest",
    "runner_environment",
    "source_repository_digest",
    "source_repository_ref",
    "build_config_uri",
    "build_config_digest",
    "build_trigger",
    "run_invocation_uri",
    "source_repository_visibility_at_signing",
    "deployment_environment",
}
"""Fulcio's extensions .8 to .23 (Trust rules, Evidence 5), named as in ``Signer.claims``."""


PUBLISH_ATTESTATION = "https://docs.pypi.org/attestations/publish/v1"
"""The build type that shows who published a file and not how it was built (Trust rules, Levels)."""


class ChangeControl(StrEnum):
    """How the expectation may be changed. ``IMMUTABLE`` is for ever: no approval can change it."""

    TWO_PERSON = "two-person"
    IMMUTABLE = "immutable"


class Stage(StrEnum):
    """What kind of version it is, by the last thing that PEP 440 lets a version say of itself."""

    FINAL = "final"
    PRE = "pre"
    POST = "post"
    DEV = "dev"


@dataclass(frozen=True, slots=True)
class RequiredPins:
    """What a build type needs pinned: claims by name, parameters by pointer (Trust rules, Expectations 4).

    ``signer_identity``: the signer's identity too, where it is another than the builder id, which is always pinned.
    """

    claims: frozenset[str]
    parameters: tuple[str, ...]
    signer_identity: bool = False


@dataclass(frozen=True)
class SignerRule:
    """Who must have signed: a Sigstore instance and an exact issuer, or a configured key; perhaps which identity.

    Or nobody: ``unsigned`` takes bare statements, and nothing that is signed.
    """

    sigstore: str | None
    issuer: str | None
    key: str | None
    identity: Rule | None
    unsigned: bool = False

    @cached_property
    def pinned(self) -> tuple[tuple[str, str, str], ...]:
        """The fields of a signer that have to be just so: each one's name, its value, and that in words."""
        pins = (("sigstore", self.sigstore), ("issuer", self.issuer), ("key", self.key))
        return tuple((where, wanted, f"equals {shown(wanted)}") for where, wanted in pins if wanted is not None)


@dataclass(frozen=True)
class Recipe:
    """One way in which the package's files may be built, for the versions that it covers.

    ``versions`` and ``stages`` are None where the recipe covers all of them. What every verification asks of it anew, and
    tells in words, is made once.
    """

    name: str
    versions: SpecifierSet | None
    stages: frozenset[Stage] | None
    minimum_level: int
    builder_ids: tuple[Rule, ...]
    build_types: tuple[str, ...]
    signer: SignerRule
    claims: Mapping[str, Rule]
    external_parameters: Mapping[str, Rule]
    also_require: tuple[str, ...]

    @cached_property
    def parameter_rules(self) -> PointedRules:
        """The rules on external parameters, by their pointers."""
        return by_pointer(self.external_parameters)

    @cached_property
    def builders_in_words(self) -> str:
        """What the builder id has to be."""
        return ", or ".join(rule.describe() for rule in self.builder_ids)

    @cached_property
    def build_types_in_words(self) -> str:
        """What the build type has to be."""
        return f"is one of {', '.join(shown(each) for each in self.build_types)}"

    def covers(self, version: Version) -> bool:
        """Say whether the recipe is for this version (Trust rules, Expectations 6); pre-releases count too."""
        if self.stages is not None and stage_of(version) not in self.stages:
            return False
        return self.versions is None or self.versions.contains(version, prereleases=True)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A valid expectation document. ``digest``, the SHA-256 (hex) of its canonical bytes, is its name."""

    change_control: ChangeControl
    recipes: tuple[Recipe, ...]
    canonical: bytes
    digest: str


def stage_of(version: Version) -> Stage:
    """Return the stage of a version: dev wins over pre, and pre over post (1.0rc1.post2.dev3 is a dev version)."""
    if version.is_devrelease:
        return Stage.DEV
    if version.is_prerelease:
        return Stage.PRE
    return Stage.POST if version.is_postrelease else Stage.FINAL


def covering(expectation: Expectation, version: Version) -> tuple[Recipe, ...]:
    """Return the recipes that cover the version, in document order; none is a reason to refuse of its own."""
    return tuple(recipe for recipe in expectation.recipes if recipe.covers(version))


def match(
    recipe: Recipe, provenance: Provenance, *, name: NormalizedName, version: Version, level_floor: int
) -> tuple[Check, ...]:
    """Return every check of the provenance against the recipe, in the order of the steps; it matches if all passed.

    Nothing is left out because something before it failed, so that a person sees all that is wrong at once.
    ``level_floor`` is the registry's own. Whether the recipe covers the version was asked before, by :func:`covering`.
    """
    return (
        *_check_signer(recipe.signer, provenance.signer, name, version),
        _check_builder(recipe, provenance.builder_id, name, version),
        *_check_claims(recipe.claims, provenance.signer.claims, name, version),
        _check_level(max(recipe.minimum_level, level_floor), provenance.level),
        _check_build_type(recipe, provenance.build_type),
        *check_parameters(recipe.parameter_rules, provenance.external_parameters, name=name, version=version),
    )


def _check_signer(rule: SignerRule, signer: Signer, name: NormalizedName, version: Version) -> Iterator[Check]:
    if rule.unsigned or signer.unsigned:
        yield _check_unsigned(rule, signer)
        return
    for where, wanted, in_words in rule.pinned:
        came = getattr(signer, where)
        told = ABSENT if came is None else shown(came)
        yield _signer_check(in_words, told, holds=came == wanted, where=where)
    if rule.identity is not None:
        holds = rule.identity.accepts(signer.identity, name=name, version=version)
        yield _signer_check(rule.identity.describe(), shown(signer.identity), holds=holds, where="identity")


def _check_unsigned(rule: SignerRule, signer: Signer) -> Check:
    """A recipe is for signed evidence or for unsigned, never for both: nothing stands in for a signature."""
    if signer.unsigned:
        expected = "nobody's signature" if rule.unsigned else f"signed by {shown(rule.issuer or rule.key)}"
        told = "a bare statement that nobody signed"
        return decide(Step.UNSIGNED, Reason.UNSIGNED_UNEXPECTED, expected, told, holds=rule.unsigned, where="signer")
    return _signer_check("nobody's signature", shown(signer.identity), holds=False, where="signer")


def _signer_check(expected: str, actual: str, *, holds: bool, where: str) -> Check:
    return decide(Step.SIGNER, Reason.SIGNER_UNEXPECTED, expected, actual, holds=holds, where=where)


def _check_builder(recipe: Recipe, builder_id: str, name: NormalizedName, version: Version) -> Check:
    holds = any(rule.accepts(builder_id, name=name, version=version) for rule in recipe.builder_ids)
    expected, actual = recipe.builders_in_words, shown(builder_id)
    return decide(Step.BUILDER, Reason.BUILDER_UNEXPECTED, expected, actual, holds=holds, where="builder.id")


def _check_claims(
    rules: Mapping[str, Rule], claims: Mapping[str, str], name: NormalizedName, version: Version
) -> Iterator[Check]:
    for claim, rule in rules.items():
        came = claims.get(claim)
        if came is None:
            holds, actual = rule.optional, ABSENT
        else:
            holds, actual = rule.accepts(came, name=name, version=version), shown(came)
        yield decide(Step.CLAIMS, Reason.CLAIM_UNEXPECTED, rule.describe(), actual, holds=holds, where=claim)


def _check_level(wanted: int, level: int) -> Check:
    return decide(Step.LEVEL, Reason.LEVEL_TOO_LOW, f"level {wanted} or more", f"level {level}", holds=level >= wanted)


def _check_build_type(recipe: Recipe, build_type: str) -> Check:
    return decide(
        Step.BUILD_TYPE,
        Reason.BUILD_TYPE_UNEXPECTED,
        recipe.build_types_in_words,
        shown(build_type),
        holds=build_type in recipe.build_types,
        where="buildType",
    )


REPOSITORY_POINTERS = (
    "/workflow/repository",
    "/buildConfigSource/repository",
    "/source/uri",
    "/repository",
    "/source",
)
PATH_POINTERS = ("/workflow/path", "/buildConfigSource/path", "/configPath", "/entryPoint")
REF_POINTERS = ("/workflow/ref", "/buildConfigSource/ref", "/ref")
"""Where build types have the source's repository, the configuration's path in it, and its ref."""
