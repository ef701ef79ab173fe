"""The settings: one TOML file, typed; its schema comes from these types."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from uuid import uuid4

import msgspec
import platformdirs
import tomlkit
from msgspec import Meta, Struct, field
from tomlkit.exceptions import TOMLKitError

from .decoding import converted
from .errors import SettingsError
from .sites import fits

log = logging.getLogger(__name__)

T = TypeVar("T")

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}(?!\n)$")]
NameOrNone = Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9_-]{0,39})?(?!\n)$")]


#: What the schema says of a setting that names a secret, for a form that takes the secret itself.
SECRET_NAME: dict[str, Any] = {"format": "secret-name"}


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """A named set of backends."""

    backends: Annotated[tuple[Name, ...], Meta(min_length=1)] = ("local",)
    summary: bool = True
    template: NameOrNone = ""  #: of its notes; empty: as for all plans


class Rule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What holds for the pages of a site, unless a person chooses another plan than its own."""

    site: Annotated[
        str,
        Meta(
            pattern=r"^([^\s/?#@*\\:\[\]]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[^\s?#]*)?(?!\n)$",
            max_length=500,
            description="a host, or one with the beginning of a path: example.org/blog",
        ),
    ]
    plan: Annotated[NameOrNone, Meta(description="empty: the default plan")] = ""
    template: Annotated[NameOrNone, Meta(description="empty: as the plan has it")] = ""
    summary: Annotated[
        bool | None, Meta(description="with or without one; missing: as the plan has it")
    ] = None


