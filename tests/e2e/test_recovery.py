"""What was accepted survives the sudden end of host, browser or daemon."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.articles import Article, assert_is_note_of
from tests.e2e.user import ROOT
from tools import chromium
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension

MOMENTS = 50

#: Seconds after the acceptance: cleaning to receipt takes 0.03, after a start of the daemon 0.4.
SPAN = 0.4

#: Which moments and victims; another number tries others.
SEED = 2025


class Browsers:
    """One browser after the other: a new one whenever the last was killed."""

    def __init__(self, program: Path, user: User) -> None:
        self._program = program
        self._user = user
        self._profile = user.profile()
        self._stack = contextlib.ExitStack()
        self._extension: Extension | None = None

    def extension(self) -> Extension:
        if self._extension is None:
            start = chromium.start(
                self._program, self._profile, headless=True, env=self._user.environ
            )
            self._extension = self._stack.enter_context(start).load_extension(ROOT)
        return self._extension

    def kill(self) -> None:
        self.extension().browser.kill()
        self._stack.close()
        self._extension = None

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def browsers(program: Path, user: User) -> Iterator[Browsers]:
    with contextlib.closing(Browsers(program, user)) as made:
        yield made


@pytest.mark.chromium
@pytest.mark.timeout(600)
def test_a_sudden_end_loses_and_doubles_nothing(user: User, site: Site, browsers: Browsers) -> None:
    chance = random.Random(SEED)
    ends = {
        "host": lambda: kill_hosts(user),
        "browser": browsers.kill,
        "daemon": user.kill_daemon,
    }
    urls = [site.publish(Article(number)) for number in range(MOMENTS)]

    for url in urls:
        extension = browsers.extension()
        extension.browser.open(url).press(extension.shortcut("archive"))
        wait_until_accepted(user, url)
        time.sleep(SPAN * chance.random() ** 2)  # waits for nothing: the moment is the test
        ends[chance.choice(list(ends))]()
    user.wake_daemon()
    poll(lambda: has_nothing_to_do(user), "the end of all work", timeout=120)

    for number, note in enumerate(sorted(user.notes(), key=number_of)):
        assert_is_note_of(Article(number), note, urls[number])
    assert len(user.notes()) == MOMENTS


@pytest.mark.chromium
def test_the_extension_works_when_the_browser_was_started_again(
    site: Site, user: User, browsers: Browsers
) -> None:
    browsers.extension()
    browsers.kill()
    url = site.publish(Article(1))

    extension = browsers.extension()
    extension.browser.open(url).press(extension.shortcut("archive"))

    wait_until_accepted(user, url)


@pytest.mark.chromium
def test_a_killed_daemon_leaves_no_process_behind(
    user: User, site: Site, extension: Extension
) -> None:
    url = site.publish(Article(1))
    extension.browser.open(url).press(extension.shortcut("archive"))
    wait_until_accepted(user, url)

    user.kill_daemon()
    extension.browser.close()

    poll(lambda: not user.processes(), "the end of every process", timeout=30)


def wait_until_accepted(user: User, url: str) -> None:
    poll(lambda: user.capture_of(url), f"the acceptance of {url}", timeout=60)


def kill_hosts(user: User) -> None:
    for pid in user.hosts():
        with contextlib.suppress(ProcessLookupError):  # it ended just now
            os.kill(pid, signal.SIGKILL)


def has_nothing_to_do(user: User) -> bool:
    status = user.daemon.ask("GET", "/status")
    deliveries = status["deliveries"]
    return not (status["captures"]["accepted"] or deliveries["waiting"] or deliveries["sending"])


def number_of(note: Path) -> int:
    """The number that the title of an article ends with."""
    return int("".join(filter(str.isdigit, note.stem)))
