"""Every call that a backend makes of Feishu, made by the official SDK (lark-oapi).

A program of its own, because the SDK loads thousands of modules. Its arguments are the address,
and an app's id and secret; a line of JSON for each call is what it prints: the name of the call,
the code of the answer, and what of the answer the SDK does not know or could not read.
"""

from __future__ import annotations

import io
import json
import sys
import uuid
from typing import Any

import lark_oapi as lark
from lark_oapi.api import bitable, docx, drive, wiki

d, f, w, b = docx.v1, drive.v1, wiki.v2, bitable.v1


class Calls:
    """The calls, one after the other; each uses what the ones before made."""

    def __init__(self, url: str, app: str, secret: str) -> None:
        made = lark.Client.builder().app_id(app).app_secret(secret).domain(url)
        self._client = made.log_level(lark.LogLevel.ERROR).build()

    def all(self, reader: str, space: str) -> None:
        document = self.document()
        image = self.blocks(document)
        self.image(document, image)
        self.listed(document)
        self.shared(document, reader)
        self.wiki(document, space)
        self.rows()

    def document(self) -> str:
        body = d.CreateDocumentRequestBody({"title": "Tides"})
        asked = d.CreateDocumentRequest.builder().request_body(body).build()
        made = told("create", self._client.docx.v1.document.create(asked))
        got = d.GetDocumentRequest.builder().document_id(made.document.document_id).build()
        told("get", self._client.docx.v1.document.get(got))
        return str(made.document.document_id)

    def blocks(self, document: str) -> str:
        """The image block."""
        text = {"elements": [{"text_run": {"content": "The tide."}}]}
        blocks = [
            {"block_id": "text", "block_type": 2, "text": text},
            {"block_id": "note", "block_type": 19, "callout": {}, "children": ["in note"]},
            {"block_id": "in note", "block_type": 2, "text": text},
            {"block_id": "line", "block_type": 22, "divider": {}},
            {"block_id": "image", "block_type": 27, "image": {}},
            {
                "block_id": "table",
                "block_type": 31,
                "table": {"property": {"row_size": 1, "column_size": 1}},
                "children": ["cell"],
            },
            {"block_id": "cell", "block_type": 32, "table_cell": {}, "children": ["in cell"]},
            {"block_id": "in cell", "block_type": 2, "text": text},
        ]
        body = d.CreateDocumentBlockDescendantRequestBody(
            {
                "children_id": ["text", "note", "line", "image", "table"],
                "descendants": blocks,
                "index": -1,
            }
        )
        asked = d.CreateDocumentBlockDescendantRequest.builder().document_id(document)
        asked = asked.block_id(document).document_revision_id(-1).client_token(str(uuid.uuid4()))
        service = self._client.docx.v1
        made = told(
            "insert", service.document_block_descendant.create(asked.request_body(body).build())
        )
        child = {"block_type": 2, "text": text}
        self.child(document, child)
        ids = {each.temporary_block_id: each.block_id for each in made.block_id_relations}
        return str(ids["image"])

    def child(self, document: str, block: dict[str, Any]) -> None:
        body = d.CreateDocumentBlockChildrenRequestBody({"children": [block], "index": 0})
        asked = d.CreateDocumentBlockChildrenRequest.builder().document_id(document)
        asked = asked.block_id(document).document_revision_id(-1).request_body(body)
        service = self._client.docx.v1.document_block_children
        told("insert_children", service.create(asked.build()))
        gone = d.BatchDeleteDocumentBlockChildrenRequestBody({"start_index": 0, "end_index": 1})
        deleted = d.BatchDeleteDocumentBlockChildrenRequest.builder().document_id(document)
        deleted = deleted.block_id(document).document_revision_id(-1).request_body(gone)
        told("delete_children", service.batch_delete(deleted.build()))

    def image(self, document: str, block: str) -> None:
        data = b"\r\n--no image--\r\n"
        body = f.UploadAllMediaRequestBody(
            {
                "file_name": "image.webp",
                "parent_type": "docx_image",
                "parent_node": block,
                "size": len(data),
                "extra": json.dumps({"drive_route_token": document}),
            }
        )
        body.file = io.BytesIO(data)
        asked = f.UploadAllMediaRequest.builder().request_body(body).build()
        made = told("upload", self._client.drive.v1.media.upload_all(asked))
        change = {"token": made.file_token, "width": 20, "height": 10, "caption": {"content": "A"}}
        title = {"elements": [{"text_run": {"content": "Tides of the sea"}}]}
        changes = [
            {"block_id": block, "replace_image": change},
            {"block_id": document, "update_text_elements": title},
        ]
        batch = d.BatchUpdateDocumentBlockRequestBody({"requests": changes})
        updated = d.BatchUpdateDocumentBlockRequest.builder().document_id(document)
        updated = updated.document_revision_id(-1).request_body(batch)
        service = self._client.docx.v1.document_block
        told("update_blocks", service.batch_update(updated.build()))
        one = d.PatchDocumentBlockRequest.builder().document_id(document).block_id(block)
        one = one.request_body(d.UpdateBlockRequest({"replace_image": change}))
        told("update_block", service.patch(one.build()))

    def listed(self, document: str) -> None:
        service = self._client.docx.v1
        listed = d.ListDocumentBlockRequest.builder().document_id(document).page_size(500)
        told("list_blocks", service.document_block.list(listed.build()))
        got = d.GetDocumentBlockRequest.builder().document_id(document).block_id(document)
        told("get_block", service.document_block.get(got.build()))
        raw = d.RawContentDocumentRequest.builder().document_id(document)
        told("raw_content", service.document.raw_content(raw.build()))
        files = f.ListFileRequest.builder().order_by("CreatedTime").direction("DESC")
        told("list_files", self._client.drive.v1.file.list(files.build()))
        docs = [{"doc_token": document, "doc_type": "docx"}]
        body = f.MetaRequest({"request_docs": docs, "with_url": True})
        metas = f.BatchQueryMetaRequest.builder().request_body(body)
        told("metas", self._client.drive.v1.meta.batch_query(metas.build()))

    def shared(self, document: str, reader: str) -> None:
        member = {"member_type": "openid", "member_id": reader, "perm": "full_access"}
        asked = f.CreatePermissionMemberRequest.builder().token(document).type("docx")
        body = f.BaseMember({**member, "type": "user"})
        service = self._client.drive.v1
        told("add_member", service.permission_member.create(asked.request_body(body).build()))
        public = f.PatchPermissionPublicRequest.builder().token(document).type("docx")
        wanted = f.PermissionPublicRequest({"link_share_entity": "tenant_readable"})
        told("share", service.permission_public.patch(public.request_body(wanted).build()))

    def wiki(self, document: str, space: str) -> None:
        service = self._client.wiki.v2
        told("list_spaces", service.space.list(w.ListSpaceRequest.builder().build()))
        node = w.Node({"obj_type": "docx", "node_type": "origin", "title": "Waves"})
        asked = w.CreateSpaceNodeRequest.builder().space_id(space).request_body(node)
        made = told("create_node", service.space_node.create(asked.build()))
        got = w.GetNodeSpaceRequest.builder().token(made.node.node_token)
        told("get_node", service.space.get_node(got.build()))
        body = w.MoveDocsToWikiSpaceNodeRequestBody({"obj_type": "docx", "obj_token": document})
        moved = w.MoveDocsToWikiSpaceNodeRequest.builder().space_id(space).request_body(body)
        task = told("move", service.space_node.move_docs_to_wiki(moved.build())).task_id
        for _ in range(2):
            state = w.GetTaskRequest.builder().task_id(task).task_type("move")
            told("get_task", service.task.get(state.build()))
        nodes = w.ListSpaceNodeRequest.builder().space_id(space).page_size(50)
        told("list_nodes", service.space_node.list(nodes.build()))
        again = d.CreateDocumentRequest.builder()
        again = again.request_body(d.CreateDocumentRequestBody({"title": "Gone"}))
        gone = self._client.docx.v1.document.create(again.build()).data.document.document_id
        deleted = f.DeleteFileRequest.builder().file_token(gone).type("docx")
        told("delete", self._client.drive.v1.file.delete(deleted.build()))

    def rows(self) -> None:
        service = self._client.bitable.v1
        asked = b.CreateAppRequest.builder().request_body(b.ReqApp({"name": "Notes"}))
        app = told("create_app", service.app.create(asked.build())).app.app_token
        fields = [{"field_name": "Title", "type": 1}, {"field_name": "Page", "type": 15}]
        table = b.CreateAppTableRequestBody({"table": {"name": "Pages", "fields": fields}})
        made = b.CreateAppTableRequest.builder().app_token(app).request_body(table)
        id_ = told("create_table", service.app_table.create(made.build())).table_id
        tables = b.ListAppTableRequest.builder().app_token(app)
        told("list_tables", service.app_table.list(tables.build()))
        field = b.AppTableField({"field_name": "Tags", "type": 4})
        added = b.CreateAppTableFieldRequest.builder().app_token(app).table_id(id_)
        told("create_field", service.app_table_field.create(added.request_body(field).build()))
        listed = b.ListAppTableFieldRequest.builder().app_token(app).table_id(id_)
        told("list_fields", service.app_table_field.list(listed.build()))
        self.row(app, id_)

    def row(self, app: str, table: str) -> None:
        service = self._client.bitable.v1.app_table_record
        page = {"link": "https://example.org/", "text": "Tides"}
        record = b.AppTableRecord({"fields": {"Title": "Tides", "Page": page, "Tags": ["sea"]}})
        asked = b.CreateAppTableRecordRequest.builder().app_token(app).table_id(table)
        asked = asked.client_token(str(uuid.uuid4())).request_body(record)
        made = told("create_record", service.create(asked.build()))
        changed = b.UpdateAppTableRecordRequest.builder().app_token(app).table_id(table)
        changed = changed.record_id(made.record.record_id).request_body(record)
        told("update_record", service.update(changed.build()))
        condition = {"field_name": "Title", "operator": "is", "value": ["Tides"]}
        wanted = {"filter": {"conjunction": "and", "conditions": [condition]}}
        found = b.SearchAppTableRecordRequest.builder().app_token(app).table_id(table)
        found = found.request_body(b.SearchAppTableRecordRequestBody(wanted))
        told("search_records", service.search(found.build()))


def told(name: str, answer: Any) -> Any:
    """Print how a call went; the value that the SDK made of its answer."""
    data = json.loads(answer.raw.content).get("data")
    lost = [] if answer.data is None else unread(answer.data, data)
    print(json.dumps([name, answer.code, lost]), flush=True)
    return answer.data


def unread(model: Any, data: Any, path: str = "") -> list[str]:
    """The fields of *data* that *model* does not have, or has no value of."""
    if isinstance(data, list):
        pairs = zip(model, data, strict=True)
        return [lost for each, part in pairs for lost in unread(each, part, f"{path}[]")]
    if not isinstance(data, dict) or isinstance(model, dict):
        return []
    found = []
    for name, value in data.items():
        own = getattr(model, name, None)
        if own is None and value is not None:
            found.append(f"{path}.{name}")
        else:
            found += unread(own, value, f"{path}.{name}")
    return found


if __name__ == "__main__":
    url, app, secret, reader, space = sys.argv[1:]
    Calls(url, app, secret).all(reader, space)
