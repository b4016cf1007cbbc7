"""Check the supply chain: pins, updates, and their documentation in SECURITY.md and releases."""

import json
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import sbom

ROOT = Path(__file__).parents[3]
DEPENDABOT = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())
SECURITY = (ROOT / "SECURITY.md").read_text()
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def tracked() -> list[str]:
    """Return every file of the project, as git lists them."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git repository")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def folders(ecosystem: str) -> set[str]:
    """Return the folders that Dependabot watches for one ecosystem."""
    updates = [update for update in DEPENDABOT["updates"] if update["package-ecosystem"] == ecosystem]
    return {name for update in updates for name in update.get("directories", [update.get("directory")])}


def folder_of(name: str) -> str:
    """Return a file's folder as Dependabot names it."""
    return f"/{name.rpartition('/')[0]}"


# Actions


def test_every_action_is_pinned_by_its_commit_and_names_its_version() -> None:
    used = [
        (name, line.strip())
        for name in tracked()
        if name.endswith((".yml", ".yaml"))
        for line in (ROOT / name).read_text().splitlines()
        if re.match(r"\s*(- )?uses:", line)
    ]
    assert len(used) > 20
    assert [(name, line) for name, line in used if not PINNED.fullmatch(line.partition("uses: ")[2])] == []


def test_one_action_has_one_commit_everywhere() -> None:
    commits: dict[str, set[str]] = {}
    for name in tracked():
        if name.endswith((".yml", ".yaml")):
            for action, commit in re.findall(r"uses: ([\w./-]+)@(\w+)", (ROOT / name).read_text()):
                commits.setdefault(action, set()).add(commit)
    assert {action: shas for action, shas in commits.items() if len(shas) > 1} == {}


# Dependabot


def manifests() -> dict[str, set[str]]:
    """Return the folders that hold a manifest, by Dependabot's name of its ecosystem."""
    folders_by_ecosystem: dict[str, set[str]] = {
        "github-actions": set(),
        "pip": set(),
        "npm": set(),
        "terraform": set(),
    }
    for name in tracked():
        base = name.rpartition("/")[2]
        if re.fullmatch(r"pyproject\.toml|(.+-)?requirements(-.+)?\.(in|txt)|setup\.py|Pipfile", base):
            folders_by_ecosystem["pip"].add(folder_of(name))
        elif base in ("package.json", "package-lock.json"):
            folders_by_ecosystem["npm"].add(folder_of(name))
        elif name.startswith(".github/workflows/") or base in ("action.yml", "action.yaml"):
            folders_by_ecosystem["github-actions"].add(
                "/" if name.startswith(".github/workflows/") else folder_of(name)
            )
        elif base.endswith(".tf") and re.search(
            r'^\s*version\s*=\s*"(~>|=|\d)', (ROOT / name).read_text(), re.MULTILINE
        ):
            folders_by_ecosystem["terraform"].add(folder_of(name))  # a range stays by hand: its ends are tested
    return folders_by_ecosystem


def test_dependabot_watches_every_folder_with_a_manifest_and_no_other() -> None:
    assert {update["package-ecosystem"] for update in DEPENDABOT["updates"]} == set(manifests())
    assert {ecosystem: folders(ecosystem) for ecosystem in manifests()} == manifests()


def test_dependabot_runs_weekly_and_waits_a_week_for_new_releases() -> None:
    assert DEPENDABOT["version"] == 2
    assert {update["schedule"]["interval"] for update in DEPENDABOT["updates"]} == {"weekly"}
    assert {update["cooldown"]["default-days"] for update in DEPENDABOT["updates"]} == {7}


# npm packages


def test_emulate_stays_at_its_last_version_for_node_20() -> None:
    """0.12 imports `registerHooks` of Node.js 22.15. npm's latest version, 1.0.2, is an older package that had the name before."""
    packages = json.loads((ROOT / "tests" / "npm" / "package-lock.json").read_text())["packages"]
    assert packages["node_modules/emulate"]["version"].startswith("0.11.")
    [npm] = [update for update in DEPENDABOT["updates"] if update["package-ecosystem"] == "npm"]
    assert npm["ignore"] == [{"dependency-name": "emulate", "versions": [">=0.12"]}]
    assert "node-version: 20" in (ROOT / ".github" / "workflows" / "check.yml").read_text()


def test_the_npm_lock_names_no_registry() -> None:
    packages = json.loads((ROOT / "tests" / "npm" / "package-lock.json").read_text())["packages"]
    locked = [package for name, package in packages.items() if name]
    assert all("integrity" in package and "resolved" not in package for package in locked)


# Python packages


def test_every_locked_requirement_has_a_hash() -> None:
    locks = [name for name in tracked() if re.fullmatch(r"(.+/)?([\w-]+-)?requirements\.txt", name)]
    assert len(locks) > 9
    for name in locks:
        text = re.sub(r"\\\n", " ", (ROOT / name).read_text())
        pins = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
        assert [pin.split(" ")[0] for pin in pins if not re.match(r"\S+==\S+ .*--hash=sha256:", pin)] == [], name


def test_make_lock_writes_every_lock() -> None:
    recipe = dry_run("lock")
    written = set(re.findall(r" -o (\S+)", recipe))
    locks = {name for name in tracked() if name.endswith("requirements.txt")}
    assert locks - written == {"tests/uv-requirements.txt"}  # uv itself, which writes the others
    assert written == locks - {"tests/uv-requirements.txt"}


