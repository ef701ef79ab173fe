"""The calls about files and folders, and about who may have them."""

from __future__ import annotations

import email
import io
import json
import zlib
from typing import Annotated, Any, Literal

import imagesize
from msgspec import Meta

from tests.fakes.feishu_answers import RefusedError, invalid
from tests.fakes.feishu_docx import alone
from tests.fakes.feishu_rates import Limit
from tests.fakes.feishu_shapes import Shape
from tests.fakes.feishu_state import TENANT, Ask, Route, State, allows, page
from tests.fakes.feishu_tree import Document, Upload, new_id

MOST_BYTES = 20_971_520
UPLOADS = "upload"
_TIME = 1_780_000_000  #: when the first of all was made


class ListFiles(Shape):
    folder_token: str = ""
    order_by: Literal["EditedTime", "CreatedTime"] = "EditedTime"
    direction: Literal["ASC", "DESC"] = "DESC"
    page_size: Annotated[int, Meta(ge=1, le=200)] = 100
    page_token: str = ""
    user_id_type: str = "open_id"


class RequestDoc(Shape):
    doc_token: str
    doc_type: Literal["doc", "sheet", "bitable", "mindnote", "file", "wiki", "docx", "folder"]


class QueryMetas(Shape):
    request_docs: Annotated[list[RequestDoc], Meta(min_length=1, max_length=200)]
    with_url: bool = False


class Member(Shape):
    member_type: Literal["email", "openid", "openchat"]
    member_id: Annotated[str, Meta(min_length=1)]
    perm: Literal["view", "edit", "full_access"]
    perm_type: Literal["container", "single_page"] | None = None
    type: Literal["user", "chat"] | None = None


class Public(Shape):
    link_share_entity: Literal[
        "tenant_readable", "tenant_editable", "anyone_readable", "anyone_editable", "closed"
    ]
    external_access: bool = False


async def upload(state: State, ask: Ask) -> dict[str, Any]:
    async with alone(state, UPLOADS, 1061045):
        form, files = parts(ask)
        data = files.get("file", b"")
        _check_form(form)
        if len(data) > MOST_BYTES:
            raise RefusedError(1061043, f"{len(data)} bytes")
        if str(len(data)) != form["size"]:
            raise RefusedError(1062009, f"{len(data)} bytes, not {form['size']}")
        if form.get("checksum") and form["checksum"] != str(zlib.adler32(data)):
            raise RefusedError(1062008, form["checksum"])
        document = _place(state, ask, form)
        made = Upload(
            f"box{new_id()[3:]}", form["file_name"], data, form["parent_node"], document, size(data)
        )
        state.uploads[made.token] = made
    return {"file_token": made.token}


def _check_form(form: dict[str, str]) -> None:
    for name in ("file_name", "parent_type", "parent_node", "size"):
        if not form.get(name):
            raise RefusedError(1061002, name)
    if unknown := form.keys() - {
        "file_name",
        "parent_type",
        "parent_node",
        "size",
        "checksum",
        "extra",
    }:
        raise RefusedError(1061002, str(unknown))
    if len(form["file_name"]) > 250 or form["parent_type"] != "docx_image":
        raise RefusedError(1061002, "file_name, parent_type")


def _place(state: State, ask: Ask, form: dict[str, str]) -> str:
    """The document that the picture is for."""
    try:
        document_id = json.loads(form.get("extra") or "{}")["drive_route_token"]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(1061044, "extra") from error
    document = state.documents.get(document_id)
    if document is None or document.deleted or form["parent_node"] not in document.blocks:
        raise RefusedError(1061044, form["parent_node"])
    if not allows(state.permission(document, ask.who), "edit"):
        raise RefusedError(1061004)
    return document.id


def parts(ask: Ask) -> tuple[dict[str, str], dict[str, bytes]]:
    """The fields and files of a form."""
    head = email.message_from_string(f"Content-Type: {ask.headers.get('content-type', '')}\n\n")
    boundary = head.get_boundary()
    if head.get_content_type() != "multipart/form-data" or not boundary:
        raise RefusedError(1061002, "no form")
    form, files = {}, {}
    for part in (b"\r\n" + ask.raw).split(b"\r\n--" + boundary.encode())[1:-1]:
        top, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        named = email.message_from_bytes(top)
        name = str(named.get_param("name", header="content-disposition"))
        if name == "file":
            files[name] = content
        else:
            form[name] = content.decode()
    return form, files


