"""The default name of a plan's file, made from what was asked for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from porter.model import Platform

USUAL = Platform.parse("aarch64", "manylinux2014")
"""The platform of a plan for which none was named."""
# Far below the 255 bytes of a file name, and still a line one can read.
_LONGEST = 80
_WORDS = {"==": "-", "===": "-", ">=": "-ge", "<=": "-le", "~=": "-about", "!=": "-not", ">": "-gt"}
_OPERATOR = re.compile(r"===|==|>=|<=|~=|!=|>|<")


def default_name(requirements: Iterable[str], platform: Platform = USUAL) -> str:
    """``numpy==1.18.5`` gives ``numpy-1.18.5.json``; several are joined by ``+``.

    Another platform than the usual one is in the name, so that plans for two do not collide:
    ``numpy-1.18.5-s390x.json``. Of an address its last part counts:
    ``six-at-six-1.16.0.tar.gz.json``.

    Only letters, digits and ``. _ + -`` come out; a long name is shortened and ends in a hash of
    the requirements.
    """
    texts = list(requirements)
    stem = "+".join(_word(text) for text in texts)
    if len(stem) > _LONGEST or not stem:
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]
        stem = f"{stem[: _LONGEST - 9].rstrip('+-._') or 'plan'}-{digest}"
    return f"{stem}{_suffix(platform)}.json"


def _suffix(platform: Platform) -> str:
    if platform == USUAL:
        return ""
    return f"-{platform.arch if platform.policy == USUAL.policy else platform}"


def _word(requirement: str) -> str:
    name, at, address = requirement.partition(";")[0].partition(" @ ")
    if at:
        # The last part of an address: what the file or the repository is called.
        return f"{_word(name)}-at-{_word(address.partition('#')[0].rstrip('/').rpartition('/')[2])}"
    bare = re.sub(r"\s+", "", name)
    worded = _OPERATOR.sub(lambda match: _WORDS.get(match[0], "-lt"), bare)
    return re.sub(r"[^A-Za-z0-9._]+", "-", worded).strip("-.")
