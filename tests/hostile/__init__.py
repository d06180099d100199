"""Bad input of every kind, sent to the whole registry: never a 5xx, never a leftover."""
