"""What a document has of a note, and what it is to have, in one form that can be compared."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any

from daemon.backends.feishu.blocks import KEYS, Block, linked
from daemon.backends.feishu.reading import blocks_of
from daemon.model import Note
from tests.fakes.feishu_shapes import text_of
from tests.fakes.feishu_tree import Document, Node, Upload


def meant(note: Note, *, without: Container[str] = ()) -> bytes:
    """Each block of *note*: its kind, its text or the name of its image, and what is in it.

    *without*: the names of the images that are links.
    """
    blocks = linked(blocks_of(note.markdown, note.assets), without)
    return _encoded([_block(block) for block in blocks])


def stored(document: Document, uploads: Mapping[str, Upload]) -> bytes:
    """Each block of *document*, in the same way."""
    return _encoded([_node(node, document, uploads) for node in document.first_level])


def _block(block: Block) -> list[Any]:
    said = block.image.name if block.image else text_of(block.content)
    return [KEYS[block.type], said, *map(_block, block.children)]


def _node(node: Node, document: Document, uploads: Mapping[str, Upload]) -> list[Any]:
    shown = uploads.get(node.content.get("token", ""))
    children = (document.blocks[child] for child in node.children)
    said = shown.name if shown else node.text
    return [node.key, said, *(_node(child, document, uploads) for child in children)]


def _encoded(blocks: list[list[Any]]) -> bytes:
    return json.dumps(blocks, ensure_ascii=False).encode()
