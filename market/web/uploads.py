"""A form with a file. Who sends it is asked for before anything of it is read, and no session is held meanwhile."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import Annotated, BinaryIO

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from market.kernel.errors import BadInput, SignInRequired
from market.web.forms import MAX_FIELDS, FormTokenWrong, SentForm, read_text_fields
from market.web.limits import UPLOAD_PER_ACCOUNT
from market.web.resources import resources_of
from market.web.tokens import FORM_TOKEN, SESSION_COOKIE, is_form_token_right

MAX_UPLOAD = 20_000_000
"""Bytes of a file."""

MAX_UPLOAD_BODY = MAX_UPLOAD + 100_000
"""With the other fields of its form."""

LONGEST_FILE_NAME = 200


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file on our disk until the request is over. `name` is what its sender calls it, without folders."""

    name: str
    path: Path


class SentUpload(SentForm):
    def __init__(self, fields: Mapping[str, list[str]], file: SentFile | None) -> None:
        super().__init__(fields)
        self.file = file


async def read_upload(request: Request) -> AsyncIterator[SentUpload]:
    """The fields and the file of a form, its token proved. `file` is None where none was chosen."""
    await _require_sender(request)
    try:
        sent = await request.form(max_files=1, max_fields=MAX_FIELDS)
    except (HTTPException, ValueError) as problem:
        raise BadInput from problem
    try:
        upload = next((value for _name, value in sent.multi_items() if isinstance(value, UploadFile)), None)
        fields = read_text_fields(FormData([item for item in sent.multi_items() if isinstance(item[1], str)]))
        token = fields.pop(FORM_TOKEN, [""])[0]
        if not is_form_token_right(resources_of(request).settings, request, token):
            raise FormTokenWrong
        with tempfile.TemporaryDirectory() as folder:
            file = None
            if upload is not None and upload.filename:
                path = Path(folder) / "sent"
                await run_in_threadpool(_write_down, upload.file, path)
                file = SentFile(_clean_name(upload.filename), path)
            yield SentUpload(fields, file)
    finally:
        await sent.close()


Upload = Annotated[SentUpload, Depends(read_upload)]


async def _require_sender(request: Request) -> None:
    """A session of a moment: the route's own begins when the file is here, which may take minutes."""
    resources = resources_of(request)
    token = request.cookies.get(SESSION_COOKIE)

    def find_sender() -> str | None:
        with resources.database.reading() as session:
            viewer = resources.load_viewer(session, token) if token else None
            return str(viewer.id) if viewer else None

    async with resources.database_slots:
        sender = await run_in_threadpool(find_sender)
    if sender is None:
        raise SignInRequired
    resources.limits.check(UPLOAD_PER_ACCOUNT, "upload", sender)


def _write_down(source: BinaryIO, path: Path) -> None:
    source.seek(0)
    with path.open("wb") as file:
        copyfileobj(source, file, 1 << 20)


def _clean_name(name: str) -> str:
    fields = read_text_fields(FormData([("name", name.replace("\\", "/").rpartition("/")[2])]))
    return " ".join(fields["name"][0].split())[-LONGEST_FILE_NAME:]
