"""Read the docstring below each attribute of a class, which Python does not keep."""

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise


@cache
def of_attributes(kind: type) -> dict[str, str]:
    """Return the docstring below each attribute, as one line."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    docstrings = {}
    for field, text in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr)):
            continue
        if isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
            docstrings[field.target.id] = " ".join(text.value.value.split())
    return docstrings