def size(data: bytes) -> tuple[int, int]:
    """Width and height of a picture, 100 each of what is none."""
    width, height = imagesize.get(io.BytesIO(data))
    return (int(width), int(height)) if width > 0 and height > 0 else (100, 100)


async def list_files(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.asked(ListFiles)
    folder = asked.folder_token or state.root(ask.who.id).token
    if folder not in state.folders:
        raise RefusedError(1061003, folder)
    if not state.permission_of_folder(folder, ask.who):
        raise RefusedError(1061004, folder)
    found = sorted(_files(state, folder), key=lambda each: each[0])
    if asked.direction == "DESC":
        found.reverse()
    files = [file for _, file in found]
    if not asked.folder_token:  # the root is told as a whole
        return {"files": files, "has_more": False}
    items, more = page(files, asked.page_size, asked.page_token)
    told: dict[str, Any] = {"files": items, "has_more": more["has_more"]}
    return told | ({"next_page_token": more["page_token"]} if more["has_more"] else {})


def _files(state: State, folder: str) -> list[tuple[int, dict[str, Any]]]:
    documents = [each for each in state.kept if each.folder == folder and not each.node]
    found = [(each.made, "docx", each.id, each.title, each.owner) for each in documents]
    found += [
        (each.made, "bitable", each.token, each.name, each.owner)
        for each in state.bases.values()
        if each.folder == folder
    ]
    found += [
        (each.made, "folder", each.token, each.name, each.owner)
        for each in state.folders.values()
        if each.parent == folder
    ]
    return [
        (
            made,
            {
                "token": token,
                "name": name,
                "type": kind,
                "parent_token": folder,
                "url": url(kind, token),
                "created_time": str(_TIME + made),
                "modified_time": str(_TIME + made),
                "owner_id": owner,
            },
        )
        for made, kind, token, name, owner in found
    ]


def url(kind: str, token: str) -> str:
    paths = {"bitable": "base", "folder": "drive/folder"}
    return f"{TENANT}/{paths.get(kind, kind)}/{token}"


async def root_meta(state: State, ask: Ask) -> dict[str, Any]:
    root = state.root(ask.who.id)
    return {"token": root.token, "id": str(root.made), "user_id": ask.who.id}


async def delete(state: State, ask: Ask) -> dict[str, Any]:
    if ask.query.get("type") != "docx":
        raise RefusedError(1061002, "type")
    async with alone(state, "delete", 1061045):
        document = state.documents.get(ask.names["file_token"])
        if document is None:
            raise RefusedError(1061003)
        if document.deleted:
            raise RefusedError(1061007)
        if document.node or not allows(state.permission(document, ask.who), "full_access"):
            raise RefusedError(1061004)
        document.deleted = True
    return {}


async def metas(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(QueryMetas)
    found, failed = [], []
    for each in asked.request_docs:
        if each.doc_type == "folder":
            folder = state.folders.get(each.doc_token)
            if folder is None or not state.permission_of_folder(folder.token, ask.who):
                failed.append({"token": each.doc_token, "code": 970003 if folder else 970005})
            else:
                found.append(_titled(each, folder.name, folder.owner, folder.made))
            continue
        document = state.documents.get(each.doc_token)
        if each.doc_type == "wiki" and each.doc_token in state.nodes:
            document = state.documents[state.nodes[each.doc_token].document]
        if document is None or document.deleted:
            failed.append({"token": each.doc_token, "code": 970005})
        elif not state.permission(document, ask.who):
            failed.append({"token": each.doc_token, "code": 970003})
        else:
            found.append(_meta(each, document, with_url=asked.with_url))
    return {"metas": found, "failed_list": failed}


def _titled(asked: RequestDoc, title: str, owner: str, made: int) -> dict[str, Any]:
    time = str(_TIME + made)
    return {
        "doc_token": asked.doc_token,
        "doc_type": asked.doc_type,
        "title": title,
        "owner_id": owner,
        "create_time": time,
        "latest_modify_user": owner,
        "latest_modify_time": time,
        "sec_label_name": "",
    }


def _meta(asked: RequestDoc, document: Document, *, with_url: bool) -> dict[str, Any]:
    made = _titled(asked, document.title, document.owner, document.made)
    return {**made, "url": url(asked.doc_type, asked.doc_token)} if with_url else made


async def add_member(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(Member)
    document = _shared(state, ask)
    if "need_notification" in ask.query and ask.who.user is None:
        raise RefusedError(1063001, "need_notification")
    by_mail = {user.mail: user.open_id for user in state.tokens.users.values()}
    kinds = {"email": by_mail.get(asked.member_id, ""), "openid": "", "openchat": ""}
    member = kinds[asked.member_type] or asked.member_id
    starts = {"openid": "ou_", "email": "ou_", "openchat": "oc_"}[asked.member_type]
    if not member.startswith(starts) or (starts == "ou_" and member not in state.tokens.users):
        raise RefusedError(1063001, asked.member_id)
    document.members[member] = asked.perm
    told = {"member_type": asked.member_type, "member_id": asked.member_id, "perm": asked.perm}
    return {"member": {**told, "perm_type": asked.perm_type or "container", "type": asked.type}}


async def share(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(Public)
    document = _shared(state, ask)
    document.public["link_share_entity"] = asked.link_share_entity
    told = {
        "external_access": asked.external_access,
        "security_entity": "anyone_can_view",
        "comment_entity": "anyone_can_view",
        "share_entity": "anyone",
        "link_share_entity": asked.link_share_entity,
        "invite_external": False,
        "lock_switch": False,
    }
    return {"permission_public": told}


def _shared(state: State, ask: Ask) -> Document:
    """The document, or that of the node, whose sharing may be changed."""
    token, kind = ask.names["token"], ask.query.get("type")
    if kind not in {"docx", "wiki"}:
        raise invalid("type", "docx or wiki")
    if kind == "wiki" and token in state.nodes:
        token = state.nodes[token].document
    document = state.documents.get(token)
    if document is None:
        raise RefusedError(1063001, token)
    if document.deleted:
        raise RefusedError(1063005, token)
    if not allows(state.permission(document, ask.who), "full_access"):
        raise RefusedError(1063002, token)
    return document


_DRIVE = ("drive:drive",)
ROUTES = [
    Route(
        "POST",
        "/open-apis/drive/v1/medias/upload_all",
        upload,
        ("docs:document.media:upload", *_DRIVE),
        (Limit(UPLOADS, 5), Limit("uploads of a day", 10_000, 86_400)),
    ),
    Route(
        "GET",
        "/open-apis/drive/v1/files",
        list_files,
        (*_DRIVE, "drive:drive:readonly", "space:document:retrieve"),
        (Limit("list_files", 5),),
    ),
    Route(
        "GET",
        "/open-apis/drive/explorer/v2/root_folder/meta",
        root_meta,
        (*_DRIVE, "drive:drive:readonly"),
    ),
    Route(
        "DELETE",
        "/open-apis/drive/v1/files/:file_token",
        delete,
        (*_DRIVE, "space:document:delete"),
        (Limit("delete", 5),),
    ),
    Route(
        "POST",
        "/open-apis/drive/v1/metas/batch_query",
        metas,
        (*_DRIVE, "drive:drive:readonly", "drive:drive.metadata:readonly"),
    ),
    Route(
        "POST",
        "/open-apis/drive/v1/permissions/:token/members",
        add_member,
        (*_DRIVE, "docs:permission.member:create"),
        (Limit("add_member", 100, 60),),
    ),
    Route(
        "PATCH",
        "/open-apis/drive/v1/permissions/:token/public",
        share,
        (*_DRIVE, "docs:permission.setting:write_only"),
        (Limit("share", 100, 60),),
    ),
]
