from pathlib import Path

import pytest

from warehouse.services import ServicesError, load, parsed


def problems(text: str, folder: Path) -> list[str]:
    path = folder / "services.toml"
    path.write_text(text)
    with pytest.raises(ServicesError) as raised:
        load(path)
    head, *lines = str(raised.value).splitlines()
    assert head == f"{path} is wrong:"
    return lines


MANY = """\
time_zone = "Berlin"
hotfix_hour = 3

[services.shop]
repositories = [
  "o/shop",
  "shop",
]
paths = ["/api/**"]
time_zone = "UTC"
code = { branch = "main" }

[services.cart]
repositories = ["o/shop"]
team = "few"

[repositories."o/shop"]
deployments = { kind = "workflow", branches = ["refs/heads/main"], exclude = [
  { event = "schedule" },
  { jobs = "plan" },
] }
"""


def test_all_mistakes_are_reported_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    assert problems(MANY, tmp_path) == [
        'line 1: time_zone: is no IANA name of a time zone; write "Europe/Berlin"',
        "line 2: hotfix_hour: there is no such key; did you mean `hotfix_hours`?",
        "line 7: services.shop.repositories.1: must be owner/name, where * stands for anything",
        (
            'line 9: services.shop.paths.0: "/api/**" cannot match: paths start at the root of the repository and name '
            'files; write "api/**"'
        ),
        "line 10: services.shop.time_zone: there is no such key; `time_zone` is a key of the top of the file",
        'line 11: services.shop.code.repositories: Field required; write repositories = ["owner/name"]',
        (
            'line 14: services.cart.repositories.0: "o/shop" is in services.shop, too: write `workflows`, `environments`, '
            "`tags` or `paths` in both services to split the repository, or remove it from one"
        ),
        "line 15: services.cart.team: there is no [teams.few] with its size",
        'line 18: repositories.o/shop.deployments: kind = "workflow" needs workflow; write workflow = "NAME"',
        'line 18: repositories.o/shop.deployments.branches.0: "refs/heads/main" cannot match: write "main"',
        "line 20: repositories.o/shop.deployments.exclude.1.jobs: there is no such key; did you mean `job`?",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[service.a]", "service: there is no such key; did you mean `services`?"),
        ("Time-Zone = 'UTC'", "Time-Zone: there is no such key; did you mean `time_zone`?"),
        ("nonsense = 1", "nonsense: there is no such key"),
        ("paths = ['a']", "paths: there is no such key; `paths` is a key of services.NAME"),
        (
            "[teams.a]\nsize = 5\nbranch = 'x'",
            "teams.a.branch: there is no such key; `branch` is a key of services.NAME.code or ",
        ),
        ("[services.a]\nrepositories = 'o/r'", 'services.a.repositories: must be a valid list; write ["o/r"]'),
        ("hotfix_hours = '24'", "hotfix_hours: must be a valid integer; write 24 without quotes"),
        ("hotfix_hours = true", "hotfix_hours: must be a valid integer"),
        ("failure_hours = 8761", "failure_hours: must be less than or equal to 8760"),
        ("lead_time_from = 'commit'", "lead_time_from: must be 'authored', 'committed', 'opened' or 'merged'"),
        ("failed_attempts = true", "failed_attempts: must be 'separate' or 'count'"),
        ("hotfix = 'hotfix'", 'hotfix: must be a valid list; write ["hotfix"]'),
        ("hotfix = { label = ['x'] }", "hotfix.label: there is no such key; did you mean `labels`?"),
        ("[repositories.'o/r']\ndeployments = 3", "repositories.o/r.deployments: must be 'statuses', 'releases'"),
        (
            "[repositories.'o/r']\ndeployments = { kind = 'job' }",
            "repositories.o/r.deployments.kind: must be 'statuses', 'releases', 'merges' or 'workflow'",
        ),
        ("[repositories.'o/r']\ndeployments = []", "repositories.o/r.deployments: must be 'statuses', 'releases'"),
        ("[repositories.shop]", "repositories.shop: must be owner/name, where * stands for anything"),
        ("[services.a]\nrepositories = ['o/r']\npaths = []", "services.a.paths: List should have at least 1 item"),
        ("[environment_aliases]\nold = ''", "environment_aliases.old: String should have at least 1 character"),
        ("services = 1", "services: must be a valid dictionary"),
    ],
)
def test_a_mistake_names_its_key_and_the_nearest_right_one(text: str, problem: str, tmp_path: Path) -> None:
    [line] = problems(text, tmp_path)
    assert line.split(": ", 1)[1].startswith(problem)


@pytest.mark.parametrize("depth", [*range(100, 500, 7), 100_000])
def test_a_deep_array_is_an_error_of_the_file(depth: int, tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    path.write_text(f"a = {'[' * depth}{']' * depth}")
    with pytest.raises(ServicesError, match=r"a: there is no such key|nested too deeply"):
        load(path)


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    path.write_text("\ufefftime_zone = 'Europe/Berlin'")
    assert load(path).time_zone == "Europe/Berlin"


def test_a_parsed_document_has_no_lines() -> None:
    with pytest.raises(ServicesError) as raised:
        parsed({"nonsense": 1})
    assert str(raised.value).splitlines() == ["services.toml is wrong:", "nonsense: there is no such key"]
