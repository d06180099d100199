"""What others have to do in the transaction in which something comes into force."""

from django.dispatch import Signal

members_changed = Signal()
"""Who can act for a ``package`` has changed; or, where that is None, for every package of a person: ``accounts`` are moved."""
