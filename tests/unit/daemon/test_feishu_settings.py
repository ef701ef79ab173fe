"""What the Feishu backend's settings take, and what they say where."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.backends.feishu.settings import Settings
from daemon.errors import SettingsError
from daemon.settings import typed


def given(**table: Any) -> Settings:
    return typed(Settings, {"app_id": "cli_a1b2c3", **table}, where="the backend “notes”")


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"folder": "fldcnAbC123"},
        {"wiki": "7034502641455497244", "wiki_parent": "wikcnKQ1k3p"},
        {"as_user": True, "again": "overwrite"},
        {"share_with": "ou_7d8a6e6df7621556ce0d21922b676706ccs"},
        {"share_with": "oc_a0553eda9014c201e6969b478895c230"},
        {"share_with": "reader@example.org"},
        {"base": "bascn1"},
        {"secret": "other-app"},
        {"api": "https://open.larksuite.com/"},
        {"api": "http://127.0.0.1:8080"},
    ],
)
def test_what_can_work_is_taken(table: dict[str, Any]) -> None:
    given(**table)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"app_id": ""}, "`app_id`"),
        ({"app_id": "cli a1"}, "`app_id`"),
        ({"app_id": "cli:a1"}, "`app_id`"),
        ({"folder": "https://x.feishu.cn/drive/folder/fld"}, "`folder` is no token"),
        ({"wiki": "a/b"}, "`wiki` is no token"),
        ({"wiki": "7", "wiki_parent": "../x"}, "`wiki_parent` is no token"),
        ({"folder": "fld", "wiki": "7"}, "two places"),
        ({"wiki_parent": "wik"}, "name its space in `wiki`"),
        ({"share_with": "Reader"}, "`share_with` is ou_"),
        ({"share_with": "ou_1", "as_user": True}, "`share_with` is for notes of the app"),
        ({"base": "a/b"}, "`base` is no token"),
        ({"api": "http://open.feishu.cn"}, "https://"),
        ({"api": "https://u:p@open.feishu.cn"}, "a name or a password"),
        ({"again": "never"}, "again"),
        ({"secret": "Not A Name"}, "secret"),
        ({"unknown": 1}, "unknown"),
        ({"folder": "fld\n"}, "`folder`"),
    ],
)
def test_what_could_never_work_is_refused(table: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as raised:
        given(**table)

    assert raised.value.code == "settings-invalid"


@pytest.mark.parametrize(
    ("api", "title", "accounts"),
    [
        ("https://open.feishu.cn", "Feishu", "https://accounts.feishu.cn"),
        ("https://open.larksuite.com/", "Lark", "https://accounts.larksuite.com"),
        ("https://open.example.org", "open.example.org", "https://accounts.example.org"),
        ("https://lark.example.org", "lark.example.org", "https://lark.example.org"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_the_other_addresses_follow_from_that_of_the_api(
    api: str, title: str, accounts: str
) -> None:
    access = given(api=api).access("notes")

    assert (access.title, access.accounts) == (title, accounts)
    assert access.console == f"{api.rstrip('/')}/app/cli_a1b2c3"


def test_secrets_are_called_as_the_backend_or_as_its_settings_say() -> None:
    own, other = given().access("notes"), given(secret="hub").access("notes")

    assert (own.secret, own.user_secret) == ("notes", "notes-user")
    assert (other.secret, other.user_secret) == ("hub", "hub-user")
    assert own.name == other.name == "notes"


@pytest.mark.parametrize(
    ("share_with", "member"),
    [
        ("", None),
        ("ou_1", ("openid", "user")),
        ("oc_1", ("openchat", "chat")),
        ("reader@example.org", ("email", "user")),
    ],
)
def test_whom_notes_are_shared_with_is_told_as_the_api_calls_it(
    share_with: str, member: tuple[str, str] | None
) -> None:
    assert given(share_with=share_with).member == member


def test_a_person_is_asked_for_no_more_than_is_used() -> None:
    few, all_ = given(), given(wiki="7", base="bascn1")

    assert set(all_.scopes.split()) - set(few.scopes.split()) == {"wiki:wiki", "bitable:app"}
    assert "offline_access" in few.scopes.split()
