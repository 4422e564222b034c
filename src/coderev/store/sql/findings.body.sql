-- A whole finding.
SELECT number, tenant, sealed_body AS sealed FROM finding WHERE review_id = %(review)s AND number = %(number)s
