"""Resources that exist are looked up by their planned values, whatever the account answers."""

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.existing_resources import FINDERS, UPSERTED, ExistingResources

MODULE = Path(__file__).parents[6] / "terraform" / "aws"


def test_every_resource_of_the_module_is_looked_up_or_overwritten() -> None:
    text = "".join(path.read_text() for path in MODULE.rglob("*.tf"))
    assert set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE)) == set(FINDERS) | UPSERTED
    assert not set(FINDERS) & UPSERTED


class Client:
    """Refuses every call with one error code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __getattr__(self, operation: str) -> Any:
        def call(**_: object) -> None:
            raise ClientError({"Error": {"Code": self.code, "Message": ""}}, operation)

        return call


ANY = dict.fromkeys(
    [
        "api_id",
        "bucket",
        "database_name",
        "domain_name",
        "event_source_arn",
        "function_name",
        "group_name",
        "integration_uri",
        "name",
        "route_key",
        "statement_id",
    ],
    "x",
)


@pytest.mark.parametrize("kind", sorted(FINDERS))
def test_an_absent_resource_or_dependency_is_not_found(kind: str) -> None:
    for code in ("ResourceNotFoundException", "EntityNotFoundException", "NoSuchEntity", "404", "AccessDenied"):
        assert ExistingResources(lambda _, code=code: Client(code)).import_id(kind, ANY) == ""
    assert ExistingResources(lambda _: Client("404")).import_id(kind, {}) == ""


@pytest.mark.parametrize("kind", sorted(FINDERS))
def test_an_account_that_does_not_answer_is_an_error_of_one_line(kind: str) -> None:
    with pytest.raises(TargetError, match=f"^{kind} cannot be looked up: Throttling$"):
        ExistingResources(lambda _: Client("Throttling")).import_id(kind, ANY)


def test_an_overwritten_resource_is_never_imported() -> None:
    assert ExistingResources(lambda _: Client("x")).import_id("aws_iam_role_policy", ANY) == ""


class Catalog:
    """Has what Glue returns of a database or a table."""

    def get_database(self, **_: str) -> dict[str, Any]:
        return {"Database": {"CatalogId": "123456789012"}}

    def get_table(self, **_: str) -> dict[str, Any]:
        return {"Table": {"CatalogId": "123456789012"}}


def test_a_database_and_a_table_are_imported_by_their_catalog() -> None:
    resources = ExistingResources(lambda _: Catalog())
    planned = {"name": "landed", "database_name": "telemetry_test"}
    assert resources.import_id("aws_glue_catalog_database", {"name": "telemetry_test"}) == "123456789012:telemetry_test"
    assert resources.import_id("aws_glue_catalog_table", planned) == "123456789012:telemetry_test:landed"
