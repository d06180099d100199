"""Versions, tags and recipes: what a release line, a template or a specifier lets in that nobody meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from expectations.differences.change import Effect
from expectations.differences.expectation import difference
from tests.attacks.gate import expectation_of, kept_out, let_in
from tests.support.honest import Honest
from verification.expectation import Expectation
from verification.parameters import DocumentInvalid
from verification.reasons import Reason
from verification.verdict import Verdict


def release(honest: Honest, version: str, tag: str, expectation: Expectation | None = None) -> Verdict:
    """Return the verdict on a version built from a tag; the honest 1.0 from v1.0 is let in by first use's expectation."""
    run = honest.as_run(ref=tag if tag.startswith("refs/") else f"refs/tags/{tag}")
    name = f"widget-{version}.tar.gz"
    attestation = honest.sign(honest.provenance(run, filename=name), run)
    return honest.judge(attestation, expectation=expectation, artifact=honest.artifact(name, version=version))


def with_recipes(honest: Honest, *changes: dict[str, Any]) -> Expectation:
    """Return an expectation of the honest recipe, once with each of the changes."""
    document = json.loads(honest.expectation().canonical)
    recipe = document["recipes"][0]
    named = [{**recipe, "name": f"recipe-{number}", **change} for number, change in enumerate(changes)]
    return expectation_of({**document, "recipes": named})


def from_branch(honest: Honest) -> dict[str, Any]:
    """Return what makes a recipe lax: any release may come from the branch main."""
    document = json.loads(honest.expectation().canonical)
    parameters = document["recipes"][0]["external_parameters"]
    builder = "https://github.com/example/widget/.github/workflows/release.yml@refs/heads/main"
    return {
        "external_parameters": {**parameters, "/workflow/ref": {"equals": "refs/heads/main"}},
        "builder_ids": [{"equals": builder}],
    }


def test_a_lax_old_recipe(honest: Honest) -> None:
    """`1.9.999` through a lax old recipe: a new version is given an old number, to be built as of old."""
    strict = with_recipes(honest, {"versions": ">=2"}, {"versions": "==1.0.*", **from_branch(honest)})
    let_in(release(honest, "2.0", "v2.0", strict))
    let_in(release(honest, "1.0.1", "refs/heads/main", strict))
    kept_out(release(honest, "2.1", "refs/heads/main", strict), Reason.REF_MOVED)
    kept_out(release(honest, "1.9.999", "refs/heads/main", strict), Reason.NO_RECIPE_COVERS)


def test_a_lax_old_recipe_is_shown(honest: Honest) -> None:
    """`1.9.999` through a lax old recipe: where an old line is left open, two people are shown that it weakens."""
    before = with_recipes(honest, {"versions": ">=2"})
    after = with_recipes(honest, {"versions": ">=2"}, {"versions": "<2", **from_branch(honest)})
    let_in(release(honest, "1.9.999", "refs/heads/main", after))
    kept_out(release(honest, "1.9.999", "refs/heads/main", before), Reason.NO_RECIPE_COVERS)
    assert Effect.WEAKENS in {change.effect for change in difference(before, after)}


@pytest.mark.parametrize("version", ["2.0rc1", "2.0.dev1", "2.0a1.post1"])
@pytest.mark.parametrize("specifier", [">=2", "<2", ">2", "!=2.0,<2", "==2.0"])
def test_a_prerelease_that_no_specifier_meant(honest: Honest, specifier: str, version: str) -> None:
    """Pre-releases that no specifier meant: 2.0rc1 is neither of the old line nor of the new one."""
    lines = with_recipes(honest, {"versions": specifier}, {"versions": "==9.9"})
    let_in(release(honest, "9.9", "v9.9", lines))
    kept_out(release(honest, version, f"v{version}", lines), Reason.NO_RECIPE_COVERS)


@pytest.mark.parametrize("version", ["2.1rc1", "2.1.dev1", "2.1.post1"])
def test_a_stage_that_a_recipe_leaves_out(honest: Honest, version: str) -> None:
    """Pre-releases that no specifier meant: 2.1rc1 is of the new line, and only final versions of it are meant."""
    finals = with_recipes(honest, {"versions": ">=2", "stages": ["final"]})
    let_in(release(honest, "2.1", "v2.1", finals))
    kept_out(release(honest, version, f"v{version}", finals), Reason.NO_RECIPE_COVERS)


@pytest.mark.parametrize("specifier", ["", "===1.0", "==1.0+local", "1.x", "> =1", "==*"])
def test_a_specifier_that_compares_texts(honest: Honest, specifier: str) -> None:
    """A specifier that tells equal versions apart, or says nothing, takes the place of one that people read."""
    with_recipes(honest, {"versions": "==1.0"})
    with pytest.raises(DocumentInvalid, match="versions"):
        with_recipes(honest, {"versions": specifier})


