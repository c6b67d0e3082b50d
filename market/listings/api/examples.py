"""What is sent and answered, for the description. Made up."""

from typing import Any

ROW: dict[str, Any] = {
    "reference": "TO-CN-7F3K9Q",
    "kind": "offer",
    "state": "published",
    "language": "vi",
    "title": "Lò sấy sắn dùng bã mía",
    "summary": "Lò sấy nhỏ cho hợp tác xã, dùng bã mía thay than.",
    "written_in": "zh-Hans",
    "country": "CN",
    "stage": "lab_tested",
    "trl": 4,
    "organization": {"slug": "liujiang-works", "name": "Liujiang Works"},
    "published_at": "2026-11-20T03:12:45Z",
    "expires_at": "2027-11-20",
    "changed_at": "2026-11-20T03:12:45Z",
    "url": "https://market.example/vi/listings/TO-CN-7F3K9Q",
}

LIST: dict[str, Any] = {
    "items": [ROW],
    "total": 1,
    "facets": {"kind": {"offer": 1}, "country": {"CN": 1}},
    "next": None,
    "degraded": False,
    "by_meaning": 0,
}

NEW: dict[str, Any] = {
    "kind": "offer",
    "organization": "liujiang-works",
    "language": "en",
    "title": "Drying kiln for cassava",
    "summary": "A small kiln for cooperatives, fired with bagasse instead of coal.",
    "description": "Dries two tonnes of chips a day. Three kilns have run for two seasons.",
    "advantages": "Uses half the fuel of open drying.",
    "stage": "lab_tested",
    "trl": 4,
    "ipr_status": "patent_applied",
    "partnership_types": ["licence"],
    "fields": [29],
    "industries": ["cassava_starch"],
    "sdgs": ["9"],
    "target_countries": ["VN", "TH"],
    "keywords": ["cassava", "drying"],
    "price": {"amount": "120000", "currency": "CNY", "basis": "total"},
    "external_id": "kiln-7",
    "contact_email": "mai@example.org",
}

CHANGES: dict[str, Any] = {"summary": "A small kiln, fired with bagasse.", "trl": 5, "price": None}

TRANSLATION: dict[str, Any] = {
    "title": "Lò sấy sắn dùng bã mía",
    "summary": "Lò sấy nhỏ cho hợp tác xã, dùng bã mía thay than.",
    "description": "Sấy hai tấn sắn lát mỗi ngày. Ba lò đã chạy qua hai mùa vụ.",
    "advantages": "Tốn nhiên liệu chỉ bằng một nửa so với sấy hở.",
    "technical_specification": "Hai tấn mỗi ngày, sấy ở 60–70 °C.",
    "expected_partner": "Hợp tác xã trồng sắn.",
    "ipr_notes": "Đã nộp đơn sáng chế tại Trung Quốc.",
    "keywords": ["sắn", "sấy"],
}

LISTING: dict[str, Any] = {
    "reference": "TO-CN-7F3K9Q",
    "kind": "offer",
    "state": "published",
    "version": 3,
    "language": "en",
    "title": NEW["title"],
    "summary": NEW["summary"],
    "description": NEW["description"],
    "advantages": NEW["advantages"],
    "technical_specification": "",
    "expected_partner": "",
    "ipr_notes": "",
    "keywords": ["cassava", "drying"],
    "provenance": "author",
    "is_outdated": False,
    "written_in": "en",
    "languages": ["en"],
    "country": "CN",
    "stage": "lab_tested",
    "trl": 4,
    "ipr_status": "patent_applied",
    "fields": [29],
    "ipc": ["A23B 7/154"],
    "industries": ["cassava_starch"],
    "partnership_types": ["licence"],
    "sdgs": ["9"],
    "target_countries": ["VN", "TH"],
    "price": {"amount": "120000.00", "currency": "CNY", "basis": "total"},
    "organization": {"slug": "liujiang-works", "name": "Liujiang Works"},
    "published_at": "2026-11-20T03:12:45Z",
    "expires_at": "2027-11-20",
    "changed_at": "2026-11-20T03:12:45Z",
    "url": "https://market.example/en/listings/TO-CN-7F3K9Q",
    "external_id": "kiln-7",
    "contact_email": "mai@example.org",
}

TRANSLATED: dict[str, Any] = LISTING | {"version": 4, "languages": ["en", "vi"]}
DRAFT: dict[str, Any] = LISTING | {"state": "draft", "version": 1, "published_at": None, "expires_at": None}
