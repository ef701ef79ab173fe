"""The calls about tables of rows (Bitable), which take and refuse values by their field's type."""

from __future__ import annotations

import secrets
import uuid
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tests.fakes.feishu_answers import RefusedError
from tests.fakes.feishu_docx import remembered, repeated
from tests.fakes.feishu_drive import url
from tests.fakes.feishu_rates import Limit
from tests.fakes.feishu_shapes import Shape
from tests.fakes.feishu_state import Ask, Base, Route, State, Table, allows, page

#: The name of each type of field that can be made here.
UI_TYPES = {
    1: "Text",
    2: "Number",
    3: "SingleSelect",
    4: "MultiSelect",
    5: "DateTime",
    7: "Checkbox",
    15: "Url",
}
#: What is refused of a value that does not fit the type.
_MISFITS = {
    1: 1254060,
    2: 1254061,
    3: 1254062,
    4: 1254063,
    5: 1254064,
    7: 1254065,
    15: 1254068,
}


class CreateApp(Shape):
    name: str = ""
    folder_token: str = ""
    time_zone: str = ""


class Option(Shape):
    name: str = ""
    color: int = 0


class Property(Shape):
    options: list[Option] | UnsetType = UNSET
    formatter: str | UnsetType = UNSET
    date_formatter: str | UnsetType = UNSET
    auto_fill: bool | UnsetType = UNSET


class Field(Shape):
    field_name: Annotated[str, Meta(min_length=1, max_length=100)]
    type: int
    ui_type: str | UnsetType = UNSET
    property: Property | UnsetType = UNSET


class NewTable(Shape):
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    default_view_name: str | UnsetType = UNSET
    fields: list[Field] = msgspec.field(default_factory=list)


class CreateTable(Shape):
    table: NewTable


class Record(Shape):
    fields: dict[str, Any]


class Once(Shape):
    client_token: str = ""
    user_id_type: str = "open_id"
    ignore_consistency_check: bool = False


class Paged(Shape):
    page_size: Annotated[int, Meta(ge=1, le=100)] = 20
    page_token: str = ""


class Condition(Shape):
    field_name: str
    operator: str
    value: list[str] = msgspec.field(default_factory=list)


class Filter(Shape):
    conjunction: str = "and"
    conditions: list[Condition] = msgspec.field(default_factory=list)


class Search(Shape):
    field_names: list[str] | UnsetType = UNSET
    filter: Filter = msgspec.field(default_factory=Filter)
    automatic_fields: bool = False


class PagedRecords(Shape):
    page_size: Annotated[int, Meta(ge=1, le=500)] = 20
    page_token: str = ""
    user_id_type: str = "open_id"


