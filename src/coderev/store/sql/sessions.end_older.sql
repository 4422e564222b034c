-- Sessions end that lasted too long or were idle too long.
DELETE FROM session WHERE created < %(created_before)s OR seen < %(seen_before)s
