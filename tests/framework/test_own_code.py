"""Rules about mcc's own code that no linter knows: how it makes files, and how it makes SQL."""

import ast
import re
from pathlib import Path

import pytest

import mcc_cli

pytestmark = pytest.mark.unit

ROOT = Path(mcc_cli.__file__).parent
SOURCES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")
}

# Where a file may be made otherwise than by `private`, and why.
FILES = {
    "cli/framework/state.py": "the null device",
    "output/files.py": "what is there and is no plain file: a pipe, a device",
    "db/server/cluster.py": "in the server's folder, which is its account's alone",
    "db/server/binaries.py": "in the server's folder, which is its account's alone",
    "entities/schema/build_catalog.py": "the source of mcc itself",
    "audits/check.py": "what is expected of a sample, in a repository",
    "cli/manual/__main__.py": "the manual in the checkout of mcc itself",
}
MAKES = {"write_text", "write_bytes", "touch"}


def called(node):
    """The name of what is called, and of what it is an attribute."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr, getattr(function.value, "id", "")
    return getattr(function, "id", ""), ""


def writes(node):
    """Whether a call makes a file with a mode of its own, or the one that the umask gives."""
    name, of = called(node)
    if name in MAKES or (of, name[:4]) == ("shutil", "copy"):
        return name != "copyfileobj"
    if name != "open" or any(each.arg == "opener" for each in node.keywords):
        return False
    if of == "os":
        return "O_CREAT" in ast.dump(node)
    given = [*node.args, *(each.value for each in node.keywords if each.arg == "mode")]
    modes = [each.value for each in given if isinstance(each, ast.Constant)]
    return any(
        isinstance(each, str) and re.fullmatch("[rwxabt+]*[wxa+][bt+]*", each) for each in modes
    )


def test_files_are_made_for_their_owner_alone():
    found = {
        name: node.lineno
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and writes(node)
    }
    assert {name: line for name, line in found.items() if name not in FILES} == {}
    assert set(FILES) <= set(found)


def constant(node):
    """Whether an expression is text of the program alone: literals and names in capitals."""
    if isinstance(node, ast.JoinedStr):
        return all(
            constant(each.value)
            for each in node.values
            if hasattr(each, "value") and not isinstance(each, ast.Constant)
        )
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return isinstance(node, ast.Constant) or name.isupper()


def glued(node):
    """Whether an expression puts text together by hand, out of more than the program's own."""
    for each in ast.walk(node):
        if isinstance(each, ast.JoinedStr) and not constant(each):
            return True
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mod):
            return True
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add):
            texts = [side for side in (each.left, each.right) if isinstance(side, ast.Constant)]
            if texts and not (constant(each.left) and constant(each.right)):
                return True
        if isinstance(each, ast.Call) and called(each)[0] == "format":
            of = each.func.value
            if isinstance(of, ast.Constant | ast.JoinedStr):
                return True
    return False


def test_sql_is_put_together_by_psycopg_alone():
    """Ruff's S608 knows what begins like a statement; here it is whatever is executed."""
    found = [
        (name, node.lineno)
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node)[0] in ("execute", "executemany", "copy", "stream", "SQL")
        and node.args
        and glued(node.args[0])
    ]
    assert found == []


def test_no_function_is_excused_from_the_lint_of_sql():
    """At the head of a module SQL may be made of constants; in a function there are values."""
    found = []
    for name, tree in SOURCES.items():
        lines = (ROOT / name).read_text("utf-8").splitlines()
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                inside = lines[function.lineno - 1 : function.end_lineno]
                found += [(name, line) for line in inside if "S608" in line]
    assert found == []


def test_these_rules_see_what_they_are_for():
    for wrong in (
        'c.execute(f"SELECT {x}")',
        'c.execute("SELECT %s" % x)',
        'c.execute("SELECT " + x)',
        'c.execute("SELECT {}".format(x))',
        'sql.SQL(f"SELECT {x.y}")',
        'c.execute(sql.SQL("A {}" + x).format(y))',
    ):
        assert glued(ast.parse(wrong).body[0].value.args[0]), wrong
    for right in ("c.execute(LONG + LIST)", 'sql.SQL(f"min({a.RANK})")', 'sql.SQL("{}").format(x)'):
        assert not glued(ast.parse(right).body[0].value), right
    for wrong in ('path.open("w")', 'open(p, "a+b")', 'p.write_text("")', "os.open(p, os.O_CREAT)"):
        assert writes(ast.parse(wrong).body[0].value), wrong
    for right in ('path.open("rb")', 'open(p, "w", opener=o)', "path.open()", "c.copy(x)"):
        assert not writes(ast.parse(right).body[0].value), right
