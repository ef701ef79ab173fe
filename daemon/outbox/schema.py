"""The tables of outbox.sqlite, version by version."""

from __future__ import annotations

# What has been published never changes: a new version is a new script.
VERSION_1 = """
CREATE TABLE IF NOT EXISTS capture (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    plan TEXT,
    state TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    interface_language TEXT,
    has_draft INTEGER NOT NULL DEFAULT 0,
    has_texts INTEGER NOT NULL DEFAULT 1,
    summary TEXT,
    error BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS capture_by_state ON capture (state);
CREATE TABLE IF NOT EXISTS delivery (
    id TEXT PRIMARY KEY,
    capture TEXT NOT NULL REFERENCES capture,
    backend TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    enqueued_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    progress BLOB,
    receipt BLOB,
    error BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_by_state ON delivery (state, due_at);
CREATE INDEX IF NOT EXISTS delivery_by_capture ON delivery (capture);
"""
# warning: what the note lacks. lacks_summary: no summary could be written. summary_due: when it is
# tried again. remakes: the capture of which it is a newer version. to_index: the library has not
# been told of the note. has_note: it was made before the rows were lost, and is sent as it is.
# set_at: when due_at was set. asked_at: since when it is tried, without end in sight. lost: an
# earlier attempt may have stored it, and nobody knows how far it came. to_place: the library has
# not been told where it is. spent: what services of summaries took.
# The indexes serve the questions that are asked with each capture and each delivery.
VERSION_2 = """
ALTER TABLE capture ADD COLUMN warning BLOB;
ALTER TABLE capture ADD COLUMN remakes TEXT REFERENCES capture;
CREATE UNIQUE INDEX capture_by_remade ON capture (remakes);
ALTER TABLE capture ADD COLUMN to_index INTEGER NOT NULL DEFAULT 0;
ALTER TABLE capture ADD COLUMN has_note INTEGER NOT NULL DEFAULT 0;
CREATE INDEX capture_to_read ON capture (accepted_at)
    WHERE state = 'accepted' OR (state = 'draft' AND NOT has_draft);
CREATE INDEX capture_to_index ON capture (accepted_at) WHERE to_index;
ALTER TABLE capture ADD COLUMN lacks_summary INTEGER NOT NULL DEFAULT 0;
ALTER TABLE capture ADD COLUMN summary_due TEXT;
ALTER TABLE capture ADD COLUMN summary_asked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX capture_lacking ON capture (summary_due) WHERE summary_due IS NOT NULL;
ALTER TABLE delivery ADD COLUMN set_at TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN asked_at TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN settled_at TEXT;
ALTER TABLE delivery ADD COLUMN to_place INTEGER NOT NULL DEFAULT 0;
UPDATE delivery SET set_at = enqueued_at, asked_at = enqueued_at;
CREATE TABLE spent (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL, cost REAL NOT NULL) STRICT;
CREATE INDEX delivery_to_place ON delivery (capture) WHERE to_place;
CREATE INDEX delivery_to_send ON delivery (backend) WHERE state IN ('waiting', 'sending');
"""
# address: of the page that a delivery's note is of; a newer version has that of the one before.
# summary_set_at: when summary_due was set.
VERSION_3 = """
ALTER TABLE delivery ADD COLUMN address TEXT NOT NULL DEFAULT '';
UPDATE delivery SET address = (
    SELECT substr(url, 1, instr(url || '#', '#') - 1) FROM capture WHERE id = delivery.capture
);
ALTER TABLE capture ADD COLUMN summary_set_at TEXT NOT NULL DEFAULT '';
CREATE INDEX capture_by_moment ON capture (accepted_at, id);
CREATE INDEX delivery_by_address ON delivery (backend, address)
    WHERE state IN ('waiting', 'sending');
"""
# removed: the notes that a person took out of the library. updates: the note of which a person
# wants the capture to become the new version.
VERSION_4 = """
CREATE TABLE removed (note TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
ALTER TABLE capture ADD COLUMN updates TEXT;
"""
MIGRATIONS = (VERSION_1, VERSION_2, VERSION_3, VERSION_4)
