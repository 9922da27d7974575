-- Who devices hear, and what is plugged into what.

ALTER TABLE devices ADD COLUMN neighbours_at timestamptz;

-- What each device says of its surroundings, decoded: the classifier's own words.
CREATE TABLE surroundings (
    device_id bigint PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    heard text NOT NULL
);

-- Links from when to when; valid_to is NULL while there is one. By names, as these outlive numbers; an if_name is empty
-- where it is not known which port it is.
CREATE TABLE links (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    a_device text NOT NULL,
    a_if_name text NOT NULL,
    b_device text NOT NULL,
    b_if_name text NOT NULL,
    protocol text NOT NULL,
    confidence double precision NOT NULL,
    state text NOT NULL,
    state_since timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    missed bigint NOT NULL,
    details text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz
);
CREATE UNIQUE INDEX links_open ON links (a_device, a_if_name, b_device, b_if_name) WHERE valid_to IS NULL;
CREATE INDEX links_b ON links (b_device);
CREATE INDEX links_ended ON links (valid_to) WHERE valid_to IS NOT NULL;
