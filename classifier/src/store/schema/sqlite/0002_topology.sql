-- Who devices hear, and what is plugged into what.

ALTER TABLE devices ADD COLUMN neighbours_at INTEGER;

-- What each device says of its surroundings, decoded: the classifier's own words.
CREATE TABLE surroundings (
    device_id INTEGER PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    heard TEXT NOT NULL
);

-- Links from when to when; valid_to is NULL while there is one. By names, as these outlive numbers; an if_name is empty
-- where it is not known which port it is.
CREATE TABLE links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    a_device TEXT NOT NULL,
    a_if_name TEXT NOT NULL,
    b_device TEXT NOT NULL,
    b_if_name TEXT NOT NULL,
    protocol TEXT NOT NULL,
    confidence REAL NOT NULL,
    state TEXT NOT NULL,
    state_since INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    details TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER
);
CREATE UNIQUE INDEX links_open ON links (a_device, a_if_name, b_device, b_if_name) WHERE valid_to IS NULL;
CREATE INDEX links_b ON links (b_device);
CREATE INDEX links_ended ON links (valid_to) WHERE valid_to IS NOT NULL;
