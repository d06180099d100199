"""``python -m verification``, in a checkout: see :mod:`verification.client.commands`."""

import sys

from verification.client.commands import main

if __name__ == "__main__":
    sys.exit(main())
