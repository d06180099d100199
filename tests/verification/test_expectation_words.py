"""A recipe as one sentence: what a person reads of a promise before its rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.honest import Honest
from tests.support.specimens import SPECIMENS, examined
from tests.verification.test_expectation import BUILD_TYPE, BUILDER, RECIPE, UNKNOWN_TYPE, recipe
from verification import first_use
from verification.expectation_words import in_words
from verification.first_use import FirstExpectation

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
GITHUB = "from example/widget, workflow release.yml, from tags v{version}"
SIGNED = "signed by slsa-framework/slsa-github-generator/.github/workflows"

SENTENCES = {
    "github-workflow": f"Built by GitHub Actions {GITHUB}, at level 2 or more.",
    "github-workflow-reusable": (
        f"Built by GitHub Actions {GITHUB}, signed by acme/ci/.github/workflows/b.yml@refs/tags/v1.0, at level 2 or more."
    ),
    "slsa-github-generator-generic": (
        f"Built by slsa-github-generator (generic) {GITHUB}, {SIGNED}/generator_generic_slsa3.yml@refs/tags/v2.1.0, "
        "at level 3 or more."
    ),
    "container-based": (
        "Built by slsa-github-generator (container-based) from example/widget, workflow .github/build.toml, "
        f"from tags v{{version}}, {SIGNED}/builder_container-based_slsa3.yml@refs/tags/v2.1.0, at level 3 or more."
    ),
    "npm-v1": f"Built by GitHub Actions (npm's form) {GITHUB}, at level 2 or more.",
    "publish-github": f"Published by GitHub Actions {GITHUB}, at level 1 or more.",
    "publish-gitlab": (
        "Published by GitLab CI from example/tools/widget, pipeline .gitlab-ci.yml, from tags v{version}, at level 1 or more."
    ),
    "publish-circleci": (
        "Published by CircleCI from https://github.com/example/widget, pipeline 8e4f8ab2-8d7c-4827-9f15-de076d6d647f "
        "of project fdd9283f-e619-46af-8f9c-851f7d3e8b2b, from tags v{version}, at level 1 or more."
    ),
    "publish-google": (
        "Published by a Google Cloud service account, 919436158236-compute@developer.gserviceaccount.com, "
        "at level 1 or more."
    ),
    "google-cloud-build": (
        "Built by Google Cloud Build from git+https://github.com/example/widget, configuration cloudbuild.yaml, "
        "from tags v{version}, at level 2 or more."
    ),
    "tekton": "Built by Tekton (https://builder.example/1), at level 2 or more.",
}


@pytest.mark.parametrize("specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS])
def test_what_first_use_pins_is_told_in_a_sentence(bench: Honest, specimen: Any) -> None:
    """Every build type has a sentence of its own, and says who, from where, and how much it shows."""
    derived = first_use.derive(examined(bench, specimen, specimen.make()))
    assert isinstance(derived, FirstExpectation)
    told = in_words(derived.recipes[0])
    assert told == SENTENCES.get(specimen.name, told)
    assert told.startswith(("Built by ", "Published by "))
    assert told.endswith(" or more.")


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"equals": "refs/heads/main"}, "from branch main,"),
        ({"equals": "refs/tags/v1"}, "from tag v1,"),
        ({"glob": "refs/heads/release-*"}, "from branches release-*,"),
        ({"equals": "refs/pull/1/merge"}, "from refs/pull/1/merge,"),
        (
            {"one_of": ["refs/heads/a", "refs/heads/b"]},
            'from refs, of which each is one of "refs/heads/a", "refs/heads/b",',
        ),
    ],
)
def test_a_ref_is_told_as_what_it_is(rule: Any, told: str) -> None:
    """A tag, a branch, or whatever else."""
    parameters = {**RECIPE["external_parameters"], "/workflow/ref": rule}
    assert told in in_words(recipe(external_parameters=parameters))


def test_another_issuer_has_repositories_by_their_whole_address() -> None:
    """Threat: a GitHub of one's own has an example/widget as well."""
    signer = {**RECIPE["signer"], "issuer": "https://ghe.example/_services/token"}
    assert "from https://github.com/example/widget," in in_words(recipe(signer=signer))


def test_look_alikes_are_escaped() -> None:
    """Threat: a name that looks like another one."""
    parameters = {
        **RECIPE["external_parameters"],
        "/workflow/repository": {"equals": "https://github.com/ex\u0430mple/widget"},
    }
    assert "from ex\\u0430mple/widget," in in_words(recipe(external_parameters=parameters))


def test_a_publish_attestation_shows_no_build() -> None:
    """Levels: pages say "published by", never "built by"; with another build type beside it, it may be a build."""
    signer = {**RECIPE["signer"], "identity": {"template": BUILDER}}
    only, beside = (recipe(build_types=types, signer=signer) for types in ([PUBLISH], [PUBLISH, BUILD_TYPE]))
    assert in_words(only).startswith("Published by GitHub Actions from example/widget, ")
    assert in_words(beside).startswith("Built by GitHub Actions from example/widget, ")


def test_an_unknown_builder_is_told_by_its_id() -> None:
    """Falling back is no failure."""
    told = in_words(
        recipe(
            build_types=[UNKNOWN_TYPE],
            signer={"key": "builder"},
            claims={},
            builder_ids=[{"equals": "https://builder.example/\u00e9"}, {"one_of": ["a", "b"]}],
            external_parameters={"/x": {"equals": 1}},
        )
    )
    assert (
        told
        == 'Built by https://builder.example/\\xe9 or builders, of which each is one of "a", "b", at level 2 or more.'
    )
