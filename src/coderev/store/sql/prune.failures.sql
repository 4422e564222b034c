-- Places from where no wrong token came since before.
DELETE FROM failed_entry WHERE source IN (SELECT source FROM failed_entry WHERE latest < %(before)s LIMIT %(most)s)
