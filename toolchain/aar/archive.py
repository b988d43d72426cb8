"""Zip archives that are the same bytes for the same content: entries in order of name, no time, no owner.

Source: PKWARE APPNOTE.TXT 6.3, 4.3.7 (local file header), 4.5 (extra field); Android's zipalign (field 0xD935).
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)
_HEADER_BYTES, _FIELD_BYTES, _ALIGNMENT_FIELD = 30, 6, 0xD935


def write(path: Path, entries: Mapping[str, bytes], *, stored: Mapping[str, int] | None = None) -> None:
    """Write a zip file; ``stored``: entries that are kept as they are, and what their offset is a multiple of."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _TIME)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            if stored is not None and name in stored:
                info.compress_type = zipfile.ZIP_STORED
                info.extra = _padding(archive.start_dir, name, stored[name])
            archive.writestr(info, entries[name])


def _padding(offset: int, name: str, alignment: int) -> bytes:
    """Return the extra field after which the content begins at a multiple of ``alignment``."""
    begin = offset + _HEADER_BYTES + len(name.encode()) + _FIELD_BYTES
    zeros = -begin % alignment
    return struct.pack("<HHH", _ALIGNMENT_FIELD, 2 + zeros, alignment) + bytes(zeros)
