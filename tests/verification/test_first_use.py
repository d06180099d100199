"""First use of every build type: docs/trust-rules, "First use", one sentence a test."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import slsa_statements
from tests.support.honest import Honest
from tests.support.specimens import SPECIMENS, Specimen, edited, examined
from verification import first_use
from verification.build_types import BY_URI, PUBLISHERS
from verification.examination import Examination
from verification.first_use import Caution, FirstExpectation
from verification.judgement import Terms
from verification.pipeline import judge
from verification.reasons import RECIPE_REASONS, Reason
from verification.verdict import Accepted, Check, Refused, Verdict, failures

NAME, VERSION = canonicalize_name("widget"), Version("1.0")


def pinned(bench: Honest, specimen: Specimen) -> FirstExpectation:
    """Return what first use pins from the honest build."""
    examination = examined(bench, specimen, specimen.make())
    unsound = [check for each in examination.attestations for check in each.checks if check.reason]
    assert examination.sound, unsound
    derived = first_use.derive(examination)
    assert isinstance(derived, FirstExpectation), derived
    return derived


def judged(examination: Examination, expectation: FirstExpectation) -> Verdict:
    """Run the second half of the gate."""
    return judge(examination, terms=Terms(expectation, 1, "0" * 64))


by_specimen = pytest.mark.parametrize("specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS])


def test_every_build_type_has_a_specimen(bench: Honest) -> None:
    """A build type without an honest build here would be one whose first use nobody has tried."""
    expectations = [pinned(bench, specimen) for specimen in SPECIMENS]
    tried = {uri for found in expectations for uri in found.recipes[0].build_types}
    assert tried >= BY_URI.keys()
    issuers = {found.recipes[0].signer.issuer for found in expectations}
    assert issuers >= PUBLISHERS.keys()


@by_specimen
def test_the_derived_expectation_accepts_the_upload_that_made_it(bench: Honest, specimen: Specimen) -> None:
    """First use: the derived expectation accepts the very upload that made it."""
    verdict = judged(examined(bench, specimen, specimen.make()), pinned(bench, specimen))
    assert isinstance(verdict, Accepted), list(failures(verdict))


@by_specimen
def test_any_pinned_fact_that_differs_refuses(bench: Honest, specimen: Specimen) -> None:
    """First use: the derived expectation refuses when any pinned fact is changed, in evidence that is sound."""
    expectation = pinned(bench, specimen)
    for changed, statement, run in specimen.other_builds():
        examination = examined(bench, specimen, statement, run)
        assert examination.sound, (changed, [each.checks for each in examination.attestations])
        verdict = judged(examination, expectation)
        assert isinstance(verdict, Refused), changed
        assert verdict.reason in RECIPE_REASONS, changed


@by_specimen
def test_what_is_bound_by_name_only_is_marked(bench: Honest, specimen: Specimen) -> None:
    """First use: where the evidence has no numeric ids, it is marked."""
    assert (Caution.BOUND_BY_NAME_ONLY in pinned(bench, specimen).cautions) is specimen.by_name_only


@by_specimen
def test_a_signer_is_always_pinned(bench: Honest, specimen: Specimen) -> None:
    """Expectations 4: a key, or instance and issuer and the signer's identity, by itself or as the builder id."""
    recipe = pinned(bench, specimen).recipes[0]
    provenance = examined(bench, specimen, specimen.make()).strongest
    assert provenance is not None
    own = provenance.builder_id == provenance.signer.identity
    by_identity = recipe.signer.issuer is not None and (own or recipe.signer.identity is not None)
    assert (recipe.signer.key is not None) != by_identity


NEXT = [specimen for specimen in SPECIMENS if getattr(specimen.run, "ref", None) == "refs/tags/v1.0"]


@pytest.mark.parametrize("specimen", NEXT, ids=[specimen.name for specimen in NEXT])
def test_the_next_version_passes_from_its_own_tag(bench: Honest, specimen: Specimen) -> None:
    """First use: a tag that spells the version becomes a template, and the next version needs no proposal."""
    expectation = pinned(bench, specimen)
    run = replace(specimen.run, ref="refs/tags/v2.0")
    statement = specimen.make(run, filename="widget-2.0.tar.gz")
    examination = examined(bench, specimen, statement, run, filename="widget-2.0.tar.gz", version="2.0")
    verdict = judged(examination, expectation)
    assert isinstance(verdict, Accepted), list(failures(verdict))


def test_a_tag_that_does_not_spell_the_version_is_pinned_with_a_warning(bench: Honest) -> None:
    """First use: otherwise the ref is pinned as it is, with the warning that the next version will be refused."""
    specimen = SPECIMENS[0]
    run = replace(specimen.run, ref="refs/tags/rev12")
    derived = first_use.derive(examined(bench, specimen, specimen.make(run), run))
    assert isinstance(derived, FirstExpectation)
    assert Caution.REF_PINNED in derived.cautions
    assert "next version" in Caution.REF_PINNED.sentence


