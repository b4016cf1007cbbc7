"""All of Google Cloud, applied to a stand-in of the provider: made in order, unchanged at once, replaced, destroyed."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terraform.google_terraform import VERSIONS, Applied, stand_in

pytestmark = pytest.mark.terraform
GRANTS = re.compile(r"_iam_member\.(?!call\b)")


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if not stand_in(name):
        pytest.skip(f"TF_PLUGIN_DIR holds no stand-in of hashicorp/google {name}: nothing is created in a real project")
    return name


@pytest.fixture(scope="module")
def applied(version: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """One environment per version for all tests of this module; each test leaves it as applied, the last destroys it."""
    analytics = {
        "enabled": True,
        "readers": ["group:analysts@example.com"],
        "refreshers": ["group:platform@example.com"],
    }
    everything = {"store": {"kind": "gcs"}, "alarms": {"actions": ["team@example.com"]}, "analytics": analytics}
    module = Applied(tmp_path_factory.mktemp("applied"), version, "test", **everything)
    module.init()
    module.apply()
    yield module
    module.destroy()


def test_a_second_plan_is_empty(applied: Applied) -> None:
    assert applied.changes() == {}


def test_everything_waits_for_what_it_needs(applied: Applied) -> None:
    waited = applied.waited_for()
    apis = waited.pop("google_project_service.this")
    assert apis == set()
    assert [name for name, dependencies in waited.items() if "google_project_service.this" not in dependencies] == []
    build = {name for name in waited if GRANTS.search(name) and name.partition(".")[2].startswith("build")}
    assert len(build) == 4
    for function, kinds in {"webhook": 2, "worker": 4, "schedule": 3}.items():
        own = {name for name in waited if name.startswith(f"module.{function}.") and GRANTS.search(name)}
        assert len(own) == kinds
        assert waited[f"module.{function}.google_cloudfunctions2_function.this"] >= own | build
    assert "google_pubsub_topic_iam_member.bury" in waited["google_pubsub_subscription.events"]


def test_the_state_holds_no_secret_and_everything_is_labelled(applied: Applied) -> None:
    resources = applied.resources()
    kinds = {resource["type"] for resource in resources}
    assert not kinds & {"google_secret_manager_secret_version", "google_service_account_key"}
    assert "google_secret_manager_secret" in kinds
    labelled = [resource["values"] for resource in resources if "effective_labels" in resource["values"]]
    assert len(labelled) == 17
    for values in labelled:
        labels = values["effective_labels"]
        assert (labels["application"], labels["environment"]) == ("telemetry-functions", "test")


def test_a_new_package_rebuilds_only_its_own_functions(
    applied: Applied,
) -> None:
    (applied.folder / "worker.zip").write_bytes(b"another")
    assert applied.changes() == {
        'module.telemetry.google_storage_bucket_object.source["worker"]': ["create", "delete"],
        "module.telemetry.module.schedule[0].google_cloudfunctions2_function.this": ["update"],
        "module.telemetry.module.worker.google_cloudfunctions2_function.this": ["update"],
    }
    applied.apply()
    assert applied.changes() == {}


def test_a_manual_change_is_detected(applied: Applied) -> None:
    [path] = applied.cloud.rglob("google_pubsub_subscription__*dead-letters.json")
    before = path.read_text()
    path.write_text(before.replace("1209600s", "86400s"))
    assert applied.changes() == {"module.telemetry.google_pubsub_subscription.dead_letters": ["update"]}
    path.write_text(before)


def test_environments_are_created_and_destroyed_independently(
    applied: Applied, version: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The stand-in refuses what is there already; Google does not, where it is an API that is switched on."""
    second = Applied(tmp_path_factory.mktemp("second"), version, "second", store={"kind": "gcs"})
    apis = "google_project_service__*"
    shutil.copytree(applied.cloud, second.cloud, ignore=shutil.ignore_patterns(apis), dirs_exist_ok=True)
    before = {path.name: path.read_text() for path in second.cloud.rglob("*.json")}
    second.init()
    second.apply()
    assert len(second.created()) > 1.8 * len(before)
    assert second.changes() == {}
    second.destroy()
    after = {path.name: path.read_text() for path in second.cloud.rglob("*.json") if not path.match(apis)}
    assert after == before


def test_destroy_leaves_only_the_apis(applied: Applied) -> None:
    applied.destroy()
    assert {name.partition("__")[0] for name in applied.created()} <= {"google_project_service"}


def test_a_deployment_with_a_kms_key_succeeds(version: str, tmp_path: Path) -> None:
    key = "projects/octo-keys/locations/europe-west1/keyRings/ring/cryptoKeys/key"
    module = Applied(tmp_path, version, "test", kms_key=key, store={"kind": "gcs"})
    module.init()
    module.apply()
    pattern = r"google_(secret_manager_secret|pubsub_topic|storage_bucket)\."
    waited = [dependencies for name, dependencies in module.waited_for().items() if re.match(pattern, name)]
    assert len(waited) == 5
    assert all("google_kms_crypto_key_iam_member.encrypt" in dependencies for dependencies in waited)
    assert module.changes() == {}
    encrypted = [
        json.dumps(resource["values"]) for resource in module.resources() if re.match(pattern, f"{resource['type']}.")
    ]
    assert len(encrypted) == 8
    assert all(key in text for text in encrypted)
    module.destroy()
