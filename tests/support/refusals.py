"""What a change of what is trusted is refused for."""

from __future__ import annotations

import pytest

from expectations.refusal import ChangeRefused
from verification.reasons import Reason


def refused(reason: Reason) -> pytest.RaisesExc[ChangeRefused]:
    """Expect a refusal for exactly this reason."""
    return pytest.raises(ChangeRefused, check=lambda error: error.reason is reason)
