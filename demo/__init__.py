"""The main job, told step by step through real clients: ``make demo``. Knows the registry from outside alone."""
