"""What services were paid for, day by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ..database import Database, passing, query
from ..model import Spent

SPENT = "SELECT tokens, cost FROM spent WHERE day = ?"
ADD = """
INSERT INTO spent (day, tokens, cost) VALUES (?, ?, ?)
ON CONFLICT (day) DO UPDATE SET tokens = tokens + excluded.tokens, cost = cost + excluded.cost
"""


class Ledger:
    """The days are those of this machine's calendar."""

    def __init__(self, database: Database, today: Callable[[], date] = date.today) -> None:
        self._database = database
        self._today = today
        self.promised: list[Spent] = []  #: what is not written down (yet)

    @query
    def spent(self) -> Spent:
        """What was spent today."""
        row = self._database.connection.execute(SPENT, (self._today().isoformat(),)).fetchone()
        return Spent(*row) if row else Spent()

    @passing
    def add(self, spent: Spent) -> None:
        """Add to what was spent today."""
        values = (self._today().isoformat(), spent.tokens, spent.cost)
        self._database.connection.execute(ADD, values)
