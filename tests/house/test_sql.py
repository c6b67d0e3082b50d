"""No SQL is built from strings: what a visitor sends reaches the database as a value, never as a statement."""

import ast

import pytest

from tests.house.test_shapes import list_places

RUNNERS = {"execute", "executemany", "executescript", "exec_driver_sql", "scalar", "scalars"}
TEXTS = {"text", "literal_column", "DDL"}

CONSTANT_PARTS = {
    "market/kernel/db.py": "a PRAGMA takes no parameters; its parts are constants of the same file",
    "search/embedded/state.py": "names of columns from a constant of the same file",
}


def is_put_together(node: ast.expr) -> bool:
    """A string with parts: f-string with values, +, %, format, join. A plain literal or an expression is none."""
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(part, ast.FormattedValue) for part in values)
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return any(_is_text(part) or is_put_together(part) for part in (left, right))
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "join" | "format_map" | "replace")):
            return _is_text(value) or is_put_together(value)
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def builds_sql(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not node.args:
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in RUNNERS | TEXTS and is_put_together(node.args[0])


def runs_text(node: ast.AST) -> bool:
    """`text()` with anything but a literal: it may have been put together elsewhere."""
    is_text_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXTS
    return is_text_call and not (node.args and _is_text(node.args[0]))  # type: ignore[attr-defined] # it is a call


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('session.execute(text(f"SELECT {name}"))', True),
        ('session.execute("SELECT " + name)', True),
        ('connection.exec_driver_sql("SELECT %s" % name)', True),
        ('connection.execute("SELECT {}".format(name))', True),
        ('connection.execute("SELECT " "1")', False),
        ('connection.execute("SELECT ?", (name,))', False),
        ("session.execute(select(User).where(User.name == name))", False),
        ('session.scalars(select(User).where(User.name == f"{name}!"))', False),
    ],
)
def test_sql_put_together_is_found(code: str, *, found: bool) -> None:
    assert any(builds_sql(node) for node in ast.walk(ast.parse(code))) is found


def test_no_sql_is_put_together_from_strings() -> None:
    assert list_places(builds_sql, "market", "search", but=CONSTANT_PARTS) == []


def test_text_is_a_literal() -> None:
    assert list_places(runs_text, "market", "search") == []
