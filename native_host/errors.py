"""Every error of the native host; the codes stand in PROTOCOL.md beside the daemon's.

    HostError
      + FrameError           frame-invalid: a frame was not understood
        - FrameTooLargeError frame-too-large: nor can the next one be found
      + UnreachableError     daemon-unreachable: it could not be started or reached
        - AbsentError        nobody listens: starting a daemon may help
      + LostError            daemon-lost: the connection broke before the answer was complete
      + InstallError         a person has to change something before install can work

The native host imports nothing of the daemon, so it has a tree of its own.
"""

from __future__ import annotations


class HostError(Exception):
    """An expected failure: a stable *code*, one sentence, and a *hint* what to do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class FrameError(HostError):
    """A frame was not understood; *request* is the id that it names, if one could be read."""

    def __init__(
        self,
        message: str,
        hint: str = "Update the extension and Guidang to the same version.",
        *,
        code: str = "frame-invalid",
        request: str | None = None,
    ) -> None:
        super().__init__(code, message, hint)
        self.request = request


class FrameTooLargeError(FrameError):
    """A frame is longer than its direction allows."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "Send the body in pieces.", code="frame-too-large")


class UnreachableError(HostError):
    """The daemon could not be started or reached."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__("daemon-unreachable", message, hint)


class AbsentError(UnreachableError):
    """Nobody listens at the daemon's address."""

    def __init__(self) -> None:
        super().__init__("No daemon is running.", "Start it with `guidang serve`.")


class LostError(HostError):
    """The connection broke before the answer was complete."""

    def __init__(self, message: str) -> None:
        super().__init__("daemon-lost", message, "Try again; `guidang doctor` finds what is wrong.")


class InstallError(HostError):
    """A person has to change something before the native host can be installed."""
