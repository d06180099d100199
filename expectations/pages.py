"""What pages tell of documents and their history, put together for a reader."""

from __future__ import annotations

import json
from dataclasses import dataclass

from expectations import queries
from expectations.cautions import cautions
from expectations.documents import Document
from expectations.models import Decision, DocumentVersion
from expectations.trusted import Trusted
from verification.canonical import parse_strict
from verification.expectation import Expectation, Recipe, Stage
from verification.expectation_words import in_words
from verification.parameters import escaped


@dataclass(frozen=True, slots=True)
class RecipeInWords:
    """A recipe for the head of a page: its name, the versions it is for, and its sentence."""

    name: str
    versions: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Telling:
    """A document for a reader: in words, what to beware of, and the exact document, indented, with its digest."""

    recipes: tuple[RecipeInWords, ...]
    cautions: tuple[str, ...]
    document: str
    digest: str


@dataclass(frozen=True, slots=True)
class VersionInTime:
    """A version as the timeline shows it, with the voices that put it in force."""

    version: DocumentVersion
    approvals: tuple[Decision, ...]


def tell(expectation: Expectation) -> Telling:
    """Return what a page shows of an expectation."""
    recipes = tuple(
        RecipeInWords(escaped(recipe.name), _versions(recipe), in_words(recipe)) for recipe in expectation.recipes
    )
    return Telling(recipes, cautions(expectation), indented(expectation.canonical), expectation.digest)


def tell_document(document: Document) -> Telling:
    """Return what a page shows of a document of any kind; only expectations have words of their own."""
    if isinstance(document, Expectation):
        return tell(document)
    return Telling((), (), indented(document.canonical), document.digest)


def indented(document: bytes | str) -> str:
    """Return a JSON document for people: indented, and in ASCII so that look-alikes show."""
    return json.dumps(parse_strict(document), indent=2)


def timeline(about: Trusted) -> tuple[VersionInTime, ...]:
    """Return every version of something trusted, the newest first, with who put it in force."""
    return tuple(in_time(version) for version in queries.history(about).select_related("closed_by", "closing__account"))


def in_time(version: DocumentVersion) -> VersionInTime:
    """Return one version with who agreed to it; nobody did where no proposal brought it."""
    return VersionInTime(version, tuple(queries.approvals(version.proposal)) if version.proposal else ())


def _versions(recipe: Recipe) -> str:
    told = [f"versions {recipe.versions}" if recipe.versions is not None else "all versions"]
    if recipe.stages is not None:
        told.append(f"{' and '.join(stage.value for stage in Stage if stage in recipe.stages)} only")
    return ", ".join(told)
