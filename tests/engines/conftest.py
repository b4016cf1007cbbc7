"""The engines: `zetasql` and `spark`, each started once for a module and then without tables."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.conftest import missing

if TYPE_CHECKING:
    from tests.engines.spark_engine import Spark
    from tests.engines.zetasql_engine import ZetaSql

ENGINES = ("zetasql", "spark")


@pytest.fixture(scope="module")
def zetasql() -> "ZetaSql":
    """BigQuery's SQL, without tables."""
    if not find_spec("zetasql"):
        missing("zetasql", "`make test-engines` installs it")
    from tests.engines.zetasql_engine import ZetaSql

    return ZetaSql()


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Spark]":
    """Spark, without tables."""
    if not find_spec("pyspark"):
        missing("pyspark", "`make test-engines` installs it")
    if not shutil.which("java"):
        missing("Java", "install OpenJDK 17 or 21, which Spark needs")
    from tests.engines.spark_engine import Spark, session

    folder = tmp_path_factory.mktemp("spark")
    started = session(folder)
    yield Spark(started, folder)
    started.stop()
