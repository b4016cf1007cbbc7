from typing import Any

import pytest

from warehouse.parts import Split, owners
from warehouse.services import parsed
from warehouse.services.assignment import parts_of

SHOP = "octo-org/shop"


def owned(split: Split, **services: dict[str, Any]) -> dict[str, bool | None]:
    document = {"services": {name: {"repositories": [SHOP], **keys} for name, keys in services.items()}}
    return owners(split, parts_of(parsed(document), SHOP), SHOP)


API, WEB = {"workflows": ["API*"]}, {"workflows": ["Web"]}


def test_a_workflow_decides_of_which_part_a_deployment_is() -> None:
    split = Split("statuses", "production", "API 1")
    assert owned(split, api=API, web=WEB) == {"api": True, "web": False, SHOP: False}


@pytest.mark.parametrize(
    ("split", "of_rest"),
    [
        (Split("statuses", "production", "Docs"), True),
        (Split("statuses", "production"), True),
        (Split("statuses", "production", is_workflow_known=False), None),
    ],
)
def test_what_belongs_to_no_part_is_the_rest(split: Split, *, of_rest: bool | None) -> None:
    assert owned(split, api=API, web=WEB) == {"api": False, "web": False, SHOP: of_rest}


def test_an_environment_splits_in_any_case_and_only_statuses() -> None:
    parts = {"eu": {"environments": ["*-EU"]}, "us": {"environments": ["live-us"]}}
    assert owned(Split("statuses", "live-eu"), **parts) == {"eu": True, "us": False, SHOP: False}
    assert owned(Split("workflow", workflow="Deploy"), **parts) == {"eu": True, "us": True, SHOP: False}


@pytest.mark.parametrize(
    "split",
    [Split("releases", ref="api/v1"), Split("statuses", "p", "D", ref="api/v1"), Split("workflow", ref="api/v1")],
)
def test_a_tag_splits_releases_and_what_deploys_a_tag(split: Split) -> None:
    parts = {"api": {"tags": ["api/v*"]}, "web": {"tags": ["web/v*"]}}
    assert owned(split, **parts) == {"api": True, "web": False, SHOP: False}
    assert owned(split._replace(ref="v1"), **parts) == {"api": False, "web": False, SHOP: True}


def test_all_keys_of_a_part_must_match() -> None:
    part = {"environments": ["live"], "workflows": ["API"]}
    assert owned(Split("statuses", "live", "API"), api=part)["api"] is True
    assert owned(Split("statuses", "other", is_workflow_known=False), api=part) == {"api": False, SHOP: True}


def test_paths_alone_leave_each_part_all_deployments() -> None:
    parts = {"api": {"paths": ["api/**"]}, "web": {"paths": ["web/**"]}}
    assert owned(Split("statuses", "production", "Deploy"), **parts) == {"api": True, "web": True, SHOP: False}


def test_a_whole_service_before_its_parts_has_the_repository() -> None:
    document = {"services": {"shop": {"repositories": ["octo-org/*"]}, "api": {"repositories": [SHOP], **API}}}
    assert parts_of(parsed(document), SHOP) == {}
    later = {"services": {"api": {"repositories": [SHOP], **API}, "shop": {"repositories": ["octo-org/*"]}}}
    assert list(parts_of(parsed(later), SHOP)) == ["api"]
