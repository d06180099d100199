"""``python -m tests.corpus DIR [--json]``: exit status 1 where a forgery was let in.

The table's column ``asked`` says what was compared with the case's verdict: whether the file is ``admitted``, whether its
evidence is ``authentic``, or whether it is signed ``by person``, by exactly the one that the case names: that nobody's
e-mail is a builder is then all that the gate may have against it (docs/decisions/0008). A class decides it beforehand.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.corpus.case import read_cases
from tests.corpus.gate import run
from tests.corpus.report import as_json, as_text, totals


def main(arguments: list[str]) -> int:
    """Run the cases of a folder, print what came of them, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, help="a folder of cases, or one with a folder named cases")
    parser.add_argument("--json", action="store_true", help="print one JSON object a case before the last line")
    options = parser.parse_args(arguments)
    results = [run(case, now=datetime.now(UTC)) for case in read_cases(options.corpus)]
    if not results:
        parser.error(f"{options.corpus} holds no case")
    if options.json:
        for row in as_json(results):
            print(json.dumps(row))
        print(totals(results).line)
    else:
        print(*as_text(results), sep="\n")
    return 1 if totals(results).false_accepts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
