"""Run statements with ZetaSQL: BigQuery's analyzer, and the reference implementation of its SQL, in WebAssembly.

It evaluates queries only. So `run` has each other statement analyzed as a whole, and then does with the rows of its query what the
statement says. https://github.com/google/zetasql, https://github.com/heoh/zetasql-py
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import zetasql
from wasmtime import Module
from zetasql.core import wasm_client
from zetasql.core.exceptions import ServerError
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2
from zetasql.wasi._pb2.zetasql.proto import options_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public_pb2
from zetasql.wasi._pb2.zetasql.public import simple_table_pb2, type_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2

from tests.engines.rows import Rows
from tests.engines.zetasql_values import to_python, to_value, type_of

COMPILED = Path(zetasql.__file__).with_name(f"compiled-{zetasql.__version__}.cwasm")
"""The compiled module: compiling takes 20 seconds."""
_NAME = r"`?(?P<name>[\w.]+)`?"
_CREATE = re.compile(
    rf"CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\b(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)
_QUERY = re.compile(r"(?:^|\s)AS\s+(?P<query>\(?\s*(?:SELECT|WITH)\b.*)", re.DOTALL | re.IGNORECASE)
_INSERT = re.compile(rf"INSERT\s+(?:INTO\s+)?{_NAME}\s+(?P<query>(?:SELECT|WITH)\b.*)", re.DOTALL | re.IGNORECASE)
_DELETE = re.compile(rf"DELETE\s+(?:FROM\s+)?{_NAME}\s+WHERE\s+(?P<condition>.*)", re.DOTALL | re.IGNORECASE)
_DROP = re.compile(rf"DROP\s+(?:TABLE|VIEW)\s+(?:IF\s+EXISTS\s+)?{_NAME}\s*", re.IGNORECASE)
_KINDS = ("QUERY", "CREATE_TABLE_AS_SELECT", "CREATE_TABLE", "CREATE_VIEW", "INSERT", "DELETE", "DROP", "MERGE")


class _Client(wasm_client.WasmClient):
    """Copies memory in one piece: the package's client does it byte by byte."""

    def write_bytes(self, ptr: int, data: bytes) -> None:
        ctypes.memmove(ctypes.byref(self.memory.data_ptr().contents, ptr), data, len(data))

    def read_bytes(self, ptr: int, size: int) -> bytes:
        return ctypes.string_at(ctypes.byref(self.memory.data_ptr().contents, ptr), size)


