"""The audit log, checked by whoever has it: what its leaves prove about promises and who agreed to them.

Pure: lines in, findings out, no database and no clock. ``manage.py verify_audit`` runs it over a registry's own tables;
``sluicegate-verifier audit FILE`` over a log that somebody has downloaded.
"""

from verification.audit_log.check import AuditCheck, Report
from verification.audit_log.flaws import Finding, Flaw
from verification.audit_log.line import Line, LineUnreadable, parse_line

__all__ = ["AuditCheck", "Finding", "Flaw", "Line", "LineUnreadable", "Report", "parse_line"]
