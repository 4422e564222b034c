-- What a repository is called now. What is told late changes nothing.
UPDATE repository SET path = %(path)s, seen = %(at)s WHERE id = %(id)s AND seen < %(at)s