class ZetaSql:
    """Tables in memory, and the statements that read and replace them."""

    def __init__(self) -> None:
        self._client = _service().wasm_client
        self._tables: dict[str, simple_table_pb2.SimpleTableProto] = {}
        self._contents: dict[str, local_service_pb2.TableContent] = {}
        self._language = _language(self._client)

    def load(self, name: str, table: pa.Table) -> None:
        """Create or replace a table with these rows."""
        columns = [(field.name, type_of(field.type)) for field in table.schema]
        content = local_service_pb2.TableContent()
        for row in table.to_pylist():
            content.table_data.row.add(cell=[to_value(row[column], type) for column, type in columns])
        self._store(name, columns, content)

    def run(self, statement: str) -> None:
        """Run a CREATE … AS, INSERT … SELECT, DELETE or DROP; raises AssertionError with ZetaSQL's message if it is wrong."""
        statement = statement.strip().rstrip(";")
        if found := _DROP.fullmatch(statement):
            self._tables.pop(found["name"], None)
            self._contents.pop(found["name"], None)
        elif (found := _CREATE.fullmatch(statement)) and (query := _QUERY.search(found["rest"])):
            self._analyze(statement)
            self._store(found["name"], *self._evaluate(query["query"]))
        elif found:
            self._create_empty(found["name"], statement)
        elif found := _INSERT.fullmatch(statement):
            self._analyze(statement)
            columns, content = self._evaluate(found["query"])
            _drop_null_arrays_of(content, columns)
            self._contents[found["name"]].table_data.row.extend(content.table_data.row)
        elif found := _DELETE.fullmatch(statement):
            self._analyze(statement)
            kept = f"SELECT * FROM {found['name']} WHERE NOT COALESCE(({found['condition']}), FALSE)"
            self._store(found["name"], *self._evaluate(kept))
        else:
            raise AssertionError(f"not a statement that ZetaSql can run: {statement[:200]}")

    def rows(self, query: str) -> Rows:
        """Return the rows of a query; raises AssertionError with ZetaSQL's message if it is wrong."""
        columns, content = self._evaluate(query)
        types = [type for _, type in columns]
        return Rows(
            tuple(name for name, _ in columns),
            [tuple(map(to_python, row.cell, types)) for row in content.table_data.row],
        )

    def _create_empty(self, name: str, statement: str) -> None:
        created = self._analyze(statement).resolved_statement.resolved_create_statement_node
        defined = (
            created.resolved_create_table_stmt_base_node.resolved_create_table_stmt_node.parent.column_definition_list
        )
        self._store(name, [(column.name, column.type) for column in defined], local_service_pb2.TableContent())

    def _store(self, name: str, columns: Sequence[tuple[str, Any]], content: Any) -> None:
        self._tables[name] = simple_table_pb2.SimpleTableProto(
            name=name, column=[simple_table_pb2.SimpleColumnProto(name=column, type=type) for column, type in columns]
        )
        _drop_null_arrays_of(content, columns)
        content.table_data.SetInParent()  # a table without rows also has content
        self._contents[name] = content

    def _evaluate(self, query: str) -> tuple[list[tuple[str, Any]], Any]:
        request = local_service_pb2.PrepareQueryRequest(
            sql=query, options=self._options(), simple_catalog=self._catalog(query)
        )
        for name in self._named(query):
            request.table_content[name].CopyFrom(self._contents[name])
        prepared = self._call("PrepareQuery", request, local_service_pb2.PrepareQueryResponse, query).prepared
        try:
            evaluate = local_service_pb2.EvaluateQueryRequest(prepared_query_id=prepared.prepared_query_id)
            response = self._call("EvaluateQuery", evaluate, local_service_pb2.EvaluateQueryResponse, query)
        finally:
            unprepare = local_service_pb2.UnprepareQueryRequest(prepared_query_id=prepared.prepared_query_id)
            self._client.call_grpc_func("ZetaSqlLocalService_UnprepareQuery", unprepare)
        return [(column.name, column.type) for column in prepared.columns], response.content

    def _analyze(self, statement: str) -> Any:
        request = local_service_pb2.AnalyzeRequest(
            sql_statement=statement, options=self._options(), simple_catalog=self._catalog(statement)
        )
        return self._call("Analyze", request, local_service_pb2.AnalyzeResponse, statement)

    def _call(self, method: str, request: Any, response: Any, sql: str) -> Any:
        try:
            return self._client.call_grpc_func(f"ZetaSqlLocalService_{method}", request, response)
        except ServerError as error:
            raise AssertionError(f"ZetaSQL: {error}\n{sql}") from None

    def _options(self) -> Any:
        return options_pb2.AnalyzerOptionsProto(language_options=self._language, default_timezone="UTC")

    def _catalog(self, sql: str) -> Any:
        functions = options_pb2.ZetaSQLBuiltinFunctionOptionsProto(language_options=self._language)
        tables = [self._tables[name] for name in self._named(sql)]
        return simple_catalog_pb2.SimpleCatalogProto(name="tests", table=tables, builtin_function_options=functions)

    def _named(self, sql: str) -> Iterator[str]:
        words = {*re.findall(r"\w+", sql), *re.findall(r"[\w.]+", sql)}
        return (name for name in self._tables if name in words)


def _drop_null_arrays_of(content: Any, columns: Sequence[tuple[str, Any]]) -> None:
    """Make each NULL array of a table's rows an empty one, because BigQuery stores no NULL array.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls
    """
    for row in content.table_data.row:
        for cell, (_, type) in zip(row.cell, columns, strict=True):
            _drop_null_arrays(cell, type)


def _drop_null_arrays(value: Any, type: Any) -> None:
    if type.type_kind == type_pb2.TYPE_ARRAY:
        value.array_value.SetInParent()
        for element in value.array_value.element:
            _drop_null_arrays(element, type.array_type.element_type)
    elif type.type_kind == type_pb2.TYPE_STRUCT and value.HasField("struct_value"):
        for item, field in zip(value.struct_value.field, type.struct_type.field, strict=True):
            _drop_null_arrays(item, field.field_type)


def _service() -> ZetaSqlLocalService:
    """Return the service; its module is compiled once for each installation of the package."""

    class Compiled(Module):
        @classmethod
        def from_file(cls, engine: Any, path: str) -> Module:
            if COMPILED.exists():
                return Module.deserialize_file(engine, str(COMPILED))
            module = Module.from_file(engine, path)
            partial = COMPILED.with_suffix(f".{id(module)}")
            partial.write_bytes(module.serialize())
            partial.replace(COMPILED)
            return module

    wasm_client.Module = Compiled
    service = ZetaSqlLocalService.__new__(ZetaSqlLocalService)
    service.wasm_client = _Client(get_wasm_path())
    return service


def _language(client: Any) -> Any:
    """Return BigQuery's variant of the language: the external product with all released features."""
    language = client.call_grpc_func(
        "ZetaSqlLocalService_GetLanguageOptions",
        local_service_pb2.LanguageOptionsRequest(maximum_features=True),
        options_pb2.LanguageOptionsProto,
    )
    language.product_mode = public_pb2.PRODUCT_EXTERNAL
    del language.supported_statement_kinds[:]
    kinds = [f"RESOLVED_{kind}_STMT" for kind in _KINDS]
    language.supported_statement_kinds.extend(resolved_node_kind_pb2.ResolvedNodeKind.Value(kind) for kind in kinds)
    return language
