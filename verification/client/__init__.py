"""The consumer's command line: the same gate, for whoever does not want to take a registry's word."""
