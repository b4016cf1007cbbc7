"""Check the documentation against the code."""

import contextlib
import fnmatch
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.samples import SAMPLE
from core.collect_metrics import collect
from core.events import plain
from core.metrics import all_metrics
from core.settings import Settings, load
from docs import generate, setting_tables
from tests.builders import processing, signed

ROOT = generate.ROOT
ARCHITECTURE = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
METRICS = (ROOT / "docs" / "METRICS.md").read_text()
README = (ROOT / "README.md").read_text()
IGNORED = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line] + [".git"]
NAMES = [metric.name for metric in all_metrics()]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
FORBIDDEN = re.compile(
    r"registry[.]npmjs|pypi[.]org|python[h]osted"  # the registry is a setting of the installing machine, not of the project
    r"|(?<![\w.~)}\]$*-])/(?:work|root|opt)(?![\w-])"
)


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Yield every file of the project that git does not ignore (git may be missing)."""
    for path in sorted(folder.iterdir()):
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in IGNORED):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def texts(suffix: str = "") -> dict[str, str]:
    """Return the texts of the project's files, or only of those whose names end so."""
    contents = {}
    for path in (path for path in files() if path.name.endswith(suffix)):
        with contextlib.suppress(UnicodeDecodeError):
            contents[path.relative_to(ROOT).as_posix()] = path.read_text()
    return contents


DOCUMENTS = texts(".md")
EVERYTHING = "\n".join(DOCUMENTS.values())


def fenced(text: str, language: str) -> list[str]:
    return [content for marked, content in FENCE.findall(text) if marked == language]


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub derives from headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_generated_files_are_fresh() -> None:
    """One test of all files: they take a second to generate, which each worker would spend if they were parameters."""
    generated = generate.generated()
    assert len(generated) > 10
    assert [path.name for path, text in generated.items() if path.read_text() != text] == [], "run `make docs`"


def test_a_stale_file_is_named_and_not_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "Makefile").write_text("x: ## y\n")
    (tmp_path / ".env.example").write_text(setting_tables.env_example())
    (tmp_path / "terraform").mkdir()
    shutil.copy(ROOT / "terraform" / "webhook_events.json", tmp_path / "terraform")
    (tmp_path / "terraform" / "settings.json").write_text(setting_tables.terraform_settings())
    for name in ("services", "report", "evidence"):
        shutil.copy(ROOT / "docs" / f"{name}.schema.json", tmp_path / "docs")
    (tmp_path / "docs" / "A.md").write_text("<!-- generated: targets -->\nold\n<!-- /generated -->\n")
    (tmp_path / "B.md").write_text("no generated block\n")

    assert generate.main(["--check"], tmp_path) == 1

    assert capsys.readouterr().err == "docs/A.md is stale: run `make docs`\n"
    assert "old" in (tmp_path / "docs" / "A.md").read_text()
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    assert "| `make x` | y |" in (tmp_path / "docs" / "A.md").read_text()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!-- generated: a -->\n", "X.md: a generated block has no end"),
        ("<!-- generated: a -->\n<!-- generated: a -->\n<!-- /generated -->\n", "X.md: a generated block has no end"),
        ("<!-- generated: b -->\n<!-- /generated -->\n", "X.md: nothing generates b"),
    ],
)
def test_a_block_without_an_end_or_a_source_is_an_error(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        generate.fill(text, {"a": "A\n"}, "X.md")


def test_the_generated_files_are_the_expected_ones() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in generate.generated()}
    assert names == {
        ".env.example",
        ".github/workflows/deploy.yml",
        "docs/ARCHITECTURE.md",
        "docs/CONTRIBUTING.md",
        "docs/COSTS.md",
        "docs/DATABASE.md",
        "docs/DORA.md",
        "docs/METRICS.md",
        "docs/PROVIDERS.md",
        "docs/evidence.schema.json",
        "docs/report.schema.json",
        "docs/services.schema.json",
        "terraform/aws/README.md",
        "terraform/gcp/README.md",
        "terraform/settings.json",
        "terraform/webhook_events.json",
    }


