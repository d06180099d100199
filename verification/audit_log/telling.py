"""What the check of a log found, for people and for programs."""

from __future__ import annotations

from verification.audit_log.check import Report
from verification.canonical import JsonValue


def in_words(report: Report) -> str:
    """Return the report as lines of text."""
    told = [f"{_counted(report.leaves, 'leaf', 'leaves')}; the last one's hash is {report.head or 'none'}."]
    for factor, number in sorted(report.by_factor.items()):
        decisions = _counted(number, "decision", "decisions")
        if factor == "webauthn":
            told.append(f"{decisions} by security keys, whose assertions were checked again.")
        else:
            told.append(f"{decisions} by {factor} codes, attested by the server alone.")
    told += [str(finding) for finding in report.findings]
    found = len(report.findings)
    told.append(f"{_counted(found, 'finding', 'findings')}." if found else "Nothing is wrong.")
    return "\n".join(told)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def as_json(report: Report) -> dict[str, JsonValue]:
    """Return the report as JSON."""
    return {
        "leaves": report.leaves,
        "head": report.head,
        "decisions": dict(report.by_factor),
        "attested_by_the_server_alone": sum(
            number for factor, number in report.by_factor.items() if factor != "webauthn"
        ),
        "findings": [
            {
                "leaf": finding.index,
                "flaw": finding.flaw.value,
                "sentence": finding.flaw.sentence,
                "detail": finding.detail,
            }
            for finding in report.findings
        ],
    }
