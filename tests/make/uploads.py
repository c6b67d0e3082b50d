"""Files as a browser sends them by the page of imports."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from io import BytesIO
from typing import Any

from httpx2 import Response
from openpyxl import Workbook, load_workbook

from market.exchange.enums import FileFormat
from market.exchange.formats.writing import write_rows
from market.web.tokens import FORM_TOKEN
from tests.make.visitor import Visitor


def upload(
    browser: Visitor, content: bytes, *, name: str = "rows.jsonl", language: str = "en", token: str | None = None,
    **fields: str,
) -> Response:  # fmt: skip
    """What the page answers, redirects not followed."""
    values = {FORM_TOKEN: browser.form_token() if token is None else token, "publishes": "1", **fields}
    return browser.client.post(
        f"/{language}/account/imports/new",
        data=values,
        files={"file": (name, content)},
        follow_redirects=False,
        headers={"sec-fetch-site": "same-origin"},
    )


def write_file(rows: Iterable[Mapping[str, Any]], file_format: FileFormat = FileFormat.JSONL) -> bytes:
    file = BytesIO()
    write_rows(file, rows, file_format=file_format)
    return file.getvalue()


def write_table(*rows: Sequence[Any]) -> bytes:
    """A workbook of these cells."""
    workbook = Workbook()
    for row in rows:
        workbook.active.append(list(row))
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def fill_template(template: bytes, cells: Mapping[int, str | int]) -> bytes:
    """A row behind the examples; a number stands for what the first example has in this column."""
    workbook = load_workbook(BytesIO(template))
    sheet = workbook.worksheets[0]
    for place, value in cells.items():
        words = sheet.cell(2, place + 1).value if isinstance(value, int) else value
        sheet.cell(4, place + 1, words)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def read_sentences(html: str) -> str:
    """What a page says, without its tags."""
    content = html[html.index("<main") : html.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content)).split())
