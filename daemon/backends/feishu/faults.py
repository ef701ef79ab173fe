"""What the service answers when it does not do as it was asked → an error, in words for its user.

Codes: the pages of each call at https://open.feishu.cn/document, and “Generic error codes” there.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ...errors import DeliveryDeferred, DeliveryError, DeliveryRejected
from ...model import Fault
from ...services import quoted
from .access import Access


class Said(Struct, frozen=True, kw_only=True):
    """What an answer says: `code` is 0 where all went well."""

    status: int
    code: int
    words: str  #: without any secret of ours
    error: str = ""  #: its name by RFC 6749, of answers about tokens
    log: str = ""  #: by which the service finds the call in its own log
    rest: float | None = None  #: seconds to wait, where it says so
    scopes: tuple[str, ...] = ()  #: one of these would do
    help: str = ""  #: an address where a scope is given
    data: msgspec.Raw = msgspec.Raw(b"{}")
    body: bytes = b""  #: whole


class PassingError(DeliveryDeferred):
    """It may be over in a moment: worth asking again at once. Nothing was done."""


class LostAnswerError(PassingError):
    """No answer came, or none that says what happened: it may have been done."""


class RefusedError(DeliveryRejected):
    """The service understood, and does not do it."""

    def __init__(
        self, code: str, message: str, hint: str, *, code_of_service: int, words: str
    ) -> None:
        super().__init__(code, message, hint)
        self.code_of_service = code_of_service
        self.words = words

    @property
    def structural(self) -> bool:
        """Whether blocks of a simpler form may be taken."""
        return self.code_of_service in _STRUCTURE

    @property
    def is_gone(self) -> bool:
        """Whether what was asked about is not there."""
        return self.code_of_service in _GONE

    @property
    def is_too_large(self) -> bool:
        """Whether less at once, or in all, may be taken."""
        return self.code_of_service in _TOO_LARGE | _FILE_TOO_LARGE

    @property
    def is_of_content(self) -> bool:
        """Whether the check of content objects to a file or its name."""
        return self.code_of_service in _CONTENT


class SignedOutError(DeliveryRejected):
    """The person has to sign in once more."""


class LimitError(Exception):
    """Too many calls; *seconds* until the next may be made, None where it is not said."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.seconds = seconds


class StaleError(Exception):
    """The token that was sent is no longer one."""


#: A token is no longer the one to ask with: of the app, and of a person.
STALE = frozenset({99991661, 99991663, 99991668, 99991671, 99991677})
#: Too many calls: asked again later.
LIMITS = frozenset({99991400, 1063006, 1254290})
#: The service did not do it and never began to: another was at the same place.
_BUSY = frozenset({1061045, 1770036, 131009, 1254291, 1254607})
#: It may have been done; which ones also come with status 200.
_FAILED = frozenset({1061001, 1061006, 20050, 20072, *range(1771001, 1771006), 1255001, 1255040})
#: What was sent did not come whole.
_DAMAGED = frozenset({1062008, 1062009})
#: Of the form of a document: it has to be another.
_STRUCTURE = frozenset(
    {1770001, 1770006, 1770013, 1770014, 1770019, 1770024, 1770028, 1770029, 1770030, 1770041}
)
_GONE = frozenset({1770002, 1770003, 1061003, 1061007, 1063005, 131005})
#: Of size: of a document, of one of its parts, of a file.
_TOO_LARGE = frozenset({1770004, 1770005, 1770007, 1770010, 1770011, 1770033, 1770034, 1770035})
_FILE_TOO_LARGE = frozenset({1061043, 1770008})
_CONTENT = frozenset({1061109, 1061113})
#: What a person who signed in has to do once more: the token to renew it is wrong, expired,
#: withdrawn, used, or of another app.
SIGNED_OUT = frozenset({20024, 20026, 20037, 20064, 20073})
#: The app itself is not accepted.
OF_APP = frozenset({10003, 10014, 10015, 20002, 20048, 99991543})
_NOT_GRANTED = frozenset({99991676, 99991679})
_SCOPE = 99991672

