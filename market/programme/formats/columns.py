"""The columns of a programme as a table, and what others call them."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from market.kernel.text import normalize

COLUMNS: Final = (
    "guid",
    "number",
    "code",
    "title",
    "subtitle",
    "track",
    "kind",
    "language",
    "room",
    "date",
    "start",
    "minutes",
    "speakers",
    "abstract",
    "description",
    "url",
)
REQUIRED: Final = ("title", "room", "date", "start", "minutes")

_OTHER_NAMES: Final = MappingProxyType({
    "guid": ("uuid", "全局编号"),
    "number": ("id", "no", "nr", "session id", "编号", "序号"),
    "code": ("代码",),
    "title": ("session", "session title", "name", "topic", "标题", "题目", "主题", "议题", "名称", "活动名称"),
    "subtitle": ("副标题",),
    "track": ("stream", "theme", "分会场", "专场", "论坛", "板块"),
    "kind": ("type", "format", "session type", "类型", "形式", "活动类型"),
    "language": ("lang", "语言", "语种"),
    "room": ("location", "hall", "stage", "place", "venue", "会场", "会议室", "地点", "场地", "房间"),
    "date": ("day", "日期", "天"),
    "start": ("start time", "starts", "starts at", "begin", "from", "time", "开始", "开始时间", "时间", "起始时间"),
    "minutes": ("duration", "length", "duration (minutes)", "时长", "时长（分钟）", "分钟", "持续时间"),
    "speakers": ("speaker", "persons", "presenters", "presenter", "演讲人", "演讲者", "主讲人", "嘉宾", "报告人"),
    "abstract": ("summary", "摘要", "简介"),
    "description": ("details", "说明", "描述", "详情", "内容"),
    "url": ("link", "website", "address", "网址", "链接"),
})  # fmt: skip

_BETWEEN_WORDS: Final = re.compile(r"[\s_.\-:*/()]+")


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Our column → the file's header. Of two headers that mean the same column, the first is taken."""
    mapping: dict[str, str] = {}
    for name in header:
        column = _KNOWN.get(make_key(name))
        if column:
            mapping.setdefault(column, name)
    return mapping


def make_key(name: str) -> str:
    """How a header is compared: without case, width and signs."""
    return _BETWEEN_WORDS.sub("", normalize(name, "NFKC").casefold())


_KNOWN: Final[Mapping[str, str]] = {
    make_key(name): column for column in COLUMNS for name in (column, *_OTHER_NAMES[column])
}