def dry_run(*targets: str) -> str:
    """Return the commands of these targets, as if no file existed."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    command = ["make", "--always-make", "--dry-run", "--no-print-directory", *targets]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def environments() -> list[str]:
    """Return every virtual environment that the Makefile creates."""
    return re.findall(r"-m venv --clear (\S+)", (ROOT / "Makefile").read_text().replace("$(VENV)", ".venv"))


def test_the_makefile_makes_these_virtual_environments() -> None:
    assert sorted(environments()) == [
        ".venv",
        ".venv-checkov",
        ".venv-emulator",
        ".venv-engines",
        ".venv-moto",
        ".venv-sbom",
    ]


@pytest.mark.parametrize("name", environments())
def test_the_locked_pip_is_installed_first_in_every_environment(name: str) -> None:
    commands = dry_run("setup", "check-terraform", "release", "run-gcp", "test-clouds", "test-engines")
    installed = re.findall(rf"{re.escape(name)}/bin/python -m pip install (.*)", commands)
    assert len(installed) > 1
    assert "--require-hashes" in installed[0]
    assert installed[0].endswith(" -r cli/pip-requirements.txt")


def test_the_command_is_installed_without_anything_for_tests() -> None:
    commands = dry_run("install")
    assert "-r cli/requirements.txt" in commands
    assert not re.search(r"tests/|npm|\.venv-", commands)
    assert "make setup" not in (ROOT / "docs" / "GITHUB.md").read_text()


def test_nothing_else_makes_a_virtual_environment_without_the_locked_pip() -> None:
    others = {
        name: (ROOT / name).read_text()
        for name in tracked()
        if not name.startswith("tests/") and not name.endswith((".md", ".lock"))
        if name != "Makefile" and re.search(r"-m venv |\"venv\"", (ROOT / name).read_bytes().decode(errors="replace"))
    }
    emulator = others.pop("runtimes/local/emulator/environment.py")
    locks = re.findall(r'"([\w-]+-requirements\.txt)"', emulator)
    assert locks == ["pip-requirements.txt", "emulator-requirements.txt"]
    assert list(others) == ["action.yml", "cli/publishing/report_workflow.yml"]
    first = [re.findall(r'"\$\{install\[@\]\}" (.*)', text)[0] for text in others.values()]
    assert first == [
        '--require-hashes -r "$GITHUB_ACTION_PATH/cli/pip-requirements.txt"',
        "--require-hashes -r pip-requirements.txt",
    ]


# SBOMs

LOCK = """\
# This file was autogenerated
always==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via x
windows==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:cc
other==3 ; python_full_version < '3.13' and platform_machine == 'aarch64' --hash=sha256:dd # why
"""


def test_pins_are_those_that_the_markers_select() -> None:
    every = list(sbom.pins(LOCK))
    assert [line.split("==")[0] for line in every] == ["always", "windows", "other"]
    assert every[0].split() == ["always==1.0", "--hash=sha256:aa", "--hash=sha256:bb"]
    arm = {"sys_platform": "linux", "python_full_version": "3.11.2", "platform_machine": "aarch64"}
    assert [line.split("==")[0] for line in sbom.pins(LOCK, arm)] == ["always", "other"]
    assert [line.split("==")[0] for line in sbom.pins(LOCK, {**arm, "platform_machine": "x86_64"})] == ["always"]


def test_every_archive_of_a_release_is_attested_with_its_own_sbom() -> None:
    steps = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]["release"]["steps"]
    attested: list[dict[str, Any]] = [step["with"] for step in steps if "actions/attest@" in step.get("uses", "")]
    assert attested[0] == {"subject-path": "build/release/*"}  # without an SBOM it is the provenance
    named = {step["sbom-path"].removeprefix("build/release/"): step["subject-path"] for step in attested[1:]}
    archives = [f"{name}-aws-{cpu}" for name in ("webhook", "worker") for cpu in ("arm64", "x86_64")]
    expected = {f"{name}.cdx.json": f"build/release/{name}.zip" for name in archives}
    assert named == expected | {"telemetry_functions.cdx.json": "build/release/telemetry_functions-*.whl"}
    assert sorted(named) == sorted(sbom.contents())
    order = [step.get("name", step.get("uses", "")) for step in steps]
    assert order.index("Publish") == len(order) - 1  # nothing is published that is not attested


# SECURITY.md


def test_a_vulnerability_is_reported_privately_and_to_no_person() -> None:
    assert "/security/advisories/new" in SECURITY
    assert re.findall(r"[\w.+-]+@[\w-]+\.\w+", SECURITY) == []


@pytest.mark.parametrize(
    "section", ["Report a vulnerability", "Supported versions", "What is defended", "What is not defended"]
)
def test_security_md_has_each_section_with_content(section: str) -> None:
    text = SECURITY.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    assert len(text.split()) > 10


def test_security_md_names_every_boundary() -> None:
    table = SECURITY.partition("## What is defended\n")[2].partition("\n## ")[0]
    rows = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("|")][2:]
    wanted = {"webhook", "headers of a delivery", "development server", "AWS emulator", "store", "`telemetry sql`"}
    assert wanted | {"dependencies", "secrets"} <= set(rows)


def test_the_address_of_the_project_is_the_same_everywhere() -> None:
    links = set(re.findall(r"https://github\.com/([\w-]+/[\w-]+)", SECURITY))
    assert links == {"deven-org/telemetry-functions"}


def test_no_dependency_installs_a_package_of_our_name() -> None:
    """Outside a clone it would be imported instead of ours: site-packages comes before the path of an editable install."""
    providers = metadata.packages_distributions()
    ours = ("benchmarks", "cli", "core", "docs", "fakes", "runtimes", "telemetry_functions", "tests", "warehouse")
    assert {name: providers[name] for name in ours if set(providers.get(name, [])) - {"telemetry-functions"}} == {}
