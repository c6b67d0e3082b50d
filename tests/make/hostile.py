"""What nobody means well with: texts and bodies that a form, an address or a search may get."""

from collections.abc import Mapping

ODD_TEXTS: Mapping[str, str] = {
    "nothing": "",
    "blanks": " \t\u00a0\u3000 ",
    "line ends": "\r\n\r\n\r\n",
    "NUL": "\x00",
    "NUL within": "Kiln\x00 for cassava",
    "control characters": "\x01\x02\x1b[31m\x7f\x85",
    "zero widths": "\u200b\u200c\u200d\u2060\ufeff",
    "direction override": "\u202egnp.exe\u202c",
    "replacement character": "\ufffd" * 12,
    "no characters": "\ufffe\uffff\U0010ffff",
    "grows when composed": "\u0958" * 100,
    "grows when folded": "ﷺ" * 100,
    "many marks": "a" + "\u0301" * 500,
    "mixed scripts": "เครื่องอบ 干燥机 máy sấy ម៉ាស៊ីន ເຄື່ອງ စက် உலர்த்தி сушилка مجفف",
    "beyond the basic plane": "🦀𠮷𝕏",
    "percent": "100 % %s %(title)s %n",
    "braces": "{{ 7 * 7 }} {% raw %} {title} ${7}",
    "quotes": "' \" ` ´ \\' \\\" ''; DROP TABLE listing; --",
    "number": "9" * 400,
    "JSON": '{"title": ["a"], "x": null}',
    "10,000 characters": "ก" * 10_000,
    "900 kB": "x" * 900_000,
}

MARKUP: Mapping[str, str] = {
    "script": "<script>hacked()</script>",
    "closing everything": "\"'></textarea></title></script></select></h1><script>hacked()</script>",
    "image": "<img src=x onerror=hacked()>",
    "attribute": '" onmouseover="hacked()" autofocus x="',
    "attribute with single quotes": "' onfocus='hacked()' x='",
    "vector graphic": "<svg/onload=hacked()>",
    "entity": "&lt;script&gt;hacked()&lt;/script&gt;",
    "script address": "javascript:hacked()",
    "data address": "data:text/html,<script>hacked()</script>",
    "comment": "<!--<script>hacked()</script>-->",
    "template": "{{ ''.__class__ }}{% if 1 %}hacked{% endif %}",
    "mark of ours": "<mark>hacked</mark>",
    "broken tag": "<scr\x00ipt>hacked()</scr\x00ipt>",
    "full width": "＜script＞hacked()＜/script＞",
}

SEARCHES: Mapping[str, str] = {
    "operators": 'kiln AND (cassava OR "NOT) -rice +sugar title:kiln [1 TO 9] {a TO b}',
    "one quote": '"',
    "quotes": "\"'`´“”„«»'\"",
    "wildcards": "* ? ~ ^ ~2 kil* k?ln /ki.*/ \\",
    "only operators": "AND OR NOT && || ! ( ) { } [ ] : ^ ~ * ? \\ /",
    "fields": "title_en:kiln _exists_:x *:*",
    "SQL": "' OR 1=1; DROP TABLE listing; --",
    "like": "% _ %% \\% [a-z]",
    "marks alone": "\u0e31\u0e34\u17d2\u1039\u0301",
    "zero widths": "\u200b\u200d\ufeff",
    "punctuation": "!!! ??? ... --- ///",
    "emoji": "🦀🐙",
    "Zawgyi": "ေျမာက္ျမား",
    "1,000 characters": "kiln " * 200,
    "1,000 different words": " ".join(f"w{number}" for number in range(160)),
    "1,000 Chinese characters": "木薯干燥机" * 200,
    "1,000 Thai characters": "เครื่องอบ" * 111,
    "1,000 Khmer characters": "ម៉ាស៊ីន" * 120,
    "1,000 Burmese characters": "စက်ရုံ" * 160,
    "one long word": "a" * 1_000,
    "nested brackets": "(" * 500 + ")" * 500,
}


def make_multipart(fields: Mapping[str, bytes], *, charset: str = "utf-8") -> tuple[bytes, dict[str, str]]:
    """Body and headers of a form in parts, whose texts may be in any encoding."""
    boundary = "a-boundary-of-the-tests"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, {"content-type": f"multipart/form-data; charset={charset}; boundary={boundary}"}
