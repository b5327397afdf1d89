"""What faults do to a running plant: real processes killed, links cut, disks filled, load put on.

Run from the repository, ``python -m reliability``: the plant of real processes that the tests
start is the one that is measured.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
