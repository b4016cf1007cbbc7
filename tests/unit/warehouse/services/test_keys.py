from warehouse.services.keys import keys, names_in
from warehouse.services.model import Rule, Services


def test_every_key_is_listed_once_with_its_table() -> None:
    paths = [key.path for key in keys()]
    assert len(set(paths)) == len(paths)
    assert {path for path in paths if path.count(".") == 0} == set(Services.model_fields) - {
        "services",
        "teams",
        "repositories",
        "environment_aliases",
    }
    assert {path.split(".")[2] for path in paths if path.startswith("repositories.GLOB.")} == set(Rule.model_fields)
    assert {"services.NAME.code.branch", "repositories.GLOB.deployments.exclude.event", "hotfix.labels"} < set(paths)
    assert "services.NAME.code" not in paths


def test_every_key_has_a_description() -> None:
    assert [key.path for key in keys() if not (key.field.description or "").endswith(".")] == []


def test_a_table_has_its_names_whatever_the_user_calls_it() -> None:
    assert names_in(("teams", "NAME")) == names_in(("teams", "repositories")) == ["size"]
    assert names_in(("repositories", "o/r", "deployments", "exclude", 3)) == [
        "task",
        "ref",
        "workflow",
        "event",
        "creator",
        "job",
    ]
    assert {"services", "teams", "repositories", "time_zone"} < set(names_in(()))
    assert names_in(("nonsense",)) == []
