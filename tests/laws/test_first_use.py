"""First use, every build type: each rule of what is derived binds, seen by changing the one value that it is about.

``tests/verification/test_first_use.py`` makes other builds and signs them; here nothing of a build is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.laws.accepted import NO_POLICY, AcceptedCase, by_build_type
from verification import pointer
from verification.examination import Examination
from verification.judgement import Terms
from verification.pipeline import examine_all, judge
from verification.provenance import Provenance
from verification.reasons import RECIPE_REASONS
from verification.verdict import Accepted, Refused, Verdict

VARIES = {
    "container-based": {"/buildConfig", "/source/digest"},
    "google-cloud-build-CloudBuildYaml@v0.1": {"/substitutions/COMMIT_SHA", "/substitutions/SHORT_SHA"},
    "buildkite": {"/build/commit"},
    "gitlab-runner": {"/variables"},
    "gitlab-runner-v0.2": {"/variables"},
}
"""The parameters that first use lets be anything, each said in its build type's own file; the others have none."""

by_case = pytest.mark.parametrize("case", by_build_type(), ids=[case.name for case in by_build_type()])

OTHER_VALUES: tuple[Any, ...] = ("evil", "", None, 1, True, [], {}, "refs/tags/v9.9")


def examination_of(case: AcceptedCase) -> Examination:
    """Return the case's evidence examined."""
    return examine_all(case.field, artifact=case.artifact, roots=case.roots, now=case.now)


def judged_with(case: AcceptedCase, provenance: Provenance) -> Verdict:
    """Return the verdict on a build that says something else, in evidence that is sound."""
    examination = examination_of(case)
    (examined,) = examination.attestations
    changed = replace(examination, attestations=(replace(examined, provenance=provenance),))
    return judge(changed, terms=Terms(case.expectation, 1, NO_POLICY))


def others(provenance: Provenance, case: AcceptedCase) -> Iterator[tuple[str, Provenance]]:
    """Yield the build with each single thing changed that its first expectation has a word on."""
    (recipe,) = case.expectation.recipes
    signer = provenance.signer
    yield "builder id", replace(provenance, builder_id=f"{provenance.builder_id}x")
    yield "build type", replace(provenance, build_type=f"{provenance.build_type}x")
    for field in ("sigstore", "issuer", "key"):
        if getattr(signer, field) is not None:
            for value in ("another", None):
                changes: dict[str, Any] = {field: value}
                yield f"{field} {value}", replace(provenance, signer=replace(signer, **changes))
    if recipe.signer.identity is not None:
        yield "identity", replace(provenance, signer=replace(signer, identity=f"{signer.identity}x"))
    if provenance.level > 1:
        yield "level", replace(provenance, level=provenance.level - 1)
    for claim in recipe.claims:
        without = {name: value for name, value in signer.claims.items() if name != claim}
        yield f"no {claim}", replace(provenance, signer=replace(signer, claims=without))
        for value in ("evil", "", f"{signer.claims[claim]}x", signer.claims[claim][:-1]):
            yield claim, replace(provenance, signer=replace(signer, claims={**without, claim: value}))
    varying = [pointer.parse(text) for text in VARIES.get(case.name, ())]
    for at, leaf in pointer.leaves(provenance.external_parameters):
        if any(pointer.covers(above, at) for above in varying):
            continue
        for other in OTHER_VALUES:
            if (type(other), other) != (type(leaf), leaf):
                changed = _with(provenance.external_parameters, at, other)
                yield pointer.to_text(at), replace(provenance, external_parameters=changed)
        if at:
            yield (
                f"no {pointer.to_text(at)}",
                replace(provenance, external_parameters=_without(provenance.external_parameters, at)),
            )
    assert isinstance(provenance.external_parameters, dict)
    yield "one more", replace(provenance, external_parameters={**provenance.external_parameters, "more": "x"})


def _with(value: Any, at: pointer.Pointer, other: Any) -> Any:
    if not at:
        return other
    return _replaced(value, at[0], lambda inner: _with(inner, at[1:], other))


def _without(value: Any, at: pointer.Pointer) -> Any:
    if len(at) > 1:
        return _replaced(value, at[0], lambda inner: _without(inner, at[1:]))
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if key != at[0]}
    return [item for index, item in enumerate(value) if index != int(at[0])]


def _replaced(value: Any, token: str, change: Any) -> Any:
    if isinstance(value, dict):
        return {key: change(item) if key == token else item for key, item in value.items()}
    return [change(item) if index == int(token) else item for index, item in enumerate(value)]


@by_case
def test_the_build_itself_is_accepted(case: AcceptedCase) -> None:
    """The derived expectation accepts the very upload that made it."""
    assert isinstance(case.verdict(case.field), Accepted)


@by_case
def test_nothing_varies_but_what_is_said_to(case: AcceptedCase) -> None:
    """A rule that takes anything is a decision of its build type, and never on a claim."""
    (recipe,) = case.expectation.recipes
    loose = {at for at, rule in recipe.external_parameters.items() if rule.is_open or rule.optional}
    assert loose == VARIES.get(case.name, set())
    assert not any(rule.is_open or rule.optional for rule in (*recipe.claims.values(), *recipe.builder_ids))


@by_case
def test_every_single_thing_that_is_pinned_refuses_when_changed(case: AcceptedCase) -> None:
    """Signer, builder, build type, level, each claim with a rule, and every leaf of the parameters."""
    provenance = examination_of(case).strongest
    assert provenance is not None
    for what, other in others(provenance, case):
        verdict = judged_with(case, other)
        assert isinstance(verdict, Refused), what
        assert verdict.reason in RECIPE_REASONS, what
