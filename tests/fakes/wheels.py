"""Small wheels for tests, in order or broken on purpose."""

from __future__ import annotations

import base64
import hashlib
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


def record_line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(data)}"


def make_wheel(
    folder: Path,
    filename: str,
    files: Mapping[str, bytes | str],
    *,
    record: str | None = None,
    metadata: str = "",
) -> Path:
    """Write a wheel of that name with `files`, its metadata and RECORD (or the one given).

    `metadata` is added to METADATA, for instance ``Requires-Dist`` lines.
    """
    name, version, python, abi, platform = filename.removesuffix(".whl").split("-")
    info = f"{name}-{version}.dist-info"
    tags = "".join(f"Tag: {python}-{abi}-{p}\n" for p in platform.split("."))
    pure = str(platform == "any").lower()
    contents = {
        **{key: v.encode() if isinstance(v, str) else v for key, v in files.items()},
        f"{info}/METADATA": (METADATA.format(name=name, version=version) + metadata).encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\n{tags}".encode(),
    }
    lines = [*(record_line(key, data) for key, data in contents.items()), f"{info}/RECORD,,"]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / filename
    # Whole or not at all: several threads may ask for the same wheel, of a run that is killed.
    part = folder / f".{filename}.{threading.get_ident()}"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, data in contents.items():
            archive.writestr(key, data)
        archive.writestr(f"{info}/RECORD", record if record is not None else "\n".join(lines))
    return part.replace(path)
