"""The world the tests run in: a Sigstore that really signs, honest statements, and real distributions."""
