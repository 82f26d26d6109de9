-- name: marks_read
-- One look a second serves every page that is open, so both are ends of indexes.
SELECT coalesce((SELECT max(id) FROM render.job_events), 0) AS jobs,
       coalesce((SELECT max(id) FROM render.audit_log), 0) AS changes;
