-- Which keys seal what is here, so that a wrong one is known before anything is read or written with it.

CREATE TABLE sealing_key (
    id text PRIMARY KEY,                          -- of the key; it tells nothing about it
    sealed_canary bytea NOT NULL,                 -- a known text, which that key opens
    since timestamptz NOT NULL,
    lost timestamptz                              -- when a person said that this key is gone
);