def test_the_readme_is_short_and_starts_with_a_working_example() -> None:
    lines = README.splitlines()
    assert len(lines) <= 120
    assert lines.index("$ make run") < 25
    assert fenced(README, "console")[0].startswith("$ make run\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_has_a_row_and_a_section(name: str) -> None:
    [metric] = [metric for metric in all_metrics() if metric.name == name]
    assert METRICS.count(f"\n| [`{name}`](#{name}) | `{metric.trigger}` | ") == 1
    section = METRICS.split(f"\n## `{name}`\n")[1].partition("\n## ")[0]
    assert f"<!-- generated: metric {name} -->" in section
    text = section.partition("<!--")[0]
    assert len(text.split()) > 20
    assert re.findall(r"^- (.+?): \S", text, re.MULTILINE) == ["Applies when", "Key", "Day of", "GitHub calls", "Note"]


def test_every_row_and_section_is_a_metric() -> None:
    assert sorted(re.findall(r"^## `(.+)`$", METRICS, re.MULTILINE)) == sorted(NAMES)
    assert sorted(re.findall(r"^\| \[`([\w-]+)`\]\(#\1\) \| `\w+::", METRICS, re.MULTILINE)) == sorted(NAMES)


def test_every_anomaly_of_the_code_is_explained() -> None:
    sources = (path.read_text() for path in files(ROOT / "core") if path.suffix == ".py")
    noted = {name for text in sources for name in re.findall(r'(?:\.add_anomaly\(|try_query\(.*, )"(\w+)"\)', text)}
    table = METRICS.split("\n## Anomalies\n")[1].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == noted


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_every_setting_is_documented(name: str) -> None:
    assert len(re.findall(f"^#{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE)) == 1
    [(default, meaning)] = re.findall(rf"^\| `{name}` \| (\S+) \| (.+) \|$", ARCHITECTURE, re.MULTILINE)
    assert default
    assert len(meaning) > 10


def test_the_example_of_an_env_file_holds_the_defaults_and_no_secret(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    assert [line for line in example.splitlines() if line and not line.startswith("#")] == []
    everything = tmp_path / "all.env"
    everything.write_text(re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE))
    assert load(str(everything)) == load()


@pytest.mark.parametrize(("name", "text"), generate.commands())
def test_every_command_has_help_and_is_in_a_document(name: str, text: str) -> None:
    assert len(text) > 20
    assert f"`telemetry {name}`" in EVERYTHING


def test_the_main_commands_exist() -> None:
    assert {"serve", "send", "metrics", "settings"} <= {name for name, _ in generate.commands()}


def test_every_make_target_has_help_and_is_in_a_document() -> None:
    makefile = (ROOT / "Makefile").read_text()
    lists = dict(re.findall(r"^(\w+_TARGETS) := (.+)$", makefile, re.MULTILINE))
    words = " ".join(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE))
    phony = re.sub(r"\$\((\w+)\)", lambda variable: lists[variable[1]], words).split()
    assert [name for name, _ in generate.targets()] == phony
    assert [name for name in phony if f"`make {name}`" not in EVERYTHING] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_relative_links_have_a_target(name: str) -> None:
    document = ROOT / name
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", DOCUMENTS[name])):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target.read_text()), link


@pytest.mark.parametrize(
    ("name", "heading"),
    [("README.md", "| folder | contents |"), ("docs/ARCHITECTURE.md", "| folder or module | contents |")],
)
def test_every_folder_in_the_map_exists(name: str, heading: str) -> None:
    table = DOCUMENTS[name].split(f"{heading}\n| --- | --- |\n")[1].partition("\n\n")[0]
    folders = [row.split("`")[1] for row in table.splitlines()]
    assert len(folders) >= 7
    assert [folder for folder in folders if not (ROOT / folder).exists()] == []


def test_every_module_of_core_is_in_the_map() -> None:
    modules = {f"core/{path.name}" for path in (ROOT / "core").glob("*.py") if path.name != "__init__.py"}
    assert sorted(module for module in modules if f"| `{module}` |" not in ARCHITECTURE) == []


@pytest.mark.parametrize("name", [name for name, text in DOCUMENTS.items() if fenced(text, "json")])
def test_sample_json_parses(name: str) -> None:
    assert all(type(json.loads(block)) is dict for block in fenced(DOCUMENTS[name], "json"))


def test_the_record_in_the_readme_is_the_result_of_the_sample() -> None:
    shown: dict[str, Any] = json.loads(fenced(README, "json")[0])
    [metric] = [metric for metric in all_metrics() if metric.name == shown["metric_signature"]]
    delivery = {"received_at": shown["created_at"], "delivery_id": shown["delivery_id"]}
    event = signed("github::check_suite", json.loads(SAMPLE.read_text()), **delivery)
    record = collect(metric, event, processing(store=None, github=None))
    assert list(plain(record.event).items()) == list(shown.items())
    assert f"$ cat telemetry-data/{record.path}\n" in README


def test_no_file_names_a_registry_or_a_local_path() -> None:
    matches = [
        (name, text[match.start() - 20 : match.end() + 20])
        for name, text in texts().items()
        for match in FORBIDDEN.finditer(text)
    ]
    assert matches == []


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "work/x",
        "'/" + "root'",
        "PATH=/" + "opt/bin",
        "https://registry" + ".npmjs.org",
        "files.python" + "hosted.org",
    ],
)
def test_the_check_finds_registries_and_local_paths(text: str) -> None:
    assert FORBIDDEN.search(text)


@pytest.mark.parametrize("text", ["owner/work", "/workspace", "{owner}/root", "/options", "https://example.com/work"])
def test_the_check_accepts_other_paths(text: str) -> None:
    assert not FORBIDDEN.search(text)


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.name)
def test_a_row_of_a_table_is_one_line(path: Path) -> None:
    text = re.sub(r"(?s)```.*?```", "", path.read_text())
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row for row in rows if not row.rstrip().endswith("|")] == []
