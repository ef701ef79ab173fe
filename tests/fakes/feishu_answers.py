"""How Feishu refuses: a code, the status that comes with it, and a sentence."""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import web

#: The status and the words of each code, as the reference pages have them.
MEANINGS: dict[int, tuple[int, str]] = {
    10003: (400, "invalid param"),
    10014: (400, "app secret invalid"),
    10015: (400, "app id not exist"),
    20001: (400, "The request is missing a required parameter."),
    20002: (400, "The client secret is invalid."),
    20003: (400, "The authorization code is not found."),
    20004: (400, "The authorization code has expired."),
    20024: (400, "The provided authorization code or refresh token does not match the app."),
    20026: (400, "The refresh token passed is invalid."),
    20036: (400, "The specified grant_type is not supported."),
    20037: (400, "The refresh token passed has expired."),
    20048: (400, "The specified app does not exist."),
    20049: (400, "PKCE code challenge failed."),
    20064: (400, "The refresh token has been revoked."),
    20065: (400, "The authorization code has been used."),
    20071: (400, "The redirect URI does not match."),
    20073: (400, "The refresh token has been used."),
    1061001: (200, "internal error."),
    1061002: (400, "params error."),
    1061003: (404, "not found."),
    1061004: (403, "forbidden."),
    1061007: (404, "file has been deleted."),
    1061043: (400, "file size beyond limit."),
    1061044: (400, "parent node not exist."),
    1061045: (400, "resource contention occurred, please retry."),
    1061109: (400, "file name cqc not passed."),
    1061113: (400, "file cqc not passed."),
    1062008: (400, "checksum param Invalid."),
    1062009: (400, "the actual size is inconsistent with the parameter declaration size."),
    1062507: (400, "parent node out of sibling num."),
    1063001: (400, "Invalid parameter"),
    1063002: (403, "Permission denied"),
    1063004: (400, "User has no share permission"),
    1063005: (404, "Resource is deleted"),
    1254030: (200, "TooLargeResponse"),
    1254040: (200, "BaseTokenNotFound"),
    1254041: (200, "TableIdNotFound"),
    1254043: (200, "RecordIdNotFound"),
    1254045: (200, "FieldNameNotFound"),
    1254013: (200, "TableNameDuplicated"),
    1254014: (200, "FieldNameDuplicated"),
    1254060: (200, "TextFieldConvFail"),
    1254061: (200, "NumberFieldConvFail"),
    1254062: (200, "SingleSelectFieldConvFail"),
    1254063: (200, "MultiSelectFieldConvFail"),
    1254064: (200, "DatetimeFieldConvFail"),
    1254065: (200, "CheckboxFieldConvFail"),
    1254068: (200, "UrlFieldConvFail"),
    91403: (403, "Forbidden"),
    131002: (400, "param err"),
    131003: (400, "out of limit"),
    131005: (400, "not found"),
    131006: (400, "permission denied"),
    1770001: (400, "invalid param"),
    1770002: (404, "not found"),
    1770003: (400, "resource deleted"),
    1770004: (400, "too many blocks in document"),
    1770005: (400, "too deep level in document"),
    1770006: (400, "schema mismatch"),
    1770007: (400, "too many children in block"),
    1770010: (400, "too many table column"),
    1770011: (400, "too many table cell"),
    1770013: (400, "relation mismatch"),
    1770014: (400, "parent children relation mismatch"),
    1770019: (400, "repeated blockID in document"),
    1770021: (400, "too old document"),
    1770022: (400, "invalid page token"),
    1770024: (400, "invalid operation"),
    1770025: (400, "operation and block not match"),
    1770028: (400, "block not support create children"),
    1770029: (400, "block not support to create"),
    1770030: (400, "invalid parent children relation"),
    1770031: (400, "block not support to delete children"),
    1770032: (403, "forbidden"),
    1770033: (400, "content size exceed limit"),
    1770035: (400, "resource count exceed limit"),
    1770036: (400, "folder locked"),
    1770039: (404, "folder not found"),
    1770040: (403, "no folder permission"),
    1770041: (400, "open schema mismatch"),
    99991400: (429, "request trigger frequency limit"),
    99991661: (400, "Missing access token for authorization."),
    99991663: (400, "Invalid access token for authorization."),
    99991668: (401, "Invalid access token for authorization."),
    99991671: (400, "Invalid access token, the token must start with 't-' or 'u-'."),
    99991672: (400, "Access denied. One of the following scopes is required."),
    99991677: (401, "Authentication token expired."),
    99991679: (400, "Unauthorized. The user has not granted the required scope."),
    99992402: (400, "field validation failed"),
}


class RefusedError(Exception):
    """What was asked is not done; *reason* is for who reads the test, the rest is the answer."""

    def __init__(
        self,
        code: int,
        reason: str = "",
        *,
        status: int | None = None,
        headers: dict[str, str] | None = None,
        **error: Any,
    ) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason, self.error = code, reason, error
        known, self.words = MEANINGS.get(code, (400, "error"))
        self.status = known if status is None else status
        self.headers = headers or {}

    def answer(self) -> web.Response:
        """Code, words and log id, with whatever else the error tells."""
        log_id = secrets.token_hex(16)
        body = {"code": self.code, "msg": self.words, "error": {"log_id": log_id, **self.error}}
        headers = {"X-Tt-Logid": log_id, **self.headers}
        return web.json_response(body, status=self.status, headers=headers)


def invalid(field: str, description: str) -> RefusedError:
    """What the gateway says of a field that it does not take."""
    violation = {"field": field, "value": "", "description": description}
    return RefusedError(99992402, f"{field}: {description}", field_violations=[violation])
