"""The gate's last resort, ``except Exception`` around one attestation, as a failure: the laws say that nothing needs it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class NetReached(AssertionError):
    """Some input raised what nobody had declared; the error itself is the cause."""


class _Alarm(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Raise out of the call that logged: a handler's own errors are swallowed only where it asks for that."""
        raise NetReached(record.getMessage())


@contextmanager
def net_is_a_failure() -> Iterator[None]:
    """Raise NetReached within the block wherever examination would have logged an unexpected error and gone on."""
    logger, alarm = logging.getLogger("sluicegate.verification"), _Alarm()
    logger.addHandler(alarm)
    try:
        yield
    finally:
        logger.removeHandler(alarm)
