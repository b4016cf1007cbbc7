"""A root with import blocks is a copy; the root that other environments share stays as it is."""

from pathlib import Path

from cli.deployment import terraform_import

TERRAFORM = Path(__file__).parents[4] / "terraform"


def test_a_root_with_imports_is_a_copy_beside_the_modules(tmp_path: Path) -> None:
    live = TERRAFORM / "live" / "aws"
    before = sorted(live.iterdir())
    imports = {'module.telemetry.aws_lambda_event_source_mapping.worker["events"]': "api/$default"}
    with terraform_import.root(live, tmp_path, imports) as folder:
        blocks = (folder / "imports.tf").read_text()
        assert (folder / "main.tf").read_text() == (live / "main.tf").read_text()
        assert (folder / "../../aws/webhook.tf").exists()
        assert (folder / "../../webhook_events.json").exists()
    assert (
        blocks
        == 'import {\n  to = module.telemetry.aws_lambda_event_source_mapping.worker["events"]\n  id = "api/$default"\n}\n'
    )
    assert list(tmp_path.iterdir()) == []
    assert (sorted(live.iterdir()), (TERRAFORM / "aws" / "webhook.tf").exists()) == (before, True)
    with terraform_import.root(live, tmp_path, {}) as folder:
        assert folder == live
