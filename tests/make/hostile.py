"""What nobody means well with: texts and bodies that a form, an address or a search may get."""

from base64 import urlsafe_b64encode
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


ODD_BYTES: Mapping[str, bytes] = {
    "nothing": b"",
    "a blank": b" ",
    "NUL": b"\x00",
    "NUL within": b"a\x00b",
    "no UTF-8": b"\xff\xfe",
    "a lone surrogate": b"\xed\xa0\x80",
    "a slash spelt too long": b"\xc0\xaf..",
    "a turned direction": "\u202enaf\u202c".encode(),
    "no characters": "\uffff\ufffe\U0010ffff".encode(),
    "beyond the basic plane": "🦀".encode(),
    "letters that fold": "İıſßﷺ".encode(),
    "line ends": b"a\r\nset-cookie: b=c\r\n\r\nd",
    "10,000 characters": b"x" * 10_000,
    "many marks": ("a" + "\u0315\u0301" * 500).encode(),
    "a figure of 65 bits": b"18446744073709551616",
    "400 figures": b"9" * 400,
    "less than nothing": b"-1",
    "not a number": b"NaN",
    "a power": b"1e400",
    "figures of another script": "٣²".encode(),
    "an open bracket": b"http://[::1",
    "dots": b"../../../etc/passwd",
    "percent": b"%s%(x)s%n{0}%",
    "a quote": b"' OR 1=1; --",
    "JSON": b'{"a": [1], "b": null}',
}
"""For any place of a request: a part of the path, a query key, a header, a cookie, a field."""

ODD_HEADERS: Mapping[str, bytes] = {
    "an escape": b'"\\000\\377"',
    "a weight": b"th;q=nan,zh;q=1e999,;;=",
    "ranges": b"bytes=5-1,-,999999999999999999999-",
    "a tag": b'W/"\xff", "',
    "a day that is none": b"Mon, 99 Foo 99999 99:99:99 +9999",
    "nothing but separators": b",;,;=,=;,",
}

ODD_CURSORS: Mapping[str, bytes] = {
    "a cursor with NUL": urlsafe_b64encode(b'["a\\u0000", "00000000-0000-0000-0000-000000000000"]'),
    "a cursor with half a character": urlsafe_b64encode(b'["\\ud800", "b"]'),
    "a cursor of the first day": urlsafe_b64encode(b'["0001-01-01T00:00:00+14:00", "' + b"0" * 32 + b'"]'),
    "a cursor of the last day": urlsafe_b64encode(b'["9999-12-31T23:59:59-12:00", "' + b"f" * 32 + b'"]'),
    "a cursor of figures": urlsafe_b64encode(b"[18446744073709551616, NaN]"),
    "a deep cursor": urlsafe_b64encode(b"[" * 800),
    "a cursor of no text": urlsafe_b64encode(b"\xff\xfe"),
}


def make_bodies(token: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Content type and bytes of bodies that are no form, a broken one or too much of one; with a right form token
    where they can carry one."""
    form, plain, parts = b"_token=" + token, b"application/x-www-form-urlencoded", b"multipart/form-data; boundary="
    first = b'--x\r\nContent-Disposition: form-data; name="_token"\r\n\r\n' + token + b"\r\n--x"
    title = b'\r\nContent-Disposition: form-data; name="title"'
    odd = title.replace(b"title", b"\xff\x00")
    return {
        "nothing": (plain, b""),
        "no type": (b"", form),
        "a type of odd bytes": (b"\xff\x00;;;=", form),
        "an unknown charset": (plain + b"; charset=\xff", form),
        "JSON": (b"application/json", b'{"_token": [1]}'),
        "text": (b"text/plain", form),
        "no token": (plain, b"title=Kiln"),
        "a token twice": (plain, form + b"&" + form),
        "broken percents": (plain, form + b"&title=%zz%&%=%&&==&title&%ff%00=%ed%a0%80"),
        "10,000 fields": (plain, form + b"&a=1" * 10_000),
        "one field 300 times": (plain, form + b"&title=1" * 300),
        "a megabyte": (plain, form + b"&title=" + b"x" * 1_000_000),
        "a long name": (plain, form + b"&" + b"x" * 900_000 + b"=1"),
        "a megabyte of percents": (plain, form + b"&title=" + b"%00" * 330_000),
        "no boundary": (b"multipart/form-data", first + b"--\r\n"),
        "an empty boundary": (parts, first + b"--\r\n"),
        "another boundary": (parts + b"y", first + b"--\r\n"),
        "a boundary of odd bytes": (parts + b"\xff\xfe", first.replace(b"--x", b"--\xff\xfe") + b"--\r\n"),
        "a long boundary": (parts + b"x" * 5_000, first),
        "no end": (parts + b"x", first + title),
        "a part without a name": (parts + b"x", first + b"\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
        "a part without a head": (parts + b"x", first + b"\r\n\r\na\r\n--x--\r\n"),
        "a file": (parts + b"x", first + title + b'; filename="a"\r\n\r\na\r\n--x--\r\n'),
        "a name of odd bytes": (parts + b"x", first + odd + b"\r\n\r\n\xff\r\n--x--\r\n"),
        "10,000 parts": (parts + b"x", first + (title + b"\r\n\r\n1\r\n--x") * 10_000 + b"--\r\n"),
        "a long head": (parts + b"x", first + b"\r\nA: " + b"b" * 900_000 + title + b"\r\n\r\n1\r\n--x--\r\n"),
        **{
            f"parts in {charset.decode('latin-1')}": (
                b"multipart/form-data; charset=" + charset + b"; boundary=x",
                first + title + b"\r\n\r\n" + text + b"\r\n--x--\r\n",
            )
            for charset, text in {
                b"utf-16": b"\xff\xfe\x00", b"utf-7": b"+2AA-", b"unicode_escape": b"\\ud800\\", b"idna": b"xn--a",
                b"punycode": b"-99999999a", b"undefined": b"a", b"base64": b"a", b"a\x00b": b"a", b"nonsense": b"a",
            }.items()
        },
    }  # fmt: skip


def make_multipart(fields: Mapping[str, bytes], *, charset: str = "utf-8") -> tuple[bytes, dict[str, str]]:
    """Body and headers of a form in parts, whose texts may be in any encoding."""
    boundary = "a-boundary-of-the-tests"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, {"content-type": f"multipart/form-data; charset={charset}; boundary={boundary}"}
