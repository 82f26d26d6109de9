-- name: epoch_get
SELECT epoch FROM render.farm_epoch;

-- name: key_check_get
SELECT key_check FROM render.farm_epoch;

-- name: key_check_settle
-- The first key becomes the farm's; no row back means that the farm has another one.
UPDATE render.farm_epoch SET key_check = $1
 WHERE key_check IS NULL OR key_check = $1 RETURNING epoch;

-- name: key_check_set
UPDATE render.farm_epoch SET key_check = $1;

-- name: epoch_hold
-- Whoever opens a session holds the epoch until it is open: a raise that comes meanwhile ends it.
SELECT epoch FROM render.farm_epoch FOR SHARE;

-- name: epoch_look
SELECT epoch, tick FROM render.farm_epoch;

-- name: epoch_tick
-- Of the epoch that was looked at; no row when it was raised meanwhile.
UPDATE render.farm_epoch SET tick = tick + 1, ticked_at = now() WHERE epoch = $1 RETURNING tick;

-- name: epoch_raise
-- Attempt numbers of the new epoch begin above those of the lost past (see queue_claim). Guarded
-- by the epoch that was found behind: of two who find it only one raises it.
UPDATE render.farm_epoch SET epoch = greatest(epoch, $1) + 1, reason = $2, raised_at = now()
 WHERE epoch = $3 RETURNING epoch;

-- name: session_close_all
-- Agents register again and get tokens of the new epoch. A statement of its own, so that it sees
-- the sessions that were opened while the raise waited.
UPDATE render.node_sessions SET closed_at = now(), close_reason = 'superseded'
 WHERE closed_at IS NULL;

-- name: sweep_lock
-- One reaper at a time over all orchestrators; the next one finds the sweep just made.
SELECT now() AS now, swept_at, grace_until, held_until, held_sweeps
  FROM render.reaper_sweeps FOR NO KEY UPDATE;

-- name: sweep_note
UPDATE render.reaper_sweeps
   SET swept_at = now(), grace_until = $1, held_until = $2,
       held_sweeps = CASE WHEN $3 = 'hold' THEN held_sweeps + 1 ELSE 0 END,
       expired_leases = $4, alarm = $5;

-- name: claim_request_drop_old
DELETE FROM render.claim_requests WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM render.claim_requests WHERE at < now() - interval '1 hour' LIMIT 5000));

-- name: enrolment_drop_old
DELETE FROM render.enrolment_tokens WHERE expires_at < now() - interval '1 day';

-- name: idempotency_drop_old
DELETE FROM render.idempotency_keys WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM render.idempotency_keys WHERE expires_at < now() LIMIT 5000));

-- name: session_drop_old
DELETE FROM render.node_sessions WHERE closed_at < now() - interval '7 days';
