-- What makes our own statements quick on procrastinate's table; each holds on its own, none is needed to be right.
CREATE INDEX coderev_job_of_lock ON procrastinate_jobs (lock, priority DESC, id)
    WHERE status IN ('todo', 'doing');
CREATE INDEX coderev_job_of_repository ON procrastinate_jobs ((args ->> 'repository'), priority)
    WHERE status <> 'cancelled';
CREATE INDEX coderev_job_turn ON procrastinate_jobs (priority)
    WHERE status IN ('doing', 'succeeded', 'failed', 'aborted');
CREATE INDEX coderev_job_dead ON procrastinate_jobs (id) WHERE status = 'failed';