#: How the app comes to a place, where it does not stand for a person.
_AS_APP = (
    "Add a bot to the app, put it into a group and share the place with this group (may manage it),"
    " or set as_user = true and: guidang sign-in {name}; then “guidang retry”."
)
_AS_USER = "Ask its owner for the right to edit there, or name another place; then “guidang retry”."

#: What each code means for its user: an error's code, its sentence, and what to do.
_WORDS: tuple[tuple[frozenset[int], tuple[str, str, str]], ...] = (
    (
        OF_APP,
        (
            "app-refused",
            "{title} does not accept the app: app_id or its secret is wrong.",
            "See both at {console}; app_id is a setting, the secret: guidang secret set {secret}",
        ),
    ),
    (
        frozenset({99991662}),
        (
            "app-disabled",
            "{title} says that the app is switched off.",
            "Have an administrator switch it on ({console}), then “guidang retry”.",
        ),
    ),
    (
        frozenset({99991673}),
        (
            "app-not-installed",
            "{title} says that the app is not installed in this organisation.",
            "Publish a version of it and have it approved ({console}), then “guidang retry”.",
        ),
    ),
    (
        frozenset({99991401}),
        (
            "address-not-allowed",
            "The app takes no calls from the internet address of this machine.",
            "Add it to the app's list of trusted addresses ({console}/safe), then “guidang retry”.",
        ),
    ),
    (
        frozenset({99991403}),
        (
            "quota-used-up",
            "The calls that {title} allows your organisation in a month are used up.",
            "Wait for the next month or have more allowed, then “guidang retry”.",
        ),
    ),
    (
        frozenset({20074}),
        (
            "sign-in-not-renewable",
            "The app does not let anybody stay signed in.",
            "Switch on the renewal of user tokens ({console}/safe), then: guidang sign-in {name}",
        ),
    ),
    (
        frozenset({1061061, 1061101}),
        (
            "space-full",
            "The storage of {title} is full.",
            "Make room there, then “guidang retry”.",
        ),
    ),
    (
        frozenset({1062507, 131003}),
        (
            "place-full",
            "The folder or wiki takes no more: {title} allows 1,500 in a folder, 2,000 in a node.",
            "Name another for this backend, then “guidang retry”.",
        ),
    ),
    (
        _CONTENT,
        (
            "content-refused",
            "{title} does not take the note: its check of content objects.",
            "Leave out what it may object to.",
        ),
    ),
    (
        _GONE,
        (
            "place-missing",
            "What the note belongs to is not there at {title}: it was deleted or never was.",
            "See folder, wiki and wiki_parent of this backend, then “guidang retry”.",
        ),
    ),
    (
        frozenset({1770039}),
        (
            "folder-unknown",
            "{title} knows no such folder.",
            "See the folder of this backend: the last part of its address; then “guidang retry”.",
        ),
    ),
    (
        frozenset({131007}),
        (
            "wiki-failed",
            "The wiki of {title} has a fault of its own, and asks not to be asked again.",
            "See whether the wiki can be used, then “guidang retry”.",
        ),
    ),
    (
        frozenset({1254040, 1254041}),
        (
            "table-missing",
            "{title} knows no such Base.",
            "See “base” of this backend, the token in the address of a Base.",
        ),
    ),
    (
        _TOO_LARGE,
        (
            "note-too-large",
            "The note is too large for {title} ({told}).",
            "Archive a selection of the page.",
        ),
    ),
    (
        _FILE_TOO_LARGE,
        (
            "file-too-large",
            "A file of the note is too large for {title}.",
            "Save it by hand.",
        ),
    ),
    (
        _STRUCTURE,
        (
            "form-refused",
            "{title} does not take the note in this form ({told}).",
            "This is a fault of Guidang: please report it, with this sentence.",
        ),
    ),
    (
        frozenset({1063001, 1063003, 1063004}),
        (
            "share-refused",
            "{title} does not share the note as share_with says ({told}).",
            "See share_with of this backend, and who may share in your organisation.",
        ),
    ),
)
#: Where one is not allowed to write, by whether it is the app or a person who is not.
_FORBIDDEN: tuple[tuple[frozenset[int], tuple[str, str, str]], ...] = (
    (
        frozenset({1770032}),
        ("document-not-shared", "{title} does not let {who} edit the document.", "{how}"),
    ),
    (
        frozenset({1770040}),
        ("folder-not-shared", "{title} does not let {who} write into the folder.", "{how}"),
    ),
    (
        frozenset({131006}),
        ("wiki-not-shared", "{title} does not let {who} write into the wiki.", "{how}"),
    ),
    (
        frozenset({1061004, 1062501, 1063002, 91403, 1254302}),
        ("place-not-shared", "{title} does not let {who} do this in this place.", "{how}"),
    ),
)
_BY_CODE = {code: words for codes, words in _WORDS + _FORBIDDEN for code in codes}


