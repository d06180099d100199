"""Telling people: every trust event goes from the audit log into an outbox, and from there by mail and webhook.

The audit log is written in each event's own transaction, so nothing that happened is untold and nothing is told that did
not happen. Delivery runs apart (``manage.py deliver``): it never holds up or undoes a decision.
"""
