"""Writing an expectation by answering questions: answers and documents, the forms between, and the pages.

``ways``, ``answers``, ``parameter_lines``, ``writing``, ``reading``, ``starting`` and ``problems`` are pure.
"""