def of_answer(said: Said, access: Access) -> DeliveryError | LimitError | StaleError:
    """What an answer that is no success means."""
    if said.code in LIMITS or (said.status == 429 and said.code not in _BY_CODE):
        return LimitError(said.rest)
    if said.code in STALE:
        return StaleError()
    return _passing(said, access) or (
        signed_out(access) if said.code in SIGNED_OUT else refused(said, access)
    )


def _passing(said: Said, access: Access) -> PassingError | None:
    """The error of an answer after which it may work in a moment."""
    if said.code in _BUSY:
        return busy(access)
    if said.code in _DAMAGED:
        return damaged(access)
    if said.code in _FAILED or (said.status >= 500 and said.code not in _BY_CODE):
        return failed(access, _told(said))
    return None


def refused(said: Said, access: Access) -> RefusedError:
    """A refusal, in words of its own where its user can do something about it."""
    if said.code == _SCOPE:
        return _of_scope(said, access)
    if said.code in _NOT_GRANTED:
        return _of_grant(said, access)
    code, message, hint = _filled(_BY_CODE.get(said.code, _OTHER), said, access)
    return RefusedError(code, message, hint, code_of_service=said.code, words=said.words)


_OTHER = (
    "note-refused",
    "{title} does not take the note ({told}).",
    "See the settings of this backend; if they are right, please report it, with this sentence.",
)


def _filled(words: tuple[str, str, str], said: Said, access: Access) -> tuple[str, str, str]:
    code, message, hint = words
    how = _AS_USER if access.as_user else _AS_APP
    given = {
        "title": access.title,
        "who": access.who,
        "told": _told(said),
        "name": access.name,
        "secret": access.secret,
        "console": access.console,
    }
    return code, message.format_map(given), hint.replace("{how}", how).format_map(given)


def _told(said: Said) -> str:
    """What an answer says of itself, so that it can be looked up."""
    words = f"“{said.words}”, " if said.words else ""
    what = f"code {said.code}" if said.code else f"status {said.status}"
    return words + what + (f", log id {said.log}" if said.log else "")


def _of_scope(said: Said, access: Access) -> RefusedError:
    scopes = _named(said, otherwise=f"that it asks for ({_told(said)})")
    return RefusedError(
        "scope-missing",
        f"The app lacks the scope {scopes} at {access.title}.",
        f"Add it ({said.help or access.console + '/auth'}), publish a version of the app, then"
        " “guidang retry”.",
        code_of_service=said.code,
        words=said.words,
    )


def _of_grant(said: Said, access: Access) -> RefusedError:
    scopes = _named(said, otherwise=f"what is needed ({_told(said)})")
    return RefusedError(
        "scope-not-granted",
        f"The person who signed in to {access.title} has not granted {scopes}.",
        f"Sign in once more: guidang sign-in {access.name}; then “guidang retry”.",
        code_of_service=said.code,
        words=said.words,
    )


def _named(said: Said, *, otherwise: str) -> str:
    """The scopes of which one would do."""
    return " or ".join(f"“{scope}”" for scope in said.scopes) or otherwise


def app_secret_missing(access: Access) -> DeliveryRejected:
    return DeliveryRejected(
        "app-secret-missing",
        f"{access.title} needs the secret of the app, and none is kept here.",
        f"Copy it from {access.console}, then: guidang secret set {access.secret}",
    )


