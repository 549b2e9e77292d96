"""What a change of each kind makes the next run build (``python benchmarks/cones.py``).

Writes its table into docs/explanation/reliability.md; takes some seconds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lib.cones import report, rows  # the fakes lie among the tests
from lib.report import RELIABILITY, write_plain

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        body = report(rows(Path(folder)))
    write_plain("cones", body, RELIABILITY)
    print(body)
