"""The shape of the code: no ring of modules, no long file, no long function, and every room says what it is for."""

from __future__ import annotations

import ast
import graphlib
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("data", "retrieval", "finetune", "chatbot")
FILES = [
    path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts
]
LONGEST_FILE, LONGEST_FUNCTION = 300, 60


def a_ring(*packages: str) -> list[str]:
    """Modules that import each other in a ring, in order; empty where none do. Imports for type checking count."""
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=False, cache_dir=None)
    order = graphlib.TopologicalSorter(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    )
    try:
        order.prepare()
    except graphlib.CycleError as ring:
        return list(ring.args[1])
    return []


def test_no_modules_import_each_other_in_a_ring():
    assert a_ring(*PACKAGES) == []


def test_a_ring_that_is_there_only_for_type_checking_is_found(tmp_path, monkeypatch):
    room = tmp_path / "ringed"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "one.py").write_text("from ringed import two\n")
    (room / "two.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ringed.three import x\n"
    )
    (room / "three.py").write_text("def x():\n    from ringed.one import two\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert set(a_ring("ringed")) == {"ringed.one", "ringed.two", "ringed.three"}
    sys.modules.pop("ringed", None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "says in a sentence what it is for"
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [each.name for each in functions if (each.end_lineno or 0) - each.lineno >= LONGEST_FUNCTION]
    assert long == []


def test_every_folder_of_modules_is_a_package_with_a_reason():
    folders = {path.parent for path in FILES}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
