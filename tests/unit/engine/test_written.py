from __future__ import annotations

import os
from pathlib import Path

from porter.engine import read_bounded


def test_only_a_plain_file_of_bounded_size_is_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"12345")
    (tmp_path / "link").symlink_to(plain)
    os.mkfifo(tmp_path / "fifo")
    assert read_bounded(plain) == b"12345"
    assert read_bounded(plain, limit=5) == b"12345"
    assert read_bounded(plain, limit=4) is None
    for name in ("link", "fifo", "missing", "."):
        assert read_bounded(tmp_path / name) is None
