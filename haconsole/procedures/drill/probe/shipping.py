"""The program as it is sent: what only we read is taken away, and with it what only we can run.

Without annotations, docstrings and ``raise … from`` it is a third as long, and Python 2.7 and 3.6
take it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path


class _Bare(ast.NodeTransformer):
    """Takes annotations, docstrings and what they need away."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        ours = node.level > 0 or node.module in ("__future__", "typing", "collections.abc")
        return None if ours else node

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        node.cause = None
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | None:
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        return self._whole(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        node.returns = None
        return self._whole(node)

    def _whole(self, node: ast.ClassDef | ast.FunctionDef) -> ast.stmt:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


@cache
def program() -> str:
    """Return the program's text: what it stands on, and itself."""
    return bare(Path(__file__).parent / name for name in ("base.py", "program.py"))


def bare(files: Iterable[Path]) -> str:
    """Return one program of several files that import one another, as it is sent."""
    whole = ast.Module([], [])
    for file in files:
        whole.body += _Bare().visit(ast.parse(file.read_text(encoding="utf-8"))).body
    return ast.unparse(ast.fix_missing_locations(whole))
