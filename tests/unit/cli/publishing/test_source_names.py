import pytest

from cli.publishing.source_names import words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/srv/telemetry-data/", ("/srv/telemetry-data/",)),
        ("s3://bucket/prefix/", ("s3://bucket/prefix/",)),
        ("github.com/octo-org/telemetry-data@main/", ("octo-org/telemetry-data",)),
        ("github.com/octo-org/data@main/a/b/", ("octo-org/data", "--repo-path", "a/b")),
    ],
)
def test_a_source_of_a_database_is_named_so_that_it_can_be_merged(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected
