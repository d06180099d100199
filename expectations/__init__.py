"""Promises: expectations, proposals, decisions, first use and the audit log. Nothing here changes by one person's hand."""
