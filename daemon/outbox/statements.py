"""What the outbox asks of SQLite: each change of a state names the state that it expects."""

from __future__ import annotations

ACCEPT = """
INSERT INTO capture
(id, url, title, plan, state, accepted_at, captured_at, interface_language,
    has_draft, has_note, summary, updates, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
# After rows were lost, the notes that have newer versions come first, whatever the clock did.
TO_READ = """
SELECT * FROM capture INDEXED BY capture_to_read
WHERE (state = 'accepted' OR (state = 'draft' AND NOT has_draft)) AND NOT EXISTS (
    SELECT 1 FROM capture AS older
    WHERE older.id = coalesce(capture.remakes, capture.updates) AND older.state = 'accepted'
)
ORDER BY accepted_at LIMIT ?
"""
TO_INDEX = "SELECT id FROM capture WHERE to_index ORDER BY accepted_at LIMIT ?"
DRAFTS = "SELECT id FROM capture WHERE state = 'draft' AND has_draft"
ACCEPTED = "SELECT id FROM capture WHERE state = 'accepted' AND NOT has_note"
NOTED = "UPDATE capture SET has_note = 1 WHERE id = ?"
# Where the end of the log was damaged, SQLite has dropped it, and with it what was last saved.
DOUBTED = "UPDATE delivery SET lost = 1 WHERE state IN ('waiting', 'sending')"
READ_AGAIN = "UPDATE capture SET has_draft = 0 WHERE id = ?"
# The one before may have gone, with all its files; and a file that was written just before the end
# may name one that has another newer version by now.
REMAKES = """
UPDATE OR IGNORE capture SET remakes = (SELECT id FROM capture WHERE id = ?) WHERE id = ?
"""
DRAFTED = "UPDATE capture SET has_draft = 1, title = ? WHERE id = ?"
EDIT = "UPDATE capture SET title = ?, summary = ? WHERE id = ? AND state = 'draft'"
SEND_OFF = """
UPDATE capture SET state = 'accepted', plan = coalesce(?, plan), updates = coalesce(?, updates),
    error = NULL, has_note = 0
WHERE id = ? AND state IN ('draft', 'failed')
"""
FAIL = "UPDATE capture SET state = 'failed', error = ? WHERE id = ? AND state != 'archived'"
ARCHIVED = """
UPDATE capture SET state = 'archived', title = ?, warning = ?, lacks_summary = ?, summary_due = ?,
    summary_set_at = ?, to_index = 1
WHERE id = ? AND state = 'accepted'
"""
# The newest of the versions that began with this capture.
NEWEST = """
WITH RECURSIVE version (id) AS (
    SELECT ? UNION SELECT capture.id FROM capture JOIN version ON remakes = version.id
)
SELECT id FROM version
"""
VERSIONS = """
SELECT rowid, id, remakes FROM capture WHERE remakes IS NOT NULL AND rowid > ?
ORDER BY rowid LIMIT ?
"""
REMADE = "SELECT remakes FROM capture WHERE id = ? AND remakes IS NOT NULL"
IN_STATE = """
SELECT DISTINCT capture FROM delivery WHERE state = ?1 AND (?2 IS NULL OR backend = ?2)
"""
ADD_REMADE = """
INSERT INTO capture
(id, url, title, plan, state, accepted_at, captured_at, interface_language, summary, remakes)
SELECT ?, url, ?, plan, 'accepted', ?, captured_at, interface_language, summary, id
FROM capture WHERE id = ?
ON CONFLICT (id) DO NOTHING
"""
LACKS = """
UPDATE capture SET summary_due = ?, summary_set_at = ?, summary_asked = summary_asked + 1
WHERE id = ?
"""
# A clock that was set back lets none wait for as long, as in DUE.
LACKING = """
SELECT id, summary_asked, accepted_at FROM capture
WHERE summary_due IS NOT NULL AND (summary_due <= ?1 OR summary_set_at > ?1)
ORDER BY summary_due LIMIT 1
"""
NEXT_LACKING = "SELECT min(summary_due) FROM capture WHERE summary_due IS NOT NULL"
COMPLETED = "UPDATE capture SET summary_due = NULL WHERE id = ?"
# An update that its backend refused left the note before it where that was.
RECEIPT = """
WITH RECURSIVE place (id, steps) AS (
    SELECT ?1, 0 UNION
    SELECT remakes, steps + 1 FROM place JOIN capture USING (id)
    WHERE updates IS NOT NULL AND remakes IS NOT NULL
)
SELECT receipt FROM place JOIN delivery ON capture = place.id
WHERE backend = ?2 AND receipt IS NOT NULL ORDER BY steps LIMIT 1
"""
INDEXED = "UPDATE capture SET to_index = 0 WHERE id = ?"
ENQUEUE = """
INSERT INTO delivery
(id, capture, backend, lost, state, enqueued_at, due_at, set_at, asked_at, address)
SELECT ?1 || '.' || ?2, ?1, ?2, has_note, 'waiting', ?3, ?3, ?3, ?3, coalesce(before.address, ?4)
FROM capture LEFT JOIN delivery AS before ON before.id = remakes || '.' || ?2
WHERE capture.id = ?1
"""
TO_SEND = "SELECT DISTINCT backend FROM delivery WHERE state IN ('waiting', 'sending')"
# The first by its row: a backend's notes keep their order, whatever the clock did. What is still
# "sending" there could not be settled, and is asked for again. A clock that shows a time before
# the one at which due_at was set has been set back, and would let it wait for as long.
# A note waits for the one before of the same page, whose place it may take.
DUE = """
SELECT * FROM delivery INDEXED BY delivery_to_send
WHERE state IN ('waiting', 'sending') AND backend = ?1 AND (due_at <= ?2 OR set_at > ?2)
    AND NOT EXISTS (
        SELECT 1 FROM delivery AS older INDEXED BY delivery_by_address
        WHERE older.state IN ('waiting', 'sending') AND older.backend = ?1
            AND older.address = delivery.address AND older.rowid < delivery.rowid
    )
