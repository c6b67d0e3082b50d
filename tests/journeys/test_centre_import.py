"""A centre's table goes in by the page for one of its clients, is published, and comes out again the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

COLUMNS = {
    "Mã nội bộ": "id", "Tên công nghệ": "title", "Tóm tắt": "summary", "Mô tả": "description", "Loại": "kind",
    "Tiếng": "language", "Nước": "country", "Ưu thế": "advantages", "Giai đoạn": "stage",
    "Sở hữu trí tuệ": "ipr_status", "Hợp tác": "partnership_types", "Ngành kỹ thuật": "fields",
    "Ngành kinh tế": "industries", "SDG": "sdgs", "Thị trường": "target_countries",
}  # fmt: skip
"""What the centre calls its columns → ours."""

USUAL = {
    "description": "Thiết bị gồm buồng sấy, quạt và bộ điều khiển nhiệt độ.",
    "kind": "offer",
    "language": "vi",
    "country": "CN",
    "advantages": "Tốn ít nhiên liệu hơn một nửa.",
    "stage": "on_the_market",
    "ipr_status": "patent_granted",
    "partnership_types": ["licence", "manufacturing"],
    "fields": ["18"],
    "industries": ["fruit_vegetables"],
    "sdgs": ["2", "12"],
    "target_countries": ["LA", "VN"],
}
ROWS: list[dict[str, Any]] = [
    {**USUAL, "id": "TT-01", "title": "Máy sấy sắn bằng bơm nhiệt", "summary": "Sấy sắn đều ở 55 °C."},
    {**USUAL, "id": "TT-02", "title": "Phân bón vi sinh từ vỏ mía; dạng viên", "summary": "=Dùng cho đất chua."},
    {**USUAL, "id": "TT-03", "title": "", "summary": "Dòng này thiếu tiêu đề."},
]
GOOD = ROWS[:2]


def write_workbook(path: Path) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(list(COLUMNS))
    for row in ROWS:
        values = [row.get(name, "") for name in COLUMNS.values()]
        sheet.append([";".join(value) if isinstance(value, list) else value for value in values])
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.data_type = "s"  # the summary that looks like a formula is none
    workbook.save(path)
    return path


def sign_in(page: Page) -> None:
    """As a member of a centre that acts for firms."""
    page.goto("/vi/sign-in")
    page.fill("#email", "organizer@demo.example")
    page.fill("#password", "welcome to nanning")
    page.click("main form button")
    page.wait_for_url("**/account")


def send_workbook(page: Page, path: Path) -> None:
    page.goto("/vi/account/imports")
    page.locator("a[href='/vi/account/imports/new']").first.click()
    page.select_option("#organization", index=1)
    page.set_input_files("#file", path)
    page.click("main form button")
    page.wait_for_url(re.compile(r"/account/imports/[0-9a-f-]{36}$"))


def name_columns(page: Page) -> None:
    """The page comes by itself when the file has been read."""
    page.locator("main a.button[href$='/columns']").click(timeout=30_000)
    for place, column in enumerate(COLUMNS.values()):
        page.select_option(f"#column-{place}", column)
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile(r"/account/imports/[0-9a-f-]{36}$"))


def import_good_rows(page: Page) -> None:
    confirm = page.locator("form[action$='/confirm'] button")
    expect(confirm).to_be_visible(timeout=30_000)
    expect(confirm).to_contain_text("2")
    expect(page.locator(".reasons")).to_contain_text("TT-03")
    confirm.click()
    expect(page.locator(".notice.good")).to_be_visible(timeout=30_000)


def export_rows(page: Page) -> list[dict[str, Any]]:
    """As the page of one's own listings offers it."""
    page.goto("/vi/account/listings")
    with page.expect_download() as started:
        page.locator("a[href$='export?format=jsonl']").click()
    lines = Path(started.value.path()).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return sorted((row for row in rows if row["id"].startswith("TT-")), key=lambda row: str(row["id"]))


def test_a_centres_workbook_goes_in_by_the_page_and_comes_out_the_same(page: Page, tmp_path: Path) -> None:
    sign_in(page)

    send_workbook(page, write_workbook(tmp_path / "công nghệ.xlsx"))
    name_columns(page)
    import_good_rows(page)

    exported = export_rows(page)
    days = [row.pop("expires_at") for row in exported]
    assert exported == GOOD
    assert all(days)
    page.goto("/th/listings?q=" + "Máy sấy sắn bằng bơm nhiệt")
    expect(page.locator("article.listing h2").first).to_have_text("Máy sấy sắn bằng bơm nhiệt")
