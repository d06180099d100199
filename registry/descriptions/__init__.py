"""Descriptions of packages as HTML that is safe to show. The renderers run in a process of their own; see ``process``."""
