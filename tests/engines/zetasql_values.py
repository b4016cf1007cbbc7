"""Convert between Arrow and the protocol buffers of ZetaSQL."""

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from zetasql.wasi._pb2.zetasql.public import type_pb2, value_pb2

EPOCH = date(1970, 1, 1)
Type, Value = type_pb2.TypeProto, value_pb2.ValueProto
_FIELDS = {
    type_pb2.TYPE_BOOL: "bool_value",
    type_pb2.TYPE_INT64: "int64_value",
    type_pb2.TYPE_DOUBLE: "double_value",
    type_pb2.TYPE_STRING: "string_value",
    type_pb2.TYPE_JSON: "json_value",
}


def type_of(arrow: pa.DataType) -> Type:
    """Return the type of BigQuery for a type of Arrow: a time without a zone is a DATETIME, one with a zone a TIMESTAMP."""
    if pa.types.is_struct(arrow):
        fields = [
            type_pb2.StructFieldProto(field_name=field.name, field_type=type_of(field.type)) for field in list(arrow)
        ]
        return Type(type_kind=type_pb2.TYPE_STRUCT, struct_type=type_pb2.StructTypeProto(field=fields))
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return Type(
            type_kind=type_pb2.TYPE_ARRAY, array_type=type_pb2.ArrayTypeProto(element_type=type_of(arrow.value_type))
        )
    return Type(type_kind=_scalar_kind(arrow))


def _scalar_kind(arrow: pa.DataType) -> int:
    if pa.types.is_timestamp(arrow):
        return type_pb2.TYPE_TIMESTAMP if arrow.tz else type_pb2.TYPE_DATETIME
    for is_type, kind in (
        (pa.types.is_boolean, type_pb2.TYPE_BOOL),
        (pa.types.is_integer, type_pb2.TYPE_INT64),
        (pa.types.is_floating, type_pb2.TYPE_DOUBLE),
        (pa.types.is_decimal, type_pb2.TYPE_DOUBLE),
        (pa.types.is_date, type_pb2.TYPE_DATE),
    ):
        if is_type(arrow):
            return kind
    assert pa.types.is_string(arrow) or pa.types.is_large_string(arrow) or pa.types.is_null(arrow), arrow
    return type_pb2.TYPE_STRING


def to_value(item: Any, type: Type) -> Value:
    """Return a value of Python as a value of this type; an empty message is null."""
    if item is None:
        return Value()
    if type.type_kind == type_pb2.TYPE_ARRAY:
        element = type.array_type.element_type
        return Value(array_value=Value.Array(element=[to_value(part, element) for part in item]))
    if type.type_kind == type_pb2.TYPE_STRUCT:
        fields = type.struct_type.field
        values = [to_value(item[field.field_name], field.field_type) for field in fields]
        return Value(struct_value=Value.Struct(field=values))
    if type.type_kind == type_pb2.TYPE_DATETIME:
        return Value(
            datetime_value=Value.Datetime(bit_field_datetime_seconds=_packed(item), nanos=item.microsecond * 1000)
        )
    value = Value()
    if type.type_kind == type_pb2.TYPE_DATE:
        value.date_value = (item - EPOCH).days
    elif type.type_kind == type_pb2.TYPE_TIMESTAMP:
        value.timestamp_value.FromDatetime(item)
    else:
        setattr(value, _FIELDS[type.type_kind], float(item) if type.type_kind == type_pb2.TYPE_DOUBLE else item)
    return value


def to_python(value: Value, type: Type) -> Any:
    """Return a value of this type as a value of Python."""
    if value.WhichOneof("value") is None:
        return None
    if type.type_kind == type_pb2.TYPE_ARRAY:
        return [to_python(item, type.array_type.element_type) for item in value.array_value.element]
    if type.type_kind == type_pb2.TYPE_STRUCT:
        pairs = zip(type.struct_type.field, value.struct_value.field, strict=True)
        return {field.field_name: to_python(item, field.field_type) for field, item in pairs}
    if type.type_kind == type_pb2.TYPE_DATETIME:
        return _unpacked(value.datetime_value.bit_field_datetime_seconds, value.datetime_value.nanos)
    if type.type_kind == type_pb2.TYPE_DATE:
        return EPOCH + timedelta(days=value.date_value)
    is_timestamp = type.type_kind == type_pb2.TYPE_TIMESTAMP
    return value.timestamp_value.ToDatetime() if is_timestamp else getattr(value, _FIELDS[type.type_kind])


def _packed(time: datetime) -> int:
    """Return a time as ZetaSQL packs it into bits: https://github.com/google/zetasql/blob/master/zetasql/public/civil_time.h."""
    days = (time.year << 4 | time.month) << 5 | time.day
    return ((days << 5 | time.hour) << 6 | time.minute) << 6 | time.second


def _unpacked(bits: int, nanos: int) -> datetime:
    days = bits >> 17
    year, month, day = days >> 9, days >> 5 & 15, days & 31
    return datetime(year, month, day, bits >> 12 & 31, bits >> 6 & 63, bits & 63, nanos // 1000)
