from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

from porter.app.planning import write_whole


def test_a_file_appears_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "graphs" / "x.json", b"{}")
    assert (tmp_path / "graphs" / "x.json").read_bytes() == b"{}"
    assert [path.name for path in (tmp_path / "graphs").iterdir()] == ["x.json"]


def test_a_pipe_or_device_is_written_to_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"{}")
    reader.join()
    assert read == [b"{}"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").write_bytes(b"old")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "real").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()
