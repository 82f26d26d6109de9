-- name: sign_in_try
-- Counts a try before it is looked at, unless the lane rests: no row then. $3 are the seconds of
-- rest after the first try, the second and so on; after $4 seconds of silence counting begins anew.
-- Of tries at the same moment each waits for the row of the one before.
INSERT INTO identity.sign_in_tries AS t (account_sha256, lane, failed, last_at, rests_until)
VALUES ($1, $2, 1, now(), now() + make_interval(secs => nullif(($3::float8[])[1], 0)))
ON CONFLICT (account_sha256, lane) DO UPDATE
   SET failed = CASE WHEN t.last_at < now() - make_interval(secs => $4) THEN 1
                     ELSE least(t.failed + 1, 1000) END,
       last_at = now(),
       rests_until = now() + make_interval(secs => nullif(($3::float8[])[
         CASE WHEN t.last_at < now() - make_interval(secs => $4) THEN 1
              ELSE least(t.failed + 1, cardinality($3::float8[])) END], 0))
 WHERE coalesce(t.rests_until, '-infinity') <= now()
RETURNING failed;

-- name: sign_in_tries_forget
DELETE FROM identity.sign_in_tries WHERE account_sha256 = $1 AND lane = ANY($2::text[]);

-- name: sign_in_tries_drop
DELETE FROM identity.sign_in_tries
 WHERE (account_sha256, lane) IN (
   SELECT t.account_sha256, t.lane FROM identity.sign_in_tries t
    WHERE t.last_at < now() - interval '2 hours' ORDER BY t.last_at LIMIT $1);

-- name: known_browser_is
SELECT EXISTS (SELECT FROM identity.known_browsers WHERE user_id = $1 AND token_sha256 = $2);

-- name: known_browser_put
INSERT INTO identity.known_browsers (user_id, token_sha256) VALUES ($1, $2)
ON CONFLICT (user_id, token_sha256) DO UPDATE SET last_used_at = now();

-- name: known_browsers_forget
-- All of a person's but one.
DELETE FROM identity.known_browsers WHERE user_id = $1 AND token_sha256 <> $2;

-- name: known_browsers_drop
DELETE FROM identity.known_browsers
 WHERE (user_id, token_sha256) IN (
   SELECT b.user_id, b.token_sha256 FROM identity.known_browsers b
    WHERE b.last_used_at < now() - interval '1 year' ORDER BY b.last_used_at LIMIT $1);