@pytest.mark.parametrize("trigger", ["merge_request_event", "external_pull_request_event"])
def test_gitlabs_merge_requests_are_never_pinned(bench: Honest, trigger: str) -> None:
    """Expectations 5: what strangers can start is never a first-use value."""
    specimen = next(specimen for specimen in SPECIMENS if specimen.name == "publish-gitlab")
    run = replace(specimen.run, trigger=trigger)
    derived = first_use.derive(examined(bench, specimen, specimen.make(run), run))
    assert isinstance(derived, Check)
    assert derived.reason is Reason.FIRST_USE_TRIGGER


def test_an_unknown_build_type_is_never_pinned(bench: Honest) -> None:
    """First use: only for build types with derivation rules."""
    specimen = SPECIMENS[0]
    edits = ((("predicate", "buildDefinition", "buildType"), "https://builder.example/own/v1"),)
    derived = first_use.derive(examined(bench, specimen, edited(specimen.make(), edits)))
    assert isinstance(derived, Check)
    assert derived.reason is Reason.FIRST_USE_UNSUPPORTED


@pytest.mark.parametrize("many", [{f"k{number}": "v" for number in range(300)}, {"k": "v" * 70_000}])
def test_parameters_that_no_document_can_hold_refuse_and_do_not_raise(bench: Honest, many: dict[str, str]) -> None:
    """A builder's tenant chooses the parameters: more than fits into a document refuses first use, and is no crash."""
    specimen = SPECIMENS[0]
    statement = specimen.make()
    statement["predicate"]["buildDefinition"]["externalParameters"].update(many)
    derived = first_use.derive(examined(bench, specimen, statement))
    assert isinstance(derived, Check)
    assert derived.reason is Reason.FIRST_USE_UNSUPPORTED


@pytest.mark.parametrize(
    ("where", "value"),
    [("workflow", "more"), ("fraction", 1.5), ("large", 2**53)],
    ids=["beside what is pinned", "a fraction", "an integer that readers round"],
)
def test_what_no_rule_can_pin_refuses_first_use(bench: Honest, where: str, value: object) -> None:
    """First use: the derived expectation accepts the very upload that made it, or none is derived."""
    specimen = SPECIMENS[0]
    statement = specimen.make()
    parameters = statement["predicate"]["buildDefinition"]["externalParameters"]
    (parameters["workflow"] if where == "workflow" else parameters)[where] = value
    derived = first_use.derive(examined(bench, specimen, statement))
    assert isinstance(derived, Check)
    assert derived.reason is Reason.FIRST_USE_UNSUPPORTED
    assert where in derived.actual


def test_a_tenants_statement_of_anothers_build_type_is_never_pinned(bench: Honest) -> None:
    """What a key's builder says is pinned for its key only: a workflow that writes the same is somebody else."""
    run = SPECIMENS[0].run
    statement = slsa_statements.google_cloud_build(("widget-1.0.tar.gz", bench.artifact().sha256))
    statement["predicate"]["runDetails"]["builder"]["id"] = run.san
    examination = bench.examine(bench.sign(statement, run))
    assert isinstance(first_use.derive(examination), Check)


def test_an_archive_is_pinned_as_it_is(bench: Honest) -> None:
    """First use: a build of an archive names no repository; what was built is pinned, and said to be."""
    found = pinned(bench, next(specimen for specimen in SPECIMENS if specimen.name == "google-cloud-build-archive"))
    assert Caution.ARCHIVE_PINNED in found.cautions
    assert "next version" in Caution.ARCHIVE_PINNED.sentence
    rules = found.recipes[0].external_parameters
    assert rules["/repository"].accepts("gs://example_cloudbuild/source/1.tgz", name=NAME, version=VERSION)
    assert rules["/generation"].accepts("1665165361152729", name=NAME, version=VERSION)


def test_substitutions_that_follow_the_release_vary(bench: Honest) -> None:
    """First use: Cloud Build repeats commit and tag in its substitutions; the next release has others."""
    found = pinned(bench, next(each for each in SPECIMENS if each.name == "google-cloud-build-CloudBuildYaml@v0.1"))
    rules = found.recipes[0].external_parameters
    assert rules["/substitutions/COMMIT_SHA"].accepts("b" * 40, name=NAME, version=VERSION)
    for name in ("TAG_NAME", "REF_NAME"):
        assert rules[f"/substitutions/{name}"].accepts("v1.1", name=NAME, version=Version("1.1"))
        assert not rules[f"/substitutions/{name}"].accepts("v1.1", name=NAME, version=VERSION)
