"""A file made for one reader: written to disk first, so that it is whole before its first byte goes out, then sent in
blocks with no session held."""

import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import StreamingResponse

BLOCK = 1 << 18
IN_MEMORY = 1 << 20


def send_file(write: Callable[[BinaryIO], None], *, name: str, media_type: str) -> StreamingResponse:
    """`write` writes the whole file; what it raises is raised here."""
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by whoever sends it
    try:
        write(file)  # type: ignore[arg-type] # it reads and writes bytes like any other
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename=\"{_ascii(name)}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
    }
    return StreamingResponse(_take_blocks(file), media_type=media_type, headers=headers)


def _take_blocks(file: "tempfile.SpooledTemporaryFile[bytes]") -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def _ascii(name: str) -> str:
    return "".join(sign if sign.isascii() and sign not in '"\\' and sign.isprintable() else "_" for sign in name)
