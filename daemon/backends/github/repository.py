"""A repository at GitHub: what the Git Data API tells of it and makes in it, as values.

https://docs.github.com/en/rest/git; nothing is seen in a branch before the last step, `move`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from . import faults
from .access import Access, quoted_path
from .client import Client
from .tree import File, Head, Listing

#: The id of an object. It goes into addresses, so it is what it should be.
Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}(?!\n)$")]
Text = Annotated[str, Meta(max_length=1_000)]


#: What a ref says that is not where it was, or not yet what every machine of GitHub knows.
_MOVED = re.compile(r"fast.forward|does not exist|already exists|update failed", re.IGNORECASE)


class Permissions(Struct, frozen=True):
    push: bool = False


class About(Struct, frozen=True):
    """What a repository says of itself."""

    full_name: Text
    default_branch: Text
    archived: bool = False
    permissions: Permissions | None = None  #: of the token's owner


class Person(Struct, frozen=True):
    """Who stands in a commit."""

    name: str
    email: str


class Entry(Struct, frozen=True, kw_only=True):
    """A file that a new tree has in place of what the one before had there."""

    path: str
    mode: Literal["100644"] = "100644"
    type: Literal["blob"] = "blob"
    sha: str | UnsetType = UNSET
    content: str | UnsetType = UNSET


class Commit(Struct, frozen=True, kw_only=True):
    """A commit that is to be made."""

    message: str
    tree: str
    parents: Sequence[str]
    author: Person | UnsetType = UNSET


class _Made(Struct, frozen=True):
    sha: Sha


class _Listed(Struct, frozen=True):
    path: str
    type: str
    sha: Sha


class _Tree(Struct, frozen=True):
    sha: Sha
    tree: list[_Listed] = []
    truncated: bool = False


class _Contents(Struct, frozen=True):
    sha: Sha


class _CommitBody(Struct, frozen=True):
    tree: _Made


class _Commit(Struct, frozen=True):
    sha: Sha
    commit: _CommitBody


class _NewTree(Struct, frozen=True):
    base_tree: str
    tree: Sequence[Entry]


class _NewRef(Struct, frozen=True):
    ref: str
    sha: str


class _Move(Struct, frozen=True):
    sha: str
    force: bool = False


class _First(Struct, frozen=True):
    message: str
    content: str
    branch: str


class Repository:
    """One repository, by its client."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.access = client.access

    async def about(self) -> About:
        return await self._client.get("", About)

    async def commit_of(self, branch: str) -> tuple[str, str] | None:
        """Commit and tree of the head of *branch*; None where there is no such branch.

        Raises:
            RefusedError: `is_of_nothing`: the repository has no commit at all.
        """
        # One file of the diff that comes with it, which nobody reads, is the least.
        path = f"/commits/heads/{quoted_path(branch)}?per_page=1"
        try:
            found = await self._client.get(path, _Commit)
        except faults.RefusedError as error:
            # 422 "No commit found for SHA", 404 where the repository is hidden.
            if error.status not in {404, 422}:
                raise
            return None
        return found.sha, found.commit.tree.sha

    async def is_empty(self) -> bool:
        """Whether there is no branch at all.

        Raises:
            RefusedError: The repository is not there, or the token does not reach it.
        """
        try:
            return not await self._client.get("/branches?per_page=1", list[Any])
        except faults.RefusedError as error:
            if error.is_of_nothing:
                return True
            raise

    async def listing(self, tree: str) -> Listing:
        """What lies in *tree*, the folders' files included."""
        found = await self._client.get(f"/git/trees/{tree}?recursive=1", _Tree)
        files = {entry.path: entry.sha for entry in found.tree if entry.type != "tree"}
        folders = {entry.path for entry in found.tree if entry.type == "tree"}
        return Listing(files, folders, complete=not found.truncated)

    async def blob_at(self, path: str, commit: str) -> str | None:
        """The id of the blob at *path* in *commit*; None where there is none."""
        try:
            found = await self._client.get(f"/contents/{quoted_path(path)}?ref={commit}", _Contents)
        except faults.RefusedError as error:
            if error.status not in {404, 422}:
                raise
            return None
        return found.sha

    async def is_taken(self, path: str, head: Head) -> bool:
        """Whether something lies at *path*, also where the listing does not say."""
        if path in head.listing.files or path in head.listing.folders:
            return True
        if head.listing.complete:
            return False
        return await self.id_of(path, head) is not None

    async def id_of(self, path: str, head: Head) -> str | None:
        """The id of the file at *path*; of a folder, that of something."""
        if (found := head.listing.files.get(path)) or head.listing.complete:
            return found
        return await self.blob_at(path, head.commit)

    async def send(self, file: File) -> None:
        """Have the bytes of *file*, in no tree as yet.

        Raises:
            RefusedError: `is_too_large`, among others.
            DeliveryDeferred: What was stored is not what was sent.
        """
        made = await self._client.ask("POST", "/git/blobs", _Made, file)
        if made.sha != file.id:
            raise faults.differs(self.access)

    async def make_tree(self, base: str, entries: Sequence[Entry], ids: dict[str, str]) -> str:
        """The tree *base* with *entries*, whose blobs have these *ids* by path."""
        made = await self._client.ask("POST", "/git/trees", _Tree, _NewTree(base, entries))
        if any(ids.get(entry.path, entry.sha) != entry.sha for entry in made.tree):
            raise faults.differs(self.access)
        return made.sha

    async def make_commit(self, commit: Commit) -> str:
        # Its parts may not yet have reached the machine that is asked.
        made = await self._client.ask(
            "POST", "/git/commits", _Made, commit, passing="does not exist"
        )
        return made.sha

    async def move(self, branch: str, commit: str, *, new: bool) -> None:
        """Make *commit*, which has its head as parent, the head of *branch*.

        Raises:
            MovedError: It has another head by now.
            DeliveryRejected: A rule forbids it.
        """
        ref = f"heads/{branch}"
        try:
            if new:
                await self._client.ask("POST", "/git/refs", Any, _NewRef(f"refs/{ref}", commit))
            else:
                path = f"/git/refs/{quoted_path(ref)}"
                await self._client.ask("PATCH", path, Any, _Move(commit))
        except faults.RefusedError as error:
            raise _of_ref(error, self.access, branch) from error

    async def begin(self, branch: str) -> None:
        """Make the first commit of an empty repository, as no other call can.

        Raises:
            DeliveryRejected: A rule forbids it.
        """
        name = self.access.repository.partition("/")[2]
        text = base64.b64encode(f"# {name}\n".encode()).decode()
        first = _First("Begin the archive", text, branch)
        try:
            await self._client.ask("PUT", "/contents/README.md", Any, first)
        except faults.RefusedError as error:
            if error.status not in {409, 422} or error.is_final:
                raise
            # Somebody else has begun it, or our own call whose answer was lost.


def _of_ref(error: faults.RefusedError, access: Access, branch: str) -> Exception:
    if error.is_final:
        return faults.by_rule(error, access, branch)
    if error.status == 409 or (error.status == 422 and _MOVED.search(error.words)):
        return faults.MovedError(access.repository)
    return error
