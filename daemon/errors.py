"""Every error the daemon tells a person about.

    DaemonError
      + SettingsError        the settings or the keychain need a person
        - TemplateError      a template cannot be used
      + ProtocolError        a request was not understood
        - UnknownError       it names something that is not there
      + StorageError         the daemon's own state could not be written
      + LostError            a text that was on disk is gone or damaged
      + ExtractionError      a page could not be turned into an article
        - LimitError           a call to a worker broke its limits, in whatever part of it
      + ImageError           an image stays a link; never fatal
      + SnapshotError        no snapshot beside the note; never fatal
      + SummaryError         no summary; never fatal
      + DeliveryError
        - DeliveryDeferred   it may work later
        - DeliveryRejected   it will not work until a person changes something

Codes are kebab-case, listed in PROTOCOL.md and never used again for something else.
"""

from __future__ import annotations


class DaemonError(Exception):
    """An expected failure: a stable *code*, one sentence, and a *hint* what to do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[DaemonError], tuple[str, str, str]]:
        # An exception is pickled by its arguments, which here are only the sentence;
        # worker processes send whole errors home.
        return type(self), (self.code, self.message, self.hint)


class SettingsError(DaemonError):
    """The settings or the keychain need a person."""


class TemplateError(SettingsError):
    """A template is not there, is not valid, or failed."""


class ProtocolError(DaemonError):
    """A request was not understood."""


class UnknownError(ProtocolError):
    """A request names a capture, delivery or route that is not there."""


class StorageError(DaemonError):
    """The daemon's own state could not be written."""


class LostError(DaemonError):
    """A text that was on disk is gone or damaged."""


class ExtractionError(DaemonError):
    """A page could not be turned into an article."""


class LimitError(ExtractionError):
    """A call to a worker took too much time or memory; in what part of it, is not known."""


class ImageError(DaemonError):
    """An image could not be saved; the note goes out with its link."""


class SnapshotError(DaemonError):
    """No snapshot could be made; the note is stored without it."""


class SummaryError(DaemonError):
    """No summary could be written; the note goes out without it.

    A *temporary* one is worth trying again, *retry_after* seconds later where the service says so.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        temporary: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, message, hint)
        self.temporary = temporary
        self.retry_after = retry_after


class DeliveryError(DaemonError):
    """A backend did not store the note."""


class DeliveryDeferred(DeliveryError):
    """It may work later; *retry_after* is the backend's own wish in seconds."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(code, message, hint)
        self.retry_after = retry_after


class DeliveryRejected(DeliveryError):
    """It will not work until a person changes something."""


def summary_failed(bug: Exception) -> SummaryError:
    """*bug* is whatever a summarizer should not have raised."""
    return SummaryError(
        "summary-failed",
        f"The summary could not be written ({type(bug).__name__}).",
        "The daemon's log has the details.",
    )


def image_unknown() -> ImageError:
    return ImageError(
        "image-unknown", "It is no image of a kind that browsers show.", "Its link stays."
    )


def image_too_large(largest: int) -> ImageError:
    """*largest* is in bytes."""
    return ImageError(
        "image-too-large",
        f"The image is larger than {largest / 1_000_000:g} MB.",
        "Raise images.largest_mb and archive the page again.",
    )
