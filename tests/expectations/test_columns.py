"""Statements written by hand take their columns from the models, and give back what Django itself would."""

from __future__ import annotations

import pytest
from django.db import connection

from expectations.columns import Columns
from expectations.models import DocumentVersion
from registry.models import IndexEntry, Package, Refusal, Token, VerdictRecord
from registry.tokens import create_token
from tests.support.rows import new_account, new_package

pytestmark = pytest.mark.django_db


def _first(columns: str, table: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} AS t LIMIT 1")
        row: tuple[object, ...] = cursor.fetchone()
    return row


def test_a_row_reads_as_the_object_that_django_reads() -> None:
    """Every column comes to its own field, a generated one too, and nothing is left to fetch."""
    token, _ = create_token(new_account(), name="CI", days=3)
    columns = Columns(Token, "t")
    read = columns.read(_first(columns.selected, "registry_token"))
    assert read == token
    assert read is not None
    assert {field.attname: getattr(read, field.attname) for field in Token._meta.concrete_fields} == {
        field.attname: getattr(Token.objects.get(), field.attname) for field in Token._meta.concrete_fields
    }
    assert not read.get_deferred_fields()
    assert not read._state.adding


def test_a_generated_column_is_read_and_never_written() -> None:
    """PostgreSQL computes ``look`` by itself, and refuses to be told."""
    package = new_package()
    columns = Columns(Package, "t")
    read = columns.read(_first(columns.selected, "registry_package"))
    assert read is not None
    assert read.look == Package.objects.get(pk=package.pk).look
    assert '"look"' in columns.selected
    assert '"look"' not in columns.insert


def test_what_is_left_out_is_fetched_by_who_looks_at_it() -> None:
    """Documents can be large; whoever reads one gets it as it is kept."""
    new_package()
    columns = Columns(DocumentVersion, "t", without=["document"])
    read = columns.read(_first(columns.selected, "expectations_documentversion"))
    assert read is not None
    assert read.get_deferred_fields() == {"document"}
    assert read.document == DocumentVersion.objects.get(pk=read.pk).document


def test_an_outer_join_that_finds_nothing_gives_no_object() -> None:
    """No object of nothing but nulls."""
    columns = Columns(VerdictRecord, "t")
    assert columns.read((7, *[None] * columns.width), 1) is None


def test_a_field_that_has_to_be_converted_is_refused_when_the_statement_is_made() -> None:
    """A row is taken as it comes; what Django converts on the way, a statement by hand would hand out raw."""
    with pytest.raises(TypeError, match="problems"):
        Columns(Refusal, "t")


def test_values_stand_in_the_order_of_the_statement() -> None:
    """As many places as values, each under its own column's name."""
    columns = Columns(IndexEntry, "t")
    entry = IndexEntry(file_id="f", stamp="s", json="j", html="h")
    assert columns.insert.startswith('INSERT INTO public."registry_indexentry" ("file_id", "stamp", "json", "html")')
    assert columns.values(entry) == ["f", "s", "j", "h"]
    assert columns.insert.count("%s") == 4
