import tomllib

import pytest

from warehouse.services import ServicesError, parsed
from warehouse.services.contradictions import contradictions

TWO = '[services.a]\nrepositories = ["o/r"]\n{}\n[services.b]\nrepositories = ["O/R"]\n{}\n'
TABLE = '[repositories."o/r"]\n{}deployments = {{ {} }}\n'


def rule(deployments: str, first: str = "") -> str:
    return TABLE.format(first, deployments)


CASES = [
    (TWO.format("", ""), 5, 'services.b.repositories.0: "O/R" is in services.a, too: write `workflows`, `environments`'),
    (TWO.format('workflows = ["A"]', ""), 5, 'services.b.repositories.0: "O/R" is in services.a, too: write `workflows`'),
    (
        TWO.format('workflows = ["A", "Deploy*"]', 'workflows = ["B", "Deploy web"]'),
        6,
        'services.b.workflows.1: "Deploy web" is in services.a, too, which has the same repository: write different workflows',
    ),
    (TWO.format('environments = ["Prod"]', 'environments = ["prod"]'), 6, 'services.b.environments.0: "prod" is in services.a'),
    (TWO.format('tags = ["api/**"]', 'tags = ["api/v*"]'), 6, 'services.b.tags.0: "api/v*" is in services.a, too'),
    (TWO.format('paths = ["api/**"]', 'paths = ["api/**"]'), 6, "services.b.paths: are those of services.a, too: write different"),
    (
        '[services.a]\nrepositories = ["o/r"]\nworkflows = ["Deploy"]\n[repositories."O/*"]\ndeployments = "releases"\n',
        3,
        'services.a.workflows: has no effect: deployments of kind = "releases" have no workflows; write `tags` or `paths`',
    ),
    (
        '[services.a]\nrepositories = ["o/r"]\ntags = ["v*"]\n' + rule('kind = "merges", branches = ["main"]'),
        3,
        'services.a.tags: has no effect: deployments of kind = "merges" have no tags; write `paths`',
    ),
    (
        '[services.a]\nrepositories = ["o/r"]\nenvironments = [\n "prod",\n "PROD",\n]\n',
        5,
        'services.a.environments.1: "PROD" is listed twice (case does not count): remove one',
    ),
    (
        '[environment_aliases]\nOld = "new"\n[services.a]\nrepositories = ["o/r"]\nenvironments = ["old"]\n',
        5,
        'services.a.environments.0: "old" is an alias of "new" in environment_aliases: write "new"',
    ),
    ('[environment_aliases]\nprod = "Prod"\n', 2, "environment_aliases.prod: is an alias of itself"),
    ('[environment_aliases]\nold = "a"\nOLD = "b"\n', 3, 'environment_aliases.OLD: is "old" again'),
    ('[environment_aliases]\na = "b"\nb = "c"\nc = "d"\n', 2, 'environment_aliases.a: "b" is an alias itself: write "d"'),
    ('[environment_aliases]\na = "b"\nb = "a"\n', 2, "environment_aliases.a: the aliases form a circle: write the present name"),
    (
        '[repositories."o/*"]\nfailure_hours = 2\n[repositories."O/*"]\n',
        3,
        "repositories.O/*: never applies: it repeats repositories.o/*; write one table",
    ),
    (
        '[repositories."o/r"]\ndeployments = "workflow"\n',
        1,
        'repositories.o/r: deployments = "workflow" needs workflow and branch; write workflow = "NAME" and branch = "main"',
    ),
    (rule('kind = "workflow", branches = ["main"]'), 2, 'repositories.o/r.deployments: kind = "workflow" needs workflow; write'),
    (rule('kind = "workflow", workflow = "CI"'), 2, 'repositories.o/r.deployments: kind = "workflow" needs branches; write branches'),
    (rule('kind = "merges"'), 2, 'repositories.o/r.deployments: kind = "merges" needs branches; write branches = ["main"]'),
    (
        rule('kind = "workflow", workflow = "CI", branches = ["main"]', 'workflow = "CD"\n'),
        2,
        "repositories.o/r.workflow: has no effect beside the table `deployments`: write it there",
    ),
    (
        rule('kind = "merges", branches = ["main"], exclude = [{ event = "schedule" }]'),
        2,
        "repositories.o/r.deployments.exclude: merges have nothing to exclude by: remove it, or list what deploys in `branches`",
    ),
    (
        rule('kind = "releases", exclude = [{ ref = "v0.*" }, { job = "plan" }]'),
        2,
        'repositories.o/r.deployments.exclude.1.job: deployments of kind = "releases" have no job: write for example { ref =',
    ),
    (
        rule('kind = "workflow", workflow = "CI", branches = ["main"], exclude = [{ task = "x" }]'),
        2,
        'repositories.o/r.deployments.exclude.0.task: deployments of kind = "workflow" have no task: write for example { event',
    ),
    (rule("exclude = [{}]"), 2, "repositories.o/r.deployments.exclude.0: is empty and would leave out every deployment: write"),
    (
        rule('kind = "statuses", job = "deploy"'),
        2,
        'repositories.o/r.deployments.job: belongs to kind = "workflow": write that, or leave other deployments out with exclude',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "problem"), CASES, ids=[problem.split(": ")[0] for _, _, problem in CASES])
