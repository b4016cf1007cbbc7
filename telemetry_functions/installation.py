"""Says where our packages are, and what differs between a checkout and an installation from a wheel. It imports none of our packages."""

import os
import re
from collections.abc import MutableMapping, MutableSequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

DISTRIBUTION = "telemetry-functions"
REPOSITORY = "https://github.com/deven-org/telemetry-functions"
PACKAGES = ("cli", "core", "fakes", "runtimes", "warehouse")
"""Our packages that `pyproject.toml` puts into `_packages/` of a wheel."""
_INSTALLED = Path(__file__).parent / "_packages"
IS_CHECKOUT = not _INSTALLED.is_dir()
"""Whether this is a checkout, also one that is installed by `pip install --editable`."""
ROOT = Path(__file__).parents[1] if IS_CHECKOUT else _INSTALLED
"""Folder of our packages, and of terraform/."""
_EXTRAS = {
    "boto3": "aws",
    "botocore": "aws",
    "cronsim": "local",
    "functions_framework": "gcp",
    "google": "gcp",
    "google_crc32c": "gcp",
    "grpc": "gcp",
    "localstack_client": "local",
    "pip": "aws",
    "psutil": "local",
    "sqlglot": "engines",
    "waitress": "local",
}
"""The extra of pyproject.toml that installs a package, by its name in an import."""
_OPTIONS = {"ROTATE": "--rotate", "YES": "--yes", "DESTROY": "--destroy", "PLAN": "--plan {}", "LOGS": "{}"}
"""The option of `telemetry` that a variable of the Makefile becomes; the others are environment variables."""
_COMMANDS = {"run": "serve --queue sqlite", "run-gcp": "serve-gcp"}
"""The command of a target of the Makefile that has another name; `make run` uses an emulator, for development."""
_PAGE = re.compile(r"(?<![\w/])docs/([A-Z_]+\.md)")
_CLOUDS = ("aws", "gcp", "local")


def put_first(path: MutableSequence[str], modules: MutableMapping[str, ModuleType]) -> None:
    """Put the folder of our packages before all others, and forget packages of the same names that are not ours."""
    folder = str(ROOT)
    if folder in path:
        path.remove(folder)
    path.insert(0, folder)
    for name in list(modules):
        if name.partition(".")[0] in PACKAGES and not _is_ours(modules[name]):
            del modules[name]


def _is_ours(module: ModuleType) -> bool:
    files = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", ())]
    return any(Path(file).is_relative_to(ROOT) for file in files if file)


def child_environment() -> dict[str, str]:
    """Return the variables with which a Python process finds our packages; pass `-P` too, so that none of its working folder wins."""
    return {"PYTHONPATH": str(ROOT)}


def extra_of(package: str) -> str:
    """Return the extra that installs a package; empty if none does."""
    return _EXTRAS.get(package.partition(".")[0], "")


def missing(package: str) -> str:
    """Return a line that names a missing package, and how to install the extra that has it."""
    extra = extra_of(package)
    if not extra:
        return f"{package} is missing"
    if IS_CHECKOUT:
        return f"{package} is missing: run `make {'run-gcp' if extra == 'gcp' else 'setup'}`"
    return f"{package} is missing: `pip install '{DISTRIBUTION}[{extra}]'`"


def instruction(target: str, **variables: str) -> str:
    """Return the command line of a target of the Makefile: `make TARGET` in a checkout, elsewhere the `telemetry` command that it runs."""
    values = {name: value for name, value in variables.items() if value}
    if IS_CHECKOUT:
        return " ".join(("make", target, *(f"{name}={_quoted(value)}" for name, value in values.items())))
    command, _, cloud = target.rpartition("-")
    words = _COMMANDS.get(target) or (f"{command} {cloud}" if cloud in _CLOUDS else target)
    known = _OPTIONS | ({"PLAN": "--out {}"} if command == "plan" else {})
    options = [known[name].format(value) for name, value in values.items() if name in known]
    environment = [f"{name}={value}" for name, value in values.items() if name not in known]
    return " ".join((*environment, "telemetry", words, *options))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def document(name: str) -> str:
    """Return where a page of docs/ can be read: its path in a checkout, elsewhere its URL for this version."""
    return f"docs/{name}" if IS_CHECKOUT else f"{REPOSITORY}/blob/v{version(DISTRIBUTION)}/docs/{name}"


def with_urls(text: str) -> str:
    """Return a text whose pages of docs/ can be read from here."""
    return text if IS_CHECKOUT else _PAGE.sub(lambda match: document(match[1]), text)


def cache_folder() -> Path:
    """Return our cache folder, by the XDG specification: https://specifications.freedesktop.org/basedir-spec/latest/.

    Raises RuntimeError for a user without a home.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else Path.home() / ".cache") / DISTRIBUTION
