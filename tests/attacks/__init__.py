"""One test a threat: what is written in docs/threats.md, tried out from inside real builders and at a real registry."""
