"""A file system of our own that can be full or read-only; root's permissions do not bind there."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SmallDisk:
    """A file system in memory, mounted at *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no room, not even for a name."""
        with contextlib.suppress(OSError), self._filler.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        with contextlib.suppress(OSError):
            for number in range(10_000):
                (self.folder / f"filler-{number}").touch()

    def clear(self) -> None:
        """Make the room again that `fill` took."""
        for file in self.folder.glob("filler*"):
            file.unlink()

    def make_read_only(self) -> None:
        _run("mount", "-o", "remount,ro", str(self.folder))

    def make_writable(self) -> None:
        _run("mount", "-o", "remount,rw", str(self.folder))

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[SmallDisk]:
    """Mount a file system of *size* bytes at *folder*, which is made. Needs root on Linux."""
    folder.mkdir()
    assert os.geteuid() == 0, "only root may mount a file system; SKIP=mounts leaves this out"
    _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "guidang-test", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


class OtherDisk:
    """A disk that lies at *folder* while it is mounted, with what is on it in *content*."""

    def __init__(self, folder: Path, content: Path) -> None:
        self._folder = folder
        self._content = content
        self.is_mounted = False  #: the system itself tells this of other file systems alone

    def mount(self) -> None:
        _run("mount", "--bind", str(self._content), str(self._folder))
        self.is_mounted = True

    def unmount(self) -> None:
        _run("umount", "--lazy", str(self._folder))
        self.is_mounted = False


@contextlib.contextmanager
def other_disk(folder: Path) -> Iterator[OtherDisk]:
    """A disk that can be mounted at *folder*, which is there. Needs root on Linux."""
    assert os.geteuid() == 0, "only root may mount a file system; SKIP=mounts leaves this out"
    content = folder.with_name(f"{folder.name}.disk")
    content.mkdir()
    disk = OtherDisk(folder, content)
    try:
        yield disk
    finally:
        if disk.is_mounted:
            disk.unmount()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=30)
