"""The worked examples of docs/CONTRIBUTING.md; .ci/contributing applies them to a clone and runs its tests."""

import ast
import json
from pathlib import Path

import pytest

from docs import examples
from docs.examples import Step, apply, steps

PAGE = examples.PAGE.read_text()
SHOWN = """\
Create `a/new.py`:

```python
x = 1

y = 2
```

Add to `list.json`, below `{`:

  ```json
    "a": 1,
  ```

Add at the end of `page.md`:

```markdown
## New
```

```python
only_shown = True
```
"""
STEPS = [
    Step("a/new.py", "x = 1\n\ny = 2\n"),
    Step("list.json", '  "a": 1,\n', "below", "{"),
    Step("page.md", "## New\n", "end"),
]


def test_the_line_before_a_block_says_where_it_goes() -> None:
    assert steps(SHOWN) == STEPS


def test_steps_create_insert_and_append(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text('{\n  "b": 2\n}\n')
    (tmp_path / "page.md").write_text("# Page\n")
    assert apply(STEPS, tmp_path) == ["a/new.py", "list.json", "page.md"]
    assert (tmp_path / "a" / "new.py").read_text() == "x = 1\n\ny = 2\n"
    assert json.loads((tmp_path / "list.json").read_text()) == {"a": 1, "b": 2}
    assert (tmp_path / "page.md").read_text() == "# Page\n\n## New\n"


def test_a_line_is_replaced(tmp_path: Path) -> None:
    [step] = steps("Replace in `a` the line `two`:\n\n```text\n2\n```\n")
    (tmp_path / "a").write_text("one\ntwo\nthree\n")
    apply([step], tmp_path)
    assert (tmp_path / "a").read_text() == "one\n2\nthree\n"


def test_functions_at_the_end_of_a_module_follow_two_empty_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    apply([Step("a.py", "def f() -> None: ...\n", "end")], tmp_path)
    assert (tmp_path / "a.py").read_text() == "x = 1\n\n\ndef f() -> None: ...\n"


def test_a_line_above_is_inserted_before_the_anchor(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n  three\n")
    apply([Step("a", "two\n", "above", "three")], tmp_path)
    assert (tmp_path / "a").read_text() == "one\ntwo\n  three\n"


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        (Step("there", ""), "there exists already"),
        (Step("missing", "", "end"), "missing does not exist"),
        (Step("there", "", "below", "no such line"), "there has 0 lines 'no such line', not one"),
        (Step("there", "", "above", "twice"), "there has 2 lines 'twice', not one"),
    ],
)
def test_a_step_that_does_not_fit_is_an_error_of_one_line(step: Step, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("twice\nonce\ntwice\n")
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        apply([step], tmp_path)
    assert (tmp_path / "there").read_text() == "twice\nonce\ntwice\n"


def test_an_addition_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^a\.json: where to"):
        steps("Add to `a.json`:\n\n```json\n1\n```\n")


def test_the_page_has_a_module_and_a_test_per_kind_of_extension() -> None:
    created = {step.path for step in steps(PAGE) if not step.side}
    for folder in ("core/metrics", "core/jobs", "cli/commands"):
        [module] = [path for path in created if Path(path).parent == Path(folder)]
        assert f"tests/unit/{folder}/test_{Path(module).name}" in created
    [measure] = [path for path in created if Path(path).parent == Path("warehouse/sql/delivery")]
    assert f"tests/integration/warehouse/test_{Path(measure).stem}.py" in created
    assert "core/settings_table.py" in {step.path for step in steps(PAGE) if step.side}


def test_the_python_of_the_page_parses() -> None:
    modules = [step for step in steps(PAGE) if step.path.endswith(".py") and not step.side]
    assert len(modules) >= 6
    for module in modules:
        ast.parse(module.text, module.path)


def test_every_file_that_the_page_adds_to_exists() -> None:
    created = {step.path for step in steps(PAGE) if not step.side}
    paths = {step.path for step in steps(PAGE) if step.side} - created
    assert paths
    assert [path for path in paths if not (examples.PAGE.parents[1] / path).is_file()] == []
