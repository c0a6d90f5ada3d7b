"""Put deliberate faults into the product, one at a time, and see whether the tests notice.

    python benchmarks/mutants.py --area records --most 40      # a sample of one area
    python benchmarks/mutants.py --report                      # what has been found so far

A mutant is one changed operator, constant or condition in Python, or one changed word of SQL. Which
tests run a line is measured once for an area, with coverage contexts; a mutant is tried with those
tests only, in a copy of the tree. Results go to `.mutants/results.jsonl` as they come, so a run
that was ended resumes. Mutants that survive for a reason are listed in `mutants_accepted.toml`.

Runs outside CI: 300 mutants take about an hour on 2 cores. Needs `pip install coverage`.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
ROOT = HERE.parent
STATE = ROOT / ".mutants"
ACCEPTED = HERE / "mutants_accepted.toml"
SECONDS = 240  # for the tests of one mutant; a mutant that loops for ever is noticed too
LEVELS = "unit or db or cli"  # acceptance tests run the installed mcc, which is not mutated
COPIED = ("mcc_cli", "tests", "benchmarks", "fixtures", "migrations", "docs")
FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "constraints.txt")
# Modules and the folders of tests that belong together.
AREAS = {
    "imports": (["services/transfer/imports", "files"], ["tests/transfer", "tests/files"]),
    "watch": (["services/watch"], ["tests/watch"]),
    "links": (["services/links", "cli/links"], ["tests/links"]),
    "records": (["services/records", "cli/records"], ["tests/records", "tests/links"]),
    "audits": (["services/audits"], ["tests/audits"]),
    "roles": (["services/operations/roles.py"], ["tests/operations"]),
    "exits": (["errors.py", "db/errors.py", "cli/framework/failures.py"], ["tests/framework"]),
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
# In the text of SQL: what is replaced by what.
SQL_WORDS = (
    ("FOR UPDATE", ""),
    ("FOR SHARE", ""),
    ("SHARE ROW EXCLUSIVE", "ROW EXCLUSIVE"),
    (" AND ", " OR "),
    (" OR ", " AND "),
    ("IS DISTINCT FROM", "="),
    ("IS NOT NULL", "IS NULL"),
    ("IS NULL", "IS NOT NULL"),
    ("<=", "<"),
    (">=", ">"),
    (" < ", " <= "),
    (" > ", " >= "),
    (" DESC", ""),
    ("LEFT JOIN", "JOIN"),
    ("UNION ALL", "UNION"),
    ("DISTINCT ", ""),
    ("count(*)", "1"),
    ("NOT EXISTS", "EXISTS"),
    ("lower(", "("),
    (" && ", " @> "),
)


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, and what was changed."""

    path: str
    line: int
    index: int
    change: str

    @property
    def name(self) -> str:
        """The name in results and in the list of accepted survivors."""
        return f"{self.path}:{self.line}:{self.index} {self.change}"


def faults(tree: ast.Module) -> Iterator[tuple[int, str, Callable[[], None]]]:
    """Every fault that a module can get: its line, its name, and what changes the tree."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Compare(ops=[operator, *_]) if type(operator) in COMPARISONS:
                other = COMPARISONS[type(operator)]
                name = f"{type(operator).__name__}->{other.__name__}"
                yield node.lineno, name, _setter(node.ops, 0, other())
            case ast.BoolOp(op=ast.And()):
                yield node.lineno, "and->or", _attribute(node, "op", ast.Or())
            case ast.BoolOp(op=ast.Or()):
                yield node.lineno, "or->and", _attribute(node, "op", ast.And())
            case ast.UnaryOp(op=ast.Not()):
                yield node.lineno, "not->", _attribute(node, "op", ast.UAdd())
            case ast.BinOp(op=ast.Add(), right=ast.Constant(value=int())):
                yield node.lineno, "+->-", _attribute(node, "op", ast.Sub())
            case ast.Constant(value=bool() as value):
                yield node.lineno, f"{value}->{not value}", _attribute(node, "value", not value)
            case ast.Constant(value=int() as value):
                yield node.lineno, f"{value}->{value + 1}", _attribute(node, "value", value + 1)
            case ast.Constant(value=str() as text) if id(node) not in docstrings:
                for word, other_word in SQL_WORDS:
                    if word in text and _is_sql(text):
                        changed = text.replace(word, other_word, 1)
                        name = f"{word.strip()}->{other_word.strip()}"
                        yield node.lineno, name, _attribute(node, "value", changed)
            case ast.If():
                yield node.lineno, "if->never", _attribute(node, "test", ast.Constant(value=False))
            case ast.Expr(value=ast.Call()):
                yield node.lineno, "call->", _attribute(node, "value", ast.Constant(value=None))


def _is_sql(text: str) -> bool:
    return any(word in text for word in ("SELECT", "WHERE", "FROM", "{}", "JOIN", "LOCK", "SET "))


def _setter(items: list[ast.cmpop], index: int, value: ast.cmpop) -> Callable[[], None]:
    return lambda: items.__setitem__(index, value)


def _attribute(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def mutants(area: str) -> list[Mutant]:
    """Every mutant of an area's modules."""
    found = []
    for path in modules(area):
        tree = ast.parse((ROOT / path).read_text())
        found += [Mutant(path, line, i, name) for i, (line, name, _) in enumerate(faults(tree))]
    return found


