"""The house: ARCHITECTURE.md against the tree, rooms in order, bounds on size, lazy imports."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(importlib.util.find_spec("learnclimate").origin).parent
ROOT = PACKAGE.parent.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(path.relative_to(PACKAGE)) for path in MODULES]

#: Slow to load, so imported only inside the functions that need them.
LAZY = {
    "arviz",
    "arviz_base",
    "arviz_plots",
    "arviz_stats",
    "distributed",
    "jinja2",
    "matplotlib",
    "narwhals",
    "numba",
    "nutpie",
    "openpyxl",
    "pyarrow",
    "pymc",
    "pyreadstat",
    "pytensor",
}
#: Modules that are themselves loaded inside functions only, as compiled kernels must name their
#: compiler at the top; tests/test_house_facade.py sees to it that no public name loads them.
LOADED_LATE = (
    "inference/factors/kernels.py",
    "inference/marginal/kernels/arithmetic.py",
    "plots/study_figure.py",
)
MOST_LINES = 400
MOST_PARAMETERS = 6


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def documented_modules() -> set[str]:
    """Paths of modules named in the tables of ARCHITECTURE.md, under the heading of their room."""
    named, room = set(), ""
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines():
        heading = re.match(r"^### `([a-z_./]+)`", line)
        if heading:
            room = heading[1]
        row = re.match(r"^\| `([\w./]+\.py)` \|", line)
        if row:
            named.add(f"{room}/{row[1]}")
    return named


def test_architecture_names_every_module_and_no_other():
    modules = {
        str(path.relative_to(PACKAGE)).replace("\\", "/")
        for path in MODULES
        if path.name not in ("__init__.py", "__main__.py")
    }
    assert documented_modules() == modules


def test_architecture_names_every_room():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()]
    assert rooms
    assert [room for room in rooms if f"### `{room}`" not in text] == []


def test_rooms_import_only_from_rooms_below():
    lint = Path(sys.executable).with_name("lint-imports")
    command = [lint, "--no-cache"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_module_is_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_function_has_too_many_parameters(path):
    # An exception is argued where it stands, in a comment that names the rule and the reason.
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [
        f"{node.name}:{node.lineno}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and count_parameters(node) > MOST_PARAMETERS
        # The signatures of an overload are those of the function they stand before.
        and not any(getattr(one, "id", "") == "overload" for one in node.decorator_list)
        and not re.search(r"# noqa: [A-Z0-9, ]*PLR0913[A-Z0-9, ]* - \w", lines[node.lineno - 1])
    ]
    assert found == []


def count_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([argument for argument in given if argument.arg not in ("self", "cls")])


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_function_forwards_keywords(path):
    found = [
        f"{node.name}:{node.lineno}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.args.kwarg is not None
    ]
    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_library_neither_asserts_nor_prints_nor_pickles(path):
    tree = parsed(path)
    found = [f"assert:{node.lineno}" for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    found += [
        f"{name}:{line}" for name, line in imported_anywhere(tree) if name in ("pickle", "dill")
    ]
    if "cli" not in path.parts:
        found += [
            f"print:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ]
    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_heavy_libraries_are_imported_inside_functions(path):
    if path.relative_to(PACKAGE).as_posix() in LOADED_LATE:
        pytest.skip("loaded inside functions only")
    assert [name for name in imported_at_top(parsed(path)) if name in LAZY] == []


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_room_reaches_back_through_the_facade(path):
    found = [
        node.lineno
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.ImportFrom) and (node.module == "learnclimate" or node.level))
        or (isinstance(node, ast.Import) and any(a.name == "learnclimate" for a in node.names))
    ]
    assert found == []


def imported_anywhere(tree: ast.Module) -> list[tuple[str, int]]:
    return [pair for node in ast.walk(tree) for pair in roots(node)]


def imported_at_top(tree: ast.Module) -> list[str]:
    """Root packages imported when the module is, outside functions and TYPE_CHECKING."""
    names: list[str] = []
    queue: list[ast.stmt] = list(tree.body)
    while queue:
        node = queue.pop()
        names += [name for name, _ in roots(node)]
        if isinstance(node, ast.If):
            test = ast.unparse(node.test)
            queue += node.orelse if test.endswith("TYPE_CHECKING") else node.body + node.orelse
        elif isinstance(node, ast.Try):
            queue += node.body + node.orelse + node.finalbody
        elif isinstance(node, ast.ClassDef | ast.With):
            queue += node.body
    return names


def roots(node: ast.AST) -> list[tuple[str, int]]:
    if isinstance(node, ast.Import):
        return [(alias.name.split(".")[0], node.lineno) for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [(node.module.split(".")[0], node.lineno)]
    return []


def test_the_walker_sees_top_level_imports():
    source = (
        "import pymc.math\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import nutpie\n"
        "try:\n    import numba\nexcept ImportError:\n    pass\n"
        "def f():\n    import arviz\n"
    )
    assert set(imported_at_top(ast.parse(source))) & LAZY == {"pymc", "numba"}