ORDER BY rowid LIMIT 1
"""
CLAIM = """
UPDATE delivery SET state = 'sending', attempts = attempts + 1
WHERE id = ? AND state IN ('waiting', 'sending')
"""
SAVE_PROGRESS = "UPDATE delivery SET progress = ? WHERE id = ? AND state = 'sending'"
SETTLE = """
UPDATE delivery SET state = 'delivered', receipt = ?, settled_at = ?, error = NULL, to_place = 1
WHERE id = ? AND state = 'sending'
"""
DEFER = """
UPDATE delivery SET state = 'waiting', error = ?, due_at = ?, set_at = ?
WHERE id = ? AND state = 'sending'
"""
# A backend that names a time means all that would come to it.
HOLD_BACK = """
UPDATE delivery SET due_at = max(due_at, ?1), set_at = ?2
WHERE state = 'waiting' AND backend = (SELECT backend FROM delivery WHERE id = ?3)
"""
REJECT = "UPDATE delivery SET state = 'rejected', error = ? WHERE id = ? AND state = 'sending'"
# The pauses begin anew, as do the days after which it is given up.
RETRY = """
UPDATE delivery SET state = 'waiting', attempts = 0, due_at = ?1, set_at = ?1, asked_at = ?1
WHERE id = ?2 AND state IN ('waiting', 'rejected')
"""
DELIVERED = """
SELECT rowid, * FROM delivery WHERE state = 'delivered' AND rowid > ? ORDER BY rowid LIMIT ?
"""
TO_PLACE = "SELECT rowid, * FROM delivery WHERE to_place LIMIT ?"
UNPLACED = """
SELECT receipt, captured_at FROM delivery JOIN capture ON capture.id = capture
WHERE to_place AND backend = ? AND address = ? ORDER BY delivery.rowid DESC
"""
PLACED = "UPDATE delivery SET to_place = 0 WHERE id = ?"
FORGET_TEXTS = "UPDATE capture SET has_texts = 0, has_draft = 0 WHERE id = ?"
RESTART = "UPDATE delivery SET state = 'waiting' WHERE state = 'sending'"
NEXT_DUE = "SELECT min(due_at) FROM delivery WHERE state = 'waiting' AND due_at > ?"
NEWEST_BEFORE = "SELECT max(accepted_at) FROM capture WHERE accepted_at <= ?"
# The oldest first.
SETTLED_BEFORE = """
SELECT id FROM capture
WHERE state = 'archived' AND has_texts AND NOT to_index AND accepted_at < ? AND NOT EXISTS (
    SELECT 1 FROM delivery WHERE capture = capture.id AND state != 'delivered'
)
ORDER BY accepted_at, rowid
"""
PAGE = """
SELECT * FROM capture WHERE (?1 IS NULL OR state = ?1) AND (
    ?2 IS NULL OR (accepted_at, id) < (SELECT accepted_at, id FROM capture WHERE id = ?2)
)
ORDER BY accepted_at DESC, id DESC LIMIT ?3
"""
UNSETTLED = """
SELECT * FROM capture
WHERE state IN ('draft', 'accepted', 'failed') OR id IN (
    SELECT capture FROM delivery WHERE state IN ('waiting', 'sending', 'rejected')
)
ORDER BY accepted_at DESC
"""
