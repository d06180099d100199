"""Nothing lost: the crash table of docs/architecture.md, done for real to a served registry and its PostgreSQL."""
