"""The notes that a person took out of the library.

They stand here because the library can be made anew, and would find the notes again where they lie.
"""

from __future__ import annotations

from ..database import Database, query, transaction

ADD = "INSERT OR IGNORE INTO removed VALUES (?)"
TAKE_BACK = "DELETE FROM removed WHERE note = ?"
ALL = "SELECT note FROM removed ORDER BY note"


class Removals:
    """Each by the id with which the library took it out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @transaction
    def add(self, id: str) -> None:
        """Note *id* was taken out."""
        self._database.connection.execute(ADD, (id,))

    @transaction
    def take_back(self, id: str) -> None:
        """Note *id* was put back."""
        self._database.connection.execute(TAKE_BACK, (id,))

    @query
    def all(self) -> list[str]:
        return [row["note"] for row in self._database.connection.execute(ALL)]
