"""Run statements with Spark in this process's Java. https://spark.apache.org/docs/latest/configuration.html"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from tests.engines.rows import Rows

# Statements of few rows: compiling them to Java, and Java's to fast machine code, costs more than it saves.
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


class Spark:
    """Tables of a folder, and the statements that read and write them."""

    def __init__(self, session: SparkSession, folder: Path) -> None:
        self.session = session
        self._folder = folder

    def load(self, name: str, table: pa.Table) -> None:
        """Create or replace a view of a Parquet file with these rows."""
        path = self._folder / f"{name}.parquet"
        pq.write_table(table, path)
        self.session.read.parquet(str(path)).createOrReplaceTempView(name)

    def run(self, statement: str) -> None:
        """Run one statement."""
        self.session.sql(statement.strip().rstrip(";"))

    def rows(self, query: str) -> Rows:
        """Return the rows of a query."""
        frame = self.session.sql(query)
        rows = [tuple(_plain(value) for value in row) for row in frame.collect()]
        return Rows(tuple(frame.columns), rows)


def session(folder: Path, master: str = "local[1]", **settings: str) -> SparkSession:
    """Start Spark with its tables, scratch files and logs below a folder, listening on 127.0.0.1 only."""
    builder = SparkSession.builder.master(master).appName("telemetry-functions")
    places = {"spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder / "local")}
    for name, value in {**SETTINGS, **places, **settings}.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    started.sparkContext.setLogLevel("ERROR")
    return started


def _plain(value: object) -> object:
    """Return rows within a row as dicts."""
    if isinstance(value, tuple) and hasattr(value, "asDict"):
        return {name: _plain(item) for name, item in value.asDict().items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