@pytest.mark.parametrize(
    ("version", "tag"),
    [
        ("1.1", "v1.10"),
        ("1.10", "v1.1"),
        ("1.0", "v1.0.1"),
        ("1.0", "v11.0"),
        ("1.0", "v1.0rc1"),
        ("1.0", "v1.0.post1"),
        ("1.0", "v1!1.0"),
        ("1.0", "v1.0+local"),
        ("1.0", "vv1.0"),
        ("1.0", "V1.0"),
        ("1.0", "v v1.0"),
        ("1.0", "v1.0/x"),
        ("1.0", "v\u0661.0"),
        ("1.0", "v\uff11.0"),
        ("1.0", "v1\u200b.0"),
        ("1.0", "v-1.0"),
        ("1.0", "1.0"),
        ("1.0", "pkg-v1.0"),
    ],
)
def test_a_tag_that_only_resembles_the_version(honest: Honest, version: str, tag: str) -> None:
    """`v1.10` against 1.1, a tag that is a prefix of another, and digits of other scripts: it has to be this very version."""
    let_in(release(honest, version, f"v{version}"))
    run = honest.as_run(ref=f"refs/tags/{tag}")
    # As only ASCII can stand in a certificate's identity, that one stays the honest tag's.
    ascii_only = run if tag.isascii() else honest.as_run(ref=f"refs/tags/v{version}")
    statement = honest.provenance(run, filename=f"widget-{version}.tar.gz")
    verdict = honest.judge(
        honest.sign(statement, ascii_only), artifact=honest.artifact(f"widget-{version}.tar.gz", version=version)
    )
    if tag.isascii():
        kept_out(verdict, Reason.PARAMETER_UNEXPECTED, "/workflow/ref")
    else:
        kept_out(verdict, Reason.BUILDER_NOT_SIGNERS)


@pytest.mark.parametrize("tag", ["v1.0.0", "v1", "v01.0", "v0!1.0"])
def test_another_spelling_of_the_version(honest: Honest, tag: str) -> None:
    """`v1.0.0` against 1.0: what is no attack, for it is the very same version; and never that of the next."""
    let_in(release(honest, "1.0", tag))
    kept_out(release(honest, "1.1", tag), Reason.PARAMETER_UNEXPECTED, "/workflow/ref")


def test_a_tag_with_the_packages_name(honest: Honest) -> None:
    """Tags such as `pkg-v1.2`: the prefix stays part of what is expected, and no other package's tag passes."""
    run = honest.as_run(ref="refs/tags/pkg-v1.2")
    name = "widget-1.2.tar.gz"
    attestation = honest.sign(honest.provenance(run, filename=name), run)
    pinned = honest.first_use(attestation, artifact=honest.artifact(name, version="1.2"))
    assert isinstance(pinned, Expectation)
    let_in(release(honest, "1.3", "pkg-v1.3", pinned))
    for tag in ("v1.3", "other-v1.3", "pkg-1.3", "pkg-v1.3.1", "pkg-v1.30"):
        kept_out(release(honest, "1.3", tag, pinned), Reason.PARAMETER_UNEXPECTED, "/workflow/ref")


@pytest.mark.parametrize("tag", ["release-2.1.2", "rev1.2", "x1.2", "2.1.2", "v1.2-final"])
def test_a_tag_whose_end_only_happens_to_spell_the_version(honest: Honest, tag: str) -> None:
    """A tag that is another's end: first use of 1.2 from `release-2.1.2` must not make every such end a version."""
    run = honest.as_run(ref=f"refs/tags/{tag}")
    name = "widget-1.2.tar.gz"
    attestation = honest.sign(honest.provenance(run, filename=name), run)
    pinned = honest.first_use(attestation, artifact=honest.artifact(name, version="1.2"))
    assert isinstance(pinned, Expectation)
    let_in(release(honest, "1.2", tag, pinned))
    kept_out(release(honest, "1.3", tag.replace("1.2", "1.3"), pinned), Reason.REF_MOVED, "/workflow/ref")


def test_a_local_version(honest: Honest) -> None:
    """1.0+evil, which installers take for a newer 1.0: no tag spells it, so no template lets it in."""
    let_in(release(honest, "1.0", "v1.0"))
    for tag in ("v1.0", "v1.0+evil"):
        kept_out(release(honest, "1.0+evil", tag), Reason.PARAMETER_UNEXPECTED, "/workflow/ref")