def modules(area: str) -> list[str]:
    """The modules of an area, as paths in the tree."""
    found: list[Path] = []
    for name in AREAS[area][0]:
        path = ROOT / "mcc_cli" / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(path.relative_to(ROOT)) for path in found]


def mutated(mutant: Mutant) -> str:
    """The source of the module with the fault in it."""
    tree = ast.parse((ROOT / mutant.path).read_text())
    list(faults(tree))[mutant.index][2]()
    return ast.unparse(ast.fix_missing_locations(tree))


def copy_of_tree(folder: Path) -> Path:
    """A fresh copy of what the tests need."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def covering(area: str) -> dict[str, dict[int, set[str]]]:
    """For each module the tests that run each line; measured once, then read from `.mutants`."""
    kept = STATE / f"{area}.coverage.json"
    if not kept.exists():
        tree = copy_of_tree(STATE / f"{area}.tree")
        config = tree / "coverage.ini"
        config.write_text("[run]\ndynamic_context = test_function\nsource = mcc_cli\n")
        command = [sys.executable, "-m", "coverage", "run", f"--rcfile={config}", "-m", "pytest"]
        tests = ["-n", "0", "-q", "-p", "no:randomly", "-m", LEVELS, *AREAS[area][1]]
        subprocess.run([*command, *tests], cwd=tree, check=False, stdout=subprocess.DEVNULL)
        from coverage import CoverageData

        data = CoverageData(str(tree / ".coverage"))
        data.read()
        found: dict[str, dict[int, list[str]]] = {}
        for file in data.measured_files():
            lines = data.contexts_by_lineno(file)
            path = str(Path(file).relative_to(tree))
            found[path] = {line: sorted(filter(None, names)) for line, names in lines.items()}
        kept.write_text(json.dumps(found))
    return {
        path: {int(line): set(names) for line, names in lines.items()}
        for path, lines in json.loads(kept.read_text()).items()
    }


def node_ids(area: str, names: set[str]) -> list[str]:
    """The tests that coverage calls `module.function`, as pytest wants them."""
    files = {
        path.stem: path for folder in AREAS[area][1] for path in (ROOT / folder).rglob("test_*.py")
    }
    found = []
    for name in sorted(names):
        module, _, function = name.rpartition(".")
        if path := files.get(module.rpartition(".")[2]):
            found.append(f"{path.relative_to(ROOT)}::{function}")
    return found


def noticed(mutant: Mutant, tests: list[str], tree: Path) -> bool:
    """Whether a test fails with the fault."""
    target = tree / mutant.path
    whole = (ROOT / mutant.path).read_text()
    target.write_text(mutated(mutant))
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:randomly"]
    try:
        done = subprocess.run(
            [*command, "-m", LEVELS, *tests],
            cwd=tree,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        target.write_text(whole)
    return done.returncode != 0


def run(area: str, most: int, seed: int, workers: int) -> None:
    """Try a sample of an area's mutants, those that are not tried yet."""
    lines = covering(area)
    chosen = mutants(area)
    random.Random(seed).shuffle(chosen)
    known = {item["name"] for item in results()}
    trees: Queue[Path] = Queue()
    for number in range(workers):
        trees.put(copy_of_tree(STATE / f"{area}.{number}"))

    def try_one(mutant: Mutant) -> None:
        by_line = lines.get(mutant.path, {})
        # A constant of the module is read at import: any test of the module may notice.
        names = by_line.get(mutant.line) or set().union(*by_line.values())
        tests = node_ids(area, names)
        tree = trees.get()
        try:
            found = noticed(mutant, tests, tree) if tests else False
        finally:
            trees.put(tree)
        item = {"area": area, "name": mutant.name, "noticed": found, "tests": len(tests)}
        with (STATE / "results.jsonl").open("a") as file:
            file.write(json.dumps(item) + "\n")
        print("noticed " if found else "SURVIVED", mutant.name, flush=True)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(try_one, [item for item in chosen[:most] if item.name not in known]))


def results() -> list[dict[str, object]]:
    """What has been tried so far."""
    path = STATE / "results.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def report() -> None:
    """Print a table by area, and the survivors that no reason accepts."""
    accepted = tomllib.loads(ACCEPTED.read_text()) if ACCEPTED.exists() else {}
    by_area: dict[str, list[dict[str, object]]] = defaultdict(list)
    for item in results():
        by_area[str(item["area"])].append(item)
    print(f"{'area':10} {'mutants':>8} {'noticed':>8} {'accepted':>9} {'share':>6}")
    left = []
    for area, items in by_area.items():
        good = sum(bool(item["noticed"]) for item in items)
        survivors = [str(item["name"]) for item in items if not item["noticed"]]
        excused = [name for name in survivors if name in accepted]
        left += [name for name in survivors if name not in accepted]
        tried = len(items) - len(excused)
        share = f"{good / tried:6.0%}" if tried else "     –"
        print(f"{area:10} {len(items):8} {good:8} {len(excused):9} {share}")
    for name in left:
        print("SURVIVED", name)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--area", choices=AREAS, action="append", help="default: all")
    parser.add_argument("--most", type=int, default=50, help="mutants of each area")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--report", action="store_true", help="print what was found, try nothing")
    given = parser.parse_args()
    STATE.mkdir(exist_ok=True)
    if not given.report:
        for area in given.area or AREAS:
            run(area, given.most, given.seed, given.workers)
    report()


if __name__ == "__main__":
    main()
