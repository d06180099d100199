"""A command run to its end, with the signals passed on that were meant for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence

from registry.postgres.errors import PostgresError

_HANDLED = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGCHLD})


def run_to_end(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command and return its exit code (128 + the signal that ended it); pass SIGINT and SIGTERM on to it.

    Raises PostgresError when there is no such command.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    try:
        pid = os.posix_spawnp(command[0], list(command), dict(environment), setsigmask=before)
        return _exit_code(pid)
    except OSError as error:
        raise PostgresError(f"{command[0]} cannot be run: {error.strerror}.") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _exit_code(pid: int) -> int:
    while True:
        received = signal.sigwaitinfo(_HANDLED)
        if received.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        elif received.si_code <= 0:
            # Sent by a process, to us alone; a terminal's Ctrl-C (sent by the kernel) has reached the command as well.
            os.kill(pid, received.si_signo)
