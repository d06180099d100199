"""Second factors: the one adapter around allauth's MFA internals, for decisions and for signing in.

allauth keeps secrets, keys and recovery codes. What it remembers of used codes and wrong guesses lies in a cache of each
process, and signature counters it does not read; so it is asked for neither. The last step of an authenticator app and
the last count of a key are rows that only rise, and wrong codes are counted in the authenticator's own row.
"""

from expectations.second_factor.codes import PERIOD, check_new_secret, check_sign_in, check_totp
from expectations.second_factor.factor import Factor, has_second_factor

__all__ = [
    "PERIOD",
    "Factor",
    "check_new_secret",
    "check_sign_in",
    "check_totp",
    "has_second_factor",
]
