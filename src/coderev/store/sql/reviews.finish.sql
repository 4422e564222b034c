-- A review has its result, unless it was cancelled meanwhile.
UPDATE review
SET
    state = 'done', stage = '', ended = %(at)s, verdict = %(verdict)s, findings_new = %(new)s,
    findings_all = %(all)s, sealed_result = %(sealed_result)s, sealed_diff = %(sealed_diff)s,
    sealed_record = %(sealed_record)s
WHERE id = %(id)s AND state = 'running'
