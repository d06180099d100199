"""Trusted publishing: a run's identity token (OpenID Connect) is exchanged for an upload token that soon expires."""