class Images(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether images are saved with the note."""

    save: bool = True
    download: bool = True  #: what did not come with the capture
    largest_mb: Annotated[float, Meta(ge=0, le=100)] = 10

    @property
    def largest(self) -> int:
        """Bytes of one image."""
        return int(self.largest_mb * 1_000_000)


class Planned(Struct, frozen=True, kw_only=True):
    """What plan and rules make of a capture."""

    plan: str
    backends: tuple[str, ...]
    template: str
    summary: bool


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the user chose; the tables of backends and the summarizer are typed by their kind."""

    language: Literal["auto", "zh-CN", "en"] = "auto"
    plan: Annotated[Name, Meta(description="the plan when none is named")] = "local"
    template: Annotated[Name, Meta(description="the form of notes")] = "classic"
    idle_minutes: Annotated[float, Meta(ge=0.01, le=525_600)] = 30
    keep_captures_days: Annotated[float, Meta(ge=0, le=36_500)] = 30
    keep_captures_mb: Annotated[float, Meta(ge=0, le=100_000_000)] = 2000
    images: Images = Images()
    late_summaries: Annotated[
        bool, Meta(description="a summary that failed for now is added when it succeeds")
    ] = True
    plans: dict[Name, Plan] = field(default_factory=lambda: {"local": Plan()})
    rules: Annotated[
        tuple[Rule, ...], Meta(description="by site; the first that fits a page counts")
    ] = ()
    backends: dict[Name, dict[str, Any]] = field(
        default_factory=lambda: {"local": {"kind": "local"}}
    )
    summarizer: dict[str, Any] = field(default_factory=lambda: {"kind": "extract"})

    @property
    def wished_language(self) -> str | None:
        """The language of all notes; None for that of the browser or the article."""
        return None if self.language == "auto" else self.language

    def kinds_of(self, plan: Plan) -> tuple[str, ...]:
        """The kinds of the backends of *plan*, in their order."""
        return tuple(str(self.backends.get(name, {}).get("kind", name)) for name in plan.backends)

    def plan_named(self, name: str | None) -> Plan:
        """The plan called *name*; the default plan for None.

        Raises:
            SettingsError: There is none of this name.
        """
        try:
            return self.plans[name or self.plan]
        except KeyError:
            raise SettingsError(
                "plan-unknown",
                f"There is no plan called “{name or self.plan}”.",
                f"The plans are: {', '.join(self.plans)}.",
            ) from None

    @property
    def templates(self) -> list[str]:
        """Every note template that is named."""
        of_plans = [plan.template for plan in self.plans.values()]
        of_rules = [rule.template for rule in self.rules]
        return [name for name in dict.fromkeys((self.template, *of_plans, *of_rules)) if name]

    def planned(self, plan: str | None, url: str) -> Planned:
        """What becomes of a capture of the page *url* with the *plan* that was named for it.

        The first rule that fits the page counts, unless it has a plan and another one was named.

        Raises:
            SettingsError: There is no such plan.
        """
        rule = next((rule for rule in self.rules if fits(rule.site, url)), None)
        if rule is None or (plan and rule.plan not in {"", plan}):
            rule = Rule(site="")
        name = plan or rule.plan or self.plan
        chosen = self.plan_named(name)
        return Planned(
            plan=name,
            backends=chosen.backends,
            template=rule.template or chosen.template or self.template,
            summary=chosen.summary if rule.summary is None else rule.summary,
        )


_DEFAULTS: dict[str, Any] = msgspec.to_builtins(Settings())


class Places(Struct, frozen=True):
    """The folders of one instance."""

    settings_file: Path
    state: Path
    archive: Path

    @property
    def templates(self) -> Path:
        """The folder of the user's own note templates."""
        return self.settings_file.parent / "templates"

    @classmethod
    def of(cls, home: str | None) -> Places:
        """All in the folder *home* (GUIDANG_HOME) when given, else the platform's places."""
        if home:
            folder = Path(home).absolute()  # "~" is for the shell: the host takes it as it is
            return cls(folder / "settings.toml", folder, folder / "archive")
        return cls(
            platformdirs.user_config_path("guidang", appauthor=False) / "settings.toml",
            platformdirs.user_state_path("guidang", appauthor=False),
            platformdirs.user_documents_path() / "Guidang",
        )

    @classmethod
    def here(cls) -> Places:
        """The places of this process, from its environment."""
        return cls.of(os.environ.get("GUIDANG_HOME"))


class SettingsFile:
    """The settings in force: those of the file as it was when it was last valid.

    Made as by `load`. Everything here blocks, and may be called from several threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._one_at_a_time = threading.Lock()
        self._seen = _stamp(path)  # as the file was that was read last
        self.current = load(path)
        self.error: SettingsError | None = None  #: why the file is not what is in force

    def look(self) -> bool:
        """Read the file if it was edited; whether other settings are in force now."""
        with self._one_at_a_time:
            # Before it is read: what is written meanwhile is seen by the next look.
            stamp = _stamp(self._path)
            if stamp == self._seen:
                return False
            self._seen = stamp
            return self._taken()

    def change(self, patch: dict[str, Any], *, check: Callable[[Settings], None]) -> None:
        """Change the file as `change` does, and use it from now on."""
        with self._one_at_a_time:
            self.current = change(self._path, patch, check=check)
            self.error = None
            self._seen = ()  # what was edited since is read with the next look

    def _taken(self) -> bool:
        before = self.current
        try:
            # Some editors put it away for a moment; without any the settings would be the default.
            self.current = _typed(_parse(_read(self._path, missing=None), self._path).unwrap())
        except SettingsError as error:
            log.warning("the settings from before stay in force: %s", error.code)
            self.error = error
        else:
            self.error = None
        return self.current != before


def load(path: Path) -> Settings:
    """Read the settings; a missing file is the default settings.

    Raises:
        SettingsError: The file cannot be read, is not TOML, or says something unknown.
    """
    return _typed(_parse(_read(path), path).unwrap())


def change(path: Path, patch: dict[str, Any], *, check: Callable[[Settings], None]) -> Settings:
    """Merge *patch* into the file, keeping its comments; None removes a key.

    *check* raises SettingsError for what these types cannot know.

    Raises:
        SettingsError: The result would not be valid, or the file cannot be written; it is then
            left as it was.
    """
    while True:
        stamp = _stamp(path)
        table = _parse(_read(path), path)
        _patch(table, patch)
        settings = _typed(table.unwrap())
        check(settings)
        if _replace(path, tomlkit.dumps(table), stamp):
            return settings


def typed(kind: type[T], table: dict[str, Any], *, where: str) -> T:
    """*table* as a value of *kind*.

    Raises:
        SettingsError: A field is unknown, missing or of the wrong type.
    """
    try:
        return converted(table, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(
            "settings-invalid", f"The settings of {where} are not valid: {error}.", "Correct them."
        ) from error


def _typed(table: dict[str, Any]) -> Settings:
    """The checked settings; a plan may only name backends that are there, a rule only plans."""
    settings = typed(Settings, table, where="Guidang")
    settings.plan_named(None)
    for name, plan in settings.plans.items():
        _refuse_unknown_backends(name, plan, settings)
    for rule in settings.rules:
        if rule.plan and rule.plan not in settings.plans:
            raise SettingsError(
                "plan-unknown",
                f"The rule for “{rule.site}” names the plan “{rule.plan}”, which is not set up.",
                f"The plans are: {', '.join(settings.plans)}.",
            )
    return settings


def _refuse_unknown_backends(name: str, plan: Plan, settings: Settings) -> None:
    for backend in plan.backends:
        if backend not in settings.backends:
            raise SettingsError(
                "backend-unknown",
                f"The plan “{name}” names the backend “{backend}”, which is not set up.",
                f"Add [backends.{backend}] or take it out of the plan.",
            )


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What is another when the file was written or replaced; None when it is not there."""
    try:
        found = path.stat()
    except OSError:  # whoever reads it is told
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(path: Path, *, missing: str | None = "") -> str:
    """Its text, or *missing* when it is not there and that is allowed."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, FileNotFoundError) and missing is not None:
            return missing
        raise SettingsError(
            "settings-unreadable",
            f"The settings file cannot be read ({type(error).__name__}).",
            f"See {path}.",
        ) from error


def _replace(path: Path, text: str, stamp: tuple[int, ...] | None) -> bool:
    """Write the file so that it is the old one or the new one, also after a power cut.

    False when it is no longer the file of that *stamp*: then somebody has edited it.
    """
    path = path.resolve()  # the user may keep it elsewhere, behind a link
    temporary = path.with_suffix(f".{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if _stamp(path) != stamp:
            temporary.unlink()
            return False
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise SettingsError(
            "settings-not-written",
            f"The settings file cannot be written ({error.strerror}).",
            f"See whether {path.parent} is writable and its disk has room.",
        ) from error
    return True


def _parse(text: str, path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise SettingsError(
            "settings-invalid", f"The settings file is not TOML: {error}.", f"Correct {path}."
        ) from error


def _patch(table: tomlkit.TOMLDocument, patch: dict[str, Any]) -> None:
    for name in patch.keys() - table.keys():
        if isinstance(patch[name], dict):  # it changes what was so by default
            table[name] = _DEFAULTS.get(name, {})
    try:
        _merge(table, patch)
    except TOMLKitError as error:
        raise SettingsError(
            "settings-invalid", f"TOML cannot say this: {error}.", "Leave out what is null."
        ) from error


def _merge(table: Any, patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if value is None:
            table.pop(key, None)
        elif isinstance(value, dict):
            if not isinstance(table.get(key), dict):
                table[key] = {}
            _merge(table[key], value)
        else:
            table[key] = value
