"""The commands of ``sluicegate-verifier``. They need no Django, and no network but for fetching roots.

Installed, they are a script of that name: ``python -m`` would run what lies in the folder of downloaded files as if it were
Python's own. In a checkout, whose folder is trusted, they are ``python -m verification``.

Exit codes: 0 accepted (or the document is valid), 1 refused (or something is wrong with the log), 2 unusable input. Only
here the clock is read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from verification import first_use
from verification.canonical import canonical, sha256_hex
from verification.client.audit_command import add_audit_command
from verification.client.inputs import Unusable, read_artifact, read_evidence, read_expectation, read_roots
from verification.client.roots_commands import add_roots_commands
from verification.explanation import explain
from verification.judgement import Terms
from verification.parameters import escaped
from verification.pipeline import examine_all, judge
from verification.provenance import Provenance
from verification.published_schemas import Kind, read_schema
from verification.verdict import Check, Refused, Verdict, failures
from verification.verdict_document import to_document

ACCEPTED, REFUSED, UNUSABLE = 0, 1, 2

EXIT_CODES = "Exit codes: 0 accepted, or the document is valid; 1 refused, or the log is wrong; 2 unusable input."

NO_POLICY = sha256_hex(b"")
"""What stands for a registry's policy where none is asked: a consumer's verdict leans on the expectation alone."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, the command line's where none is given; return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sluicegate-verifier", description="Check how a file was built.", epilog=EXIT_CODES
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="hold a file and its evidence against an expectation")
    _file_arguments(verify)
    verify.add_argument("--expectation", type=Path, required=True, help="what the package promises")
    verify.add_argument(
        "--allow-unsigned", action="store_true", help="let a bare statement count where the expectation asks for one"
    )
    verify.add_argument("--json", action="store_true", help="print the verdict whole, as JSON")
    verify.set_defaults(run=_verify)
    add_roots_commands(commands)
    expectation = commands.add_parser("expectation", help="look at expectations, or derive one")
    kinds = expectation.add_subparsers(required=True, metavar="COMMAND")
    _document_command(kinds, "check", _check_expectation, "say whether an expectation is valid, and its digest")
    derive = kinds.add_parser("derive", help="print the expectation that first use would pin")
    _file_arguments(derive)
    derive.set_defaults(run=_derive)
    add_audit_command(commands)
    schema = commands.add_parser("schema", help="print the JSON Schema of a kind of document")
    schema.add_argument("kind", choices=[kind.value for kind in Kind])
    schema.set_defaults(run=_schema)
    return parser


def _file_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--artifact", type=Path, required=True, help="the wheel or sdist")
    parser.add_argument(
        "--evidence", type=Path, nargs="+", required=True, help="its attestations, one or a list a file"
    )
    parser.add_argument("--roots", type=Path, help="roots of trust (default: those shipped)")


def _document_command(parent: argparse._SubParsersAction, name: str, run: object, told: str) -> None:  # type: ignore[type-arg]  # no name of its type is public
    parser = parent.add_parser(name, help=told)
    parser.add_argument("document", type=Path)
    parser.set_defaults(run=run)


def _verify(asked: argparse.Namespace) -> int:
    expectation = read_expectation(asked.expectation)
    roots = read_roots(asked.roots)
    artifact, field = read_artifact(asked.artifact), read_evidence(asked.evidence)
    examination = examine_all(field, artifact=artifact, roots=roots, now=datetime.now(UTC))
    terms = Terms(expectation, level_floor=1, policy_digest=NO_POLICY, unsigned_evidence=asked.allow_unsigned)
    verdict = judge(examination, terms=terms)
    sys.stdout.write(f"{canonical(to_document(verdict)).decode()}\n" if asked.json else _tell(verdict))
    return REFUSED if isinstance(verdict, Refused) else ACCEPTED


def _tell(verdict: Verdict) -> str:
    """Return a verdict in words: one line for the outcome, one for each failure."""
    if not isinstance(verdict, Refused):
        facts = verdict.matched.facts
        named = f"{facts.repository or verdict.matched.builder_id}{f' at {facts.commit}' if facts.commit else ''}"
        # Whoever wrote the statement, or the expectation, chose these, and they go to a terminal.
        source, recipe = escaped(named), escaped(verdict.recipe)
        if verdict.unsigned:
            return f"accepted, UNSIGNED: nobody signed the statement that it was built from {source}; recipe {recipe}\n"
        told = f"accepted: SLSA build level {verdict.level}, recipe {recipe}, from {source}\n"
        return told + (f"{_overdue(verdict.matched)}\n" if verdict.review_overdue else "")
    lines = [f"refused: {explain(verdict)}", *(f"  {_line(check)}" for check in failures(verdict))]
    return "\n".join(lines) + "\n"


def _overdue(provenance: Provenance) -> str:
    name, day = escaped(provenance.builder_name), provenance.builder_review_by
    return f"note: the roots' entry for {name}, by which this level is believed, was to be reviewed by {day}"


def _line(check: Check) -> str:
    where = f"{check.where}: " if check.where else ""
    return f"{check.reason}: {where}expected: {check.expected}; came: {check.actual}"


def _derive(asked: argparse.Namespace) -> int:
    roots = read_roots(asked.roots)
    artifact, field = read_artifact(asked.artifact), read_evidence(asked.evidence)
    examination = examine_all(field, artifact=artifact, roots=roots, now=datetime.now(UTC))
    derived = first_use.derive(examination)
    if isinstance(derived, Check):
        verdict = judge(examination, terms=Terms(None, level_floor=1, policy_digest=NO_POLICY, unbound=derived))
        sys.stderr.write(_tell(verdict))
        return REFUSED
    for caution in derived.cautions:
        sys.stderr.write(f"{caution.sentence}\n")
    sys.stdout.write(f"{derived.canonical.decode()}\n")
    return ACCEPTED


def _check_expectation(asked: argparse.Namespace) -> int:
    expectation = read_expectation(asked.document)
    names = escaped(", ".join(recipe.name for recipe in expectation.recipes))
    sys.stdout.write(f"valid: sha256 {expectation.digest}, recipes: {names}\n")
    return ACCEPTED


def _schema(asked: argparse.Namespace) -> int:
    sys.stdout.write(read_schema(Kind(asked.kind)).decode())
    return ACCEPTED