def app_token_refused(access: Access) -> DeliveryRejected:
    return DeliveryRejected(
        "app-token-refused",
        f"{access.title} does not accept the token that it has just given to the app.",
        f"See the state of the app at {access.console}, then “guidang retry”.",
    )


def signed_out(access: Access) -> SignedOutError:
    return SignedOutError(
        "sign-in-needed",
        f"Nobody is signed in to {access.title} any longer: it has expired, or was withdrawn.",
        f"Sign in: guidang sign-in {access.name}; then “guidang retry”.",
    )


def unreachable(access: Access) -> PassingError:
    return PassingError(
        "feishu-unreachable",
        f"{access.title} cannot be reached.",
        "See whether the network is there; it is tried again by itself.",
    )


def broken_off(access: Access) -> LostAnswerError:
    return LostAnswerError(
        "feishu-unreachable",
        f"{access.title} did not answer.",
        "See whether the network is there; it is tried again by itself.",
    )


def busy(access: Access) -> PassingError:
    return PassingError(
        "feishu-busy",
        f"{access.title} is at work in the same place, again and again.",
        "It is tried again by itself.",
    )


def failed(access: Access, why: str) -> LostAnswerError:
    return LostAnswerError(
        "feishu-failed",
        f"{access.title} has a fault of its own ({why}).",
        "It is tried again by itself.",
    )


def damaged(access: Access) -> PassingError:
    return PassingError(
        "file-damaged",
        f"{access.title} did not get a file as it was sent.",
        "It is tried again by itself; a proxy may stand between.",
    )


def not_understood(access: Access) -> LostAnswerError:
    return LostAnswerError(
        "feishu-not-understood",
        f"What answers at {access.api} is not the API of Feishu.",
        "A network may want you to sign in; else look at the setting api of this backend.",
    )


def limited(access: Access, rest: float) -> DeliveryDeferred:
    return DeliveryDeferred(
        "rate-limited",
        f"{access.title} was asked too much for now.",
        "It goes on by itself as soon as it may.",
        retry_after=rest,
    )


def leads_elsewhere(access: Access, host: str, *, for_good: bool) -> DeliveryError:
    error = DeliveryRejected(
        "feishu-elsewhere",
        f"{access.title} leads to another address ({quoted(host, '') or 'none'}), which gets"
        " nothing.",
        "A network may want you to sign in; else look at the setting api of this backend.",
    )
    return error if for_good else DeliveryDeferred(error.code, error.message, error.hint)


def not_one_at_a_time(access: Access) -> DeliveryDeferred:
    return DeliveryDeferred(
        "sign-in-busy",
        f"Another Guidang has been renewing the sign-in to {access.title} for too long.",
        "It is tried again by itself; stop the other if it hangs.",
    )


def state_not_writable(access: Access, why: str) -> DeliveryDeferred:
    return DeliveryDeferred(
        "storage-failed",
        f"The sign-in to {access.title} cannot be renewed: the daemon's folder takes no file"
        f" ({why}).",
        "Make room, or make the folder writable; it is tried again by itself.",
    )


def too_large(access: Access) -> DeliveryRejected:
    return DeliveryRejected(
        "note-too-large",
        f"The note is longer than any document of {access.title}: it has over 10 million"
        " characters.",
        "Archive a selection of the page.",
    )


def edited(access: Access) -> DeliveryDeferred:
    return DeliveryDeferred(
        "document-edited",
        f"Somebody edited or deleted the document at {access.title} before all of the note was in.",
        "It is tried again by itself, in a new document.",
    )


def not_shared(access: Access, member: str, error: DeliveryError) -> Fault:
    """The note is there all the same."""
    return Fault(
        "note-not-shared",
        f"The note is stored, and could not be shared with {member}: {error.message}",
        f"Until you do, the app alone has it. {error.hint}",
    )


def not_listed(error: DeliveryError) -> Fault:
    """The note is there all the same."""
    return Fault(
        "note-not-listed",
        f"The note is stored, and has no row in the table: {error.message}",
        error.hint,
    )


#: Of an image that the service takes in no call.
IMAGE_TOO_LARGE = Fault(
    "image-refused-by-service",
    "Feishu takes no image of more than 20 MB.",
    "Its link stays; save it by hand.",
)
