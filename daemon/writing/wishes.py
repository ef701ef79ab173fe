"""What a person may wish of any service's summary."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..settings import NameOrNone

Length = Literal["short", "normal", "long"]
Form = Literal["note", "paragraph", "bullets", "qa"]
_Price = Annotated[float, Meta(ge=0, le=1_000_000)]
_Tokens = Annotated[int, Meta(ge=1, le=1_000_000_000)]
_Cost = Annotated[float, Meta(ge=0, le=1_000_000)]


class Wishes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What any service is asked for; its own settings come beside these."""

    length: Annotated[Length, Meta(description="how long the summary is")] = "normal"
    form: Annotated[Form, Meta(description="the form of its core content")] = "note"
    prompt: Annotated[
        NameOrNone,
        Meta(description="a prompt of your own: a file in the templates folder; empty: none"),
    ] = ""
    language: Annotated[
        Literal["note", "article"], Meta(description="the language that it is written in")
    ] = "note"
    most_tags: Annotated[int, Meta(ge=0, le=50, description="tags at most")] = 5
    input_price: Annotated[
        _Price | None, Meta(description="for a million tokens that are read, in your currency")
    ] = None
    output_price: Annotated[
        _Price | None, Meta(description="for a million tokens that are written")
    ] = None
    note_tokens: Annotated[_Tokens, Meta(description="tokens for one summary at most")] = 2_000_000
    day_tokens: Annotated[_Tokens, Meta(description="tokens for a day at most")] = 5_000_000
    note_cost: Annotated[
        _Cost | None, Meta(description="cost of one summary at most; needs the prices")
    ] = None
    day_cost: Annotated[
        _Cost | None, Meta(description="cost of a day at most; needs the prices")
    ] = None

    def __post_init__(self) -> None:
        """Refuse a ceiling that would never be reached, and a cost that would be a part of it.

        msgspec tells a ValueError like any value that is not valid.
        """
        named = {"input_price": self.input_price, "output_price": self.output_price}
        missing = [name for name, price in named.items() if price is None]
        ceilings = {"note_cost": self.note_cost, "day_cost": self.day_cost}
        given = [name for name, cost in ceilings.items() if cost is not None]
        if given and missing:
            raise ValueError(f"`{given[0]}` needs `{'` and `'.join(missing)}` (0 is free)")
        if len(missing) == 1:
            raise ValueError(f"`{missing[0]}` is needed beside the other price (0 is free)")

    def cost(self, read: int, written: int) -> float | None:
        """What so many tokens cost; None where no price is set."""
        if self.input_price is None or self.output_price is None:
            return None
        return (read * self.input_price + written * self.output_price) / 1_000_000