def test_a_contradiction_has_its_line_and_what_to_write(text: str, line: int, problem: str) -> None:
    with pytest.raises(ServicesError) as raised:
        parsed(tomllib.loads(text), text=text)
    first = str(raised.value).splitlines()[1]
    assert first.startswith(f"line {line}: {problem}")


SPLIT = [
    TWO.format('workflows = ["Deploy api"]', 'workflows = ["Deploy web"]'),
    TWO.format('workflows = ["Deploy"]\npaths = ["api/**"]', 'workflows = ["Deploy"]\npaths = ["web/**"]'),
    TWO.format('workflows = ["Deploy"]\nenvironments = ["api"]', 'workflows = ["Deploy"]\nenvironments = ["web"]'),
    TWO.format('tags = ["api/v*"]', 'tags = ["web/v*"]'),
    TWO.format('environments = ["api"]', 'workflows = ["web"]'),
    '[services.a]\nrepositories = ["o/r"]\n[services.rest]\nrepositories = ["o/*"]\n',
    '[services.a]\nrepositories = ["o/a"]\nincidents = ["o/i"]\n[services.b]\nrepositories = ["o/b"]\nincidents = ["o/i"]\n',
    rule('kind = "workflow", workflow = "CI", branches = ["v*"]', 'branch = "main"\n'),
    rule('kind = "merges"', 'branch = "main"\n'),
    rule('exclude = [{ task = "x", ref = "y", workflow = "z", event = "e", creator = "bot", job = "j" }]'),
    '[services.a]\nrepositories = ["o/*"]\nworkflows = ["D"]\n[repositories."o/*"]\ndeployments = "releases"\n',
    '[services.a]\nrepositories = ["o/r", "o/s"]\nworkflows = ["D"]\n[repositories."o/s"]\ndeployments = "releases"\n',
    '[environment_aliases]\nold = "new"\nolder = "new"\n',
]


@pytest.mark.parametrize("text", SPLIT)
def test_settings_that_agree_are_no_contradiction(text: str) -> None:
    document = tomllib.loads(text)
    assert parsed(document).model_dump(exclude_unset=True, exclude_none=True) == document


@pytest.mark.parametrize(
    "value", [1, "a", [1], [[]], {"x": 1}, {"x": []}, {"x": {"deployments": 3, "repositories": [4]}}]
)
@pytest.mark.parametrize("key", ["services", "repositories", "environment_aliases", "teams"])
def test_values_of_another_type_are_left_to_the_model(key: str, value: object) -> None:
    assert list(contradictions({key: value})) == []
