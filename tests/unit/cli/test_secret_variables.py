from cli.deployment import secrets_setup
from cli.secret_variables import VARIABLES
from tests.builders import settings


def test_each_variable_sets_its_secret() -> None:
    for name, variable in VARIABLES.items():
        values = secrets_setup.configured_values(settings(github_app_id="1", **{variable.lower(): "value"}))
        assert values[name].strip() == "value"
    assert VARIABLES.keys() == set(secrets_setup.ALL_NAMES)
