from pathlib import Path

from osmall._sum import total
from osmall._team import in_order, size

assert total(1000) == 499500
assert size(3) == 3
assert in_order() == 42
maps = Path("/proc/self/maps").read_text().splitlines()
libraries = {line.split()[-1] for line in maps if "omp-" in line}
assert len(libraries) == 1, libraries
