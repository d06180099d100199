"""Real clients of other people, in an environment of their own, against a served registry."""