async def create_app(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(CreateApp)
    folder = asked.folder_token or state.root(ask.who.id).token
    if not allows(state.permission_of_folder(folder, ask.who), "edit"):
        raise RefusedError(91403, folder)
    token = f"bas{secrets.token_hex(12)}"
    made = Base(token, asked.name, ask.who.id, folder, {}, state.number())
    state.bases[token] = made
    table = _add(made, "Table", [Field("Text", 1)])
    return {
        "app": {
            "app_token": token,
            "name": asked.name,
            "folder_token": folder,
            "url": url("bitable", token),
            "default_table_id": table,
            "time_zone": asked.time_zone or "Asia/Shanghai",
        }
    }


async def list_tables(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.asked(Paged)
    base = _base(state, ask)
    items, more = page(list(base.tables.items()), asked.page_size, asked.page_token)
    told = [{"table_id": id_, "revision": 1, "name": table.name} for id_, table in items]
    return {"items": told, "total": len(base.tables), **more}


async def create_table(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(CreateTable).table
    base = _base(state, ask, "edit")
    if asked.name in {table.name for table in base.tables.values()}:
        raise RefusedError(1254013, asked.name)
    made = _add(base, asked.name, asked.fields or [Field("Text", 1)])
    fields = [id_ for id_, _ in base.tables[made].fields.values()]
    view = f"vew{secrets.token_hex(4)}"
    return {"table_id": made, "default_view_id": view, "field_id_list": fields}


async def list_fields(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.asked(Paged)
    table = _table(state, ask)
    told = [_told_field(table, name) for name in table.fields]
    items, more = page(told, asked.page_size, asked.page_token)
    return {"items": items, "total": len(told), **more}


async def create_field(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(Field)
    table = _table(state, ask, "edit")
    _add_field(table, asked)
    return {"field": _told_field(table, asked.field_name)}


async def create_record(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(Record)
    table = _table(state, ask, "edit")
    token = ask.asked(Once).client_token or str(uuid.uuid4())
    if known := repeated(state, ask, token):
        return known
    _check(table, asked.fields)
    record = f"rec{secrets.token_hex(6)}"
    table.records[record] = asked.fields
    return remembered(state, ask, token, {"record": {"record_id": record, "fields": asked.fields}})


async def update_record(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(Record)
    table = _table(state, ask, "edit")
    record = ask.names["record_id"]
    if record not in table.records:
        raise RefusedError(1254043, record)
    _check(table, asked.fields)
    table.records[record] |= asked.fields
    return {"record": {"record_id": record, "fields": table.records[record]}}


async def search_records(state: State, ask: Ask) -> dict[str, Any]:
    asked, paged = ask.body(Search), ask.asked(PagedRecords)
    table = _table(state, ask)
    found = [
        {"record_id": record, "fields": fields}
        for record, fields in table.records.items()
        if _matches(table, fields, asked.filter)
    ]
    items, more = page(found, paged.page_size, paged.page_token)
    return {"items": items, "total": len(found), **more}


def _matches(table: Table, fields: dict[str, Any], wanted: Filter) -> bool:
    held = []
    for condition in wanted.conditions:
        if condition.field_name not in table.fields:
            raise RefusedError(1254045, condition.field_name)
        value = fields.get(condition.field_name)
        value = value["link"] if isinstance(value, dict) else value
        if condition.operator == "is":
            held.append([value] == condition.value)
        elif condition.operator == "contains":
            held.append(any(each in str(value) for each in condition.value))
        else:
            raise RefusedError(99992402, f"{condition.operator} is not known here")
    return any(held) if held and wanted.conjunction == "or" else all(held)


def _base(state: State, ask: Ask, need: str = "view") -> Base:
    base = state.bases.get(ask.names["app_token"])
    if base is None:
        raise RefusedError(1254040, ask.names["app_token"])
    own = "full_access" if base.owner == ask.who.id else base.members.get(ask.who.id, "")
    if not allows(own or state.permission_of_folder(base.folder, ask.who), need):
        raise RefusedError(91403, base.token)
    return base


def _table(state: State, ask: Ask, need: str = "view") -> Table:
    tables = _base(state, ask, need).tables
    if ask.names["table_id"] not in tables:
        raise RefusedError(1254041, ask.names["table_id"])
    return tables[ask.names["table_id"]]


def _add(base: Base, name: str, fields: list[Field]) -> str:
    token = f"tbl{secrets.token_hex(6)}"
    base.tables[token] = Table(name, {}, {})
    for field in fields:
        _add_field(base.tables[token], field)
    return token


def _add_field(table: Table, field: Field) -> None:
    if field.type not in UI_TYPES:
        raise RefusedError(99992402, f"fields of type {field.type} are not known here")
    if field.field_name in table.fields:
        raise RefusedError(1254014, field.field_name)
    table.fields[field.field_name] = (f"fld{secrets.token_hex(4)}", field.type)


def _told_field(table: Table, name: str) -> dict[str, Any]:
    field, kind = table.fields[name]
    return {
        "field_id": field,
        "field_name": name,
        "type": kind,
        "ui_type": UI_TYPES[kind],
        "is_primary": name == next(iter(table.fields)),
        "is_hidden": False,
        "property": {},
    }


def _check(table: Table, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name not in table.fields:
            raise RefusedError(1254045, name)
        kind = table.fields[name][1]
        if value is not None and not _fits(kind, value):
            raise RefusedError(_MISFITS[kind], f"{name}: {value!r}")


def _fits(kind: int, value: Any) -> bool:
    match kind:
        case 1 | 3:
            return isinstance(value, str)
        case 2 | 5:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case 4:
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case 7:
            return isinstance(value, bool)
        case _:
            return isinstance(value, dict) and value.keys() <= {"text", "link"} and "link" in value


_SCOPE = ("bitable:app",)
_APPS = "/open-apis/bitable/v1/apps"
_TABLES = f"{_APPS}/:app_token/tables"
_TABLE = f"{_TABLES}/:table_id"
ROUTES = [
    Route("POST", _APPS, create_app, (*_SCOPE, "base:app:create"), (Limit("create_app", 20, 60),)),
    Route("GET", _TABLES, list_tables, (*_SCOPE, "bitable:app:readonly", "base:table:read")),
    Route("POST", _TABLES, create_table, (*_SCOPE, "base:table:create")),
    Route("GET", f"{_TABLE}/fields", list_fields, (*_SCOPE, "base:field:read")),
    Route("POST", f"{_TABLE}/fields", create_field, (*_SCOPE, "base:field:create")),
    Route("POST", f"{_TABLE}/records", create_record, (*_SCOPE, "base:record:create")),
    Route("POST", f"{_TABLE}/records/search", search_records, (*_SCOPE, "base:record:retrieve")),
    Route("PUT", f"{_TABLE}/records/:record_id", update_record, (*_SCOPE, "base:record:update")),
]
