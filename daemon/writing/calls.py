"""One answer of a model: allowed, asked for, paid, and gone on with where it was cut."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from msgspec import Struct

from ..errors import SummaryError
from ..model import Anew
from .model import Model, Prompt, Usage
from .purse import Purse
from .thoughts import Thoughts
from .tokens import estimate

#: Characters of an answer; the longest summary that is asked for has a tenth of it.
LONGEST = 100_000
#: Tokens by which a prompt to go on is longer than the one before, and the answer so far.
_ON = 200
#: Tokens for which it is not worth to go on.
_LEAST = 100
#: Characters that show that an answer begins again.
_BEGINNING = 40
#: Characters at the joint of two answers that may stand in both.
_OVERLAP = 400


class Answer(Struct, frozen=True):
    """What a model answered, whole."""

    text: str
    cut: bool = False  #: it breaks off
    model: str = ""  #: that wrote it, where the service names another than was asked


async def answer(
    model: Model,
    purse: Purse,
    prompt: Prompt,
    on: Callable[[str], Prompt],
    *,
    size: int,
    most: int,
    window: int,
) -> AsyncGenerator[str | Anew | Answer]:
    """The pieces of an answer to *prompt*, which has *size* tokens; the last one is the Answer.

    One that was cut is gone on with once, by the prompt that *on* makes of it, where the *window*
    has room for that.

    Raises:
        SummaryError: As the model does; or a ceiling is reached, or it is far too long.
    """
    begun = Answer("")
    async with aclosing(_once(model, purse, prompt, size, most)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                begun = piece
            else:
                yield piece
    longer = size + estimate(begun.text) + _ON
    most = min(most, window - longer)
    if not begun.cut or not begun.text.strip() or most < _LEAST:
        yield begun
        return
    more = Answer("")
    async with aclosing(_once(model, purse, on(begun.text), longer, most)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                more = piece
            elif isinstance(piece, str):
                yield piece
            else:  # the beginning is not void, but cannot be kept alone on the screen
                yield piece
                yield begun.text
    yield Answer(joint(begun.text, more.text), more.cut, more.model)


def joint(begun: str, rest: str) -> str:
    """The two as one, without what stands at the end of one and the beginning of the other.

    A model may also begin again at the beginning; then it has said all.
    """
    if len(begun) > _BEGINNING and rest.lstrip().startswith(begun.lstrip()[:_BEGINNING]):
        return rest
    longest = min(len(begun), len(rest), _OVERLAP)
    shared = (size for size in range(longest, 3, -1) if begun.endswith(rest[:size]))
    return begun + rest[next(shared, 0) :]


async def _once(
    model: Model, purse: Purse, prompt: Prompt, size: int, most: int
) -> AsyncGenerator[str | Anew | Answer]:
    """One call, paid however it ends; what the service does not tell is estimated."""
    await purse.allow(size, most)
    said, told, usage = "", "", None
    thoughts = Thoughts()
    with purse.promised(size, most):
        try:
            async with aclosing(_open(model, prompt, most)) as pieces:
                async for piece in pieces:
                    match piece:
                        case Usage():
                            usage = piece
                        case Anew():
                            await purse.pay(Usage(size, estimate(said)))
                            said, told, thoughts = "", "", Thoughts()
                            yield piece
                        case str():
                            said += piece
                            _check(said)
                            told += (more := thoughts.without(piece))
                            if more:
                                yield more
        finally:
            if usage or said:  # a call that was refused takes nothing
                await purse.pay(_known(usage or Usage(), size, said))
    usage = usage or Usage()
    yield Answer(told + thoughts.rest(), usage.cut, usage.model)


def _known(usage: Usage, size: int, said: str) -> Usage:
    return Usage(usage.input_tokens or size, usage.output_tokens or estimate(said))


async def _open(model: Model, prompt: Prompt, most: int) -> AsyncGenerator[str | Anew | Usage]:
    """What the model says, as a generator, which can be closed."""
    pieces = model.ask(prompt, most=most)
    try:
        async for piece in pieces:
            yield piece
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


def _check(said: str) -> None:
    if len(said) > LONGEST:
        raise SummaryError(
            "answer-too-long",
            f"The model's answer is longer than {LONGEST:,} characters, which no summary is.",
            "Try again, or choose another model.",
        )
