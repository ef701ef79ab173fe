"""Who asks the stand-in for Feishu: apps, users, and the tokens that both get."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any, Literal

from msgspec import Struct

from tests.fakes.feishu_answers import MEANINGS, RefusedError
from tests.fakes.feishu_rates import Clock

SCOPES = frozenset(
    {
        "bitable:app",
        "docs:document.media:upload",
        "docx:document",
        "drive:drive",
        "wiki:wiki",
    }
)
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
APP_LIFE, USER_LIFE, REFRESH_LIFE, CODE_LIFE, DEVICE_LIFE = 7_200, 7_200, 604_800, 300, 240


class App(Struct):
    id: str
    secret: str
    scopes: set[str]


class User(Struct, frozen=True):
    open_id: str
    name: str
    mail: str


class Who(Struct, frozen=True):
    """An app, or a user by way of it."""

    app: App
    user: User | None
    scopes: frozenset[str]

    @property
    def id(self) -> str:
        return self.user.open_id if self.user else self.app.id


class _Token(Struct):
    app: str
    user: User | None
    scopes: frozenset[str]
    ends: float


class _Refresh(_Token):
    state: Literal["good", "used", "revoked"] = "good"


class _Code(_Token):
    """A consent that is not taken up yet, by way of a page or of a device."""

    redirect: str = ""
    challenge: str = ""
    used: bool = False
    state: Literal["waiting", "granted", "denied"] = "granted"
    user_code: str = ""
    asked: float = 0


class OAuthRefusedError(Exception):
    """An answer of the token's address: *code* is Feishu's own, 0 for one that has none."""

    def __init__(self, error: str, code: int = 0) -> None:
        super().__init__(error)
        words = MEANINGS.get(code, (400, error))[1]
        self.body: dict[str, Any] = {"error": error, "error_description": words}
        if code:
            self.body["code"] = code


class Tokens:
    """Gives tokens and knows them again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.apps: dict[str, App] = {}
        self.users: dict[str, User] = {}
        self._of_apps: dict[str, _Token] = {}
        self._of_users: dict[str, _Token] = {}
        self._refreshes: dict[str, _Refresh] = {}
        self._codes: dict[str, _Code] = {}
        self._devices: dict[str, _Code] = {}
        self.refreshed = 0  #: how many refresh tokens were taken up

    # For tests.

    def app(self, *, scopes: frozenset[str] = SCOPES) -> App:
        """Another app."""
        made = App(f"cli_{secrets.token_hex(8)}", secrets.token_urlsafe(24), set(scopes))
        self.apps[made.id] = made
        return made

    def user(self, name: str = "Reader") -> User:
        open_id = f"ou_{secrets.token_hex(16)}"
        self.users[open_id] = User(open_id, name, f"{open_id[:9]}@example.org")
        return self.users[open_id]

    def token_of(self, app: App) -> str:
        """A fresh token of an app."""
        token = f"t-{secrets.token_hex(20)}"
        self._of_apps[token] = _Token(app.id, None, frozenset(), self._clock.now() + APP_LIFE)
        return token

    def signed_in(self, app: App, user: User, scopes: frozenset[str] = SCOPES) -> dict[str, Any]:
        """What the address of tokens says to a user that has just agreed."""
        return self._given(app.id, user, scopes | {"offline_access"})

    def end_access(self) -> None:
        """No access token of anybody holds any longer; refresh tokens do."""
        self._of_apps.clear()
        for token in self._of_users.values():
            token.ends = 0

    def revoke(self) -> None:
        """Every user takes the consent back."""
        for refresh in self._refreshes.values():
            refresh.state = "revoked"
        self._of_users.clear()

    def decide(self, user_code: str, user: User | None) -> None:
        """A user enters the code of a device; None: and says no."""
        (found,) = [each for each in self._devices.values() if each.user_code == user_code]
        found.user, found.state = user, "granted" if user else "denied"

    # What the service does.

    def who(self, authorization: str) -> Who:
        """Whom the header names."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            raise RefusedError(99991661)
        if token.startswith("t-"):
            known, refusal = self._of_apps.get(token), 99991663
        elif token.startswith("u-"):
            known, refusal = self._of_users.get(token), 99991668
        else:
            raise RefusedError(99991671)
        if known is None:
            raise RefusedError(refusal)
        if known.ends <= self._clock.now():
            raise RefusedError(99991677 if known.user else 99991663)
        app = self.apps[known.app]
        return Who(app, known.user, known.scopes if known.user else frozenset(app.scopes))

    def app_token(self, body: dict[str, Any]) -> dict[str, Any]:
        """The same token for as long as it holds for half an hour, then another."""
        given = {name: value for name, value in body.items() if value and isinstance(value, str)}
        if given.keys() != {"app_id", "app_secret"}:
            raise RefusedError(10003, f"the fields {sorted(body)}")
        app = self.apps.get(given["app_id"])
        if app is None:
            raise RefusedError(10015)
        if app.secret != given["app_secret"]:
            raise RefusedError(10014)
        now = self._clock.now()
        good = [(token, each.ends) for token, each in self._of_apps.items() if each.app == app.id]
        token, ends = max(good, key=lambda each: each[1], default=("", 0.0))
        if ends - now < 1_800:
            token, ends = self.token_of(app), now + APP_LIFE
        return {"tenant_access_token": token, "expire": int(ends - now)}

    def agreed(self, app_id: str, user: User, query: dict[str, str]) -> str:
        """The code that a browser is led back with."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(
            app_id,
            user,
            frozenset(query.get("scope", "").split()),
            self._clock.now() + CODE_LIFE,
            redirect=query["redirect_uri"],
            challenge=query.get("code_challenge", ""),
        )
        return code

    def user_token(self, form: dict[str, str]) -> dict[str, Any]:
        """What the address of user tokens says to a form of any grant."""
        for name in ("grant_type", "client_id", "client_secret"):
            if not form.get(name):
                raise OAuthRefusedError("invalid_request", 20001)
        app = self.apps.get(form["client_id"])
        if app is None:
            raise OAuthRefusedError("invalid_client", 20048)
        if app.secret != form["client_secret"]:
            raise OAuthRefusedError("invalid_client", 20002)
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            DEVICE: self._by_device,
        }
        if form["grant_type"] not in grants:
            raise OAuthRefusedError("unsupported_grant_type", 20036)
        return grants[form["grant_type"]](app, form)

    def device(self, authorization: str, form: dict[str, str], base: str) -> dict[str, Any]:
        """A code for a device, and one for its user."""
        scheme, _, pair = authorization.partition(" ")
        app_id, _, secret = base64.b64decode(pair).decode().partition(":")
        app = self.apps.get(app_id)
        if scheme != "Basic" or app is None or app.secret != secret:
            raise OAuthRefusedError("invalid_client", 20002)
        if form.get("client_id") != app_id:
            raise OAuthRefusedError("invalid_request", 20001)
        code, user_code = secrets.token_urlsafe(32), secrets.token_hex(4).upper()
        now = self._clock.now()
        scopes = frozenset(form.get("scope", "").split())
        self._devices[code] = _Code(
            app_id, None, scopes, now + DEVICE_LIFE, state="waiting", user_code=user_code
        )
        page = f"{base}/oauth/v1/device/verify"
        return {
            "device_code": code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={user_code}",
            "expires_in": DEVICE_LIFE,
            "interval": 5,
        }

    def _by_code(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        code = self._codes.get(form.get("code", ""))
        if code is None:
            raise OAuthRefusedError("invalid_grant", 20003 if form.get("code") else 20001)
        if code.app != app.id:
            raise OAuthRefusedError("invalid_grant", 20024)
        if code.used:
            raise OAuthRefusedError("invalid_grant", 20065)
        if code.ends <= self._clock.now():
            raise OAuthRefusedError("invalid_grant", 20004)
        if code.redirect != form.get("redirect_uri"):
            raise OAuthRefusedError("invalid_grant", 20071)
        if code.challenge and code.challenge != _challenge(form.get("code_verifier", "")):
            raise OAuthRefusedError("invalid_grant", 20049)
        code.used = True
        assert code.user
        return self._given(app.id, code.user, code.scopes)

    def _by_refresh(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        refresh = self._refreshes.get(form.get("refresh_token", ""))
        if refresh is None:
            raise OAuthRefusedError("invalid_grant", 20026 if form.get("refresh_token") else 20001)
        if refresh.app != app.id:
            raise OAuthRefusedError("invalid_grant", 20024)
        if refresh.state != "good":
            raise OAuthRefusedError(
                "invalid_grant", {"used": 20073, "revoked": 20064}[refresh.state]
            )
        if refresh.ends <= self._clock.now():
            raise OAuthRefusedError("invalid_grant", 20037)
        refresh.state = "used"
        self.refreshed += 1
        assert refresh.user
        return self._given(app.id, refresh.user, refresh.scopes)

    def _by_device(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        device = self._devices.get(form.get("device_code", ""))
        if device is None or device.app != app.id or device.used:
            raise OAuthRefusedError("invalid_grant")
        now = self._clock.now()
        if device.ends <= now:
            raise OAuthRefusedError("expired_token")
        if device.state == "denied":
            raise OAuthRefusedError("access_denied")
        if device.state == "waiting":
            early, device.asked = now < device.asked + 5, now
            raise OAuthRefusedError("slow_down" if early else "authorization_pending")
        device.used = True
        assert device.user
        return self._given(app.id, device.user, device.scopes)

    def _given(self, app_id: str, user: User, scopes: frozenset[str]) -> dict[str, Any]:
        now = self._clock.now()
        access = f"u-{secrets.token_hex(20)}"
        self._of_users[access] = _Token(app_id, user, scopes, now + USER_LIFE)
        given = {
            "access_token": access,
            "expires_in": USER_LIFE,
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }
        if "offline_access" in scopes:
            refresh = f"ur-{secrets.token_hex(20)}"
            self._refreshes[refresh] = _Refresh(app_id, user, scopes, now + REFRESH_LIFE)
            given |= {"refresh_token": refresh, "refresh_token_expires_in": REFRESH_LIFE}
        return given


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
