-- What each role may do to the tables. Run by zhilu_owner after every `zhilu catalog upgrade`:
--
--     psql --username=zhilu_owner --dbname=zhilu --set=ON_ERROR_STOP=1 --single-transaction --file=rights.sql
--
-- It takes everything away first, so what stands here is all there is. Nobody but the owner may delete a recording,
-- a custody event or a receipt, change the columns that say what was secured, or touch a trigger; the triggers refuse
-- even the owner.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, zhilu_dock, zhilu_work, zhilu_serve, zhilu_clerk, zhilu_retention;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
-- What a later version adds stays closed until it stands here.
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- docks: secure, see again, tell of their slots. Nothing of cases, links, activities and what was derived.
GRANT SELECT ON
    alembic_version, recording, sighting, receipt, content_claim, job, custody_event,
    station, slot, slot_state, agency, officer, device, assignment, storage_probe, replacement
    TO zhilu_dock;
GRANT INSERT ON
    recording, sighting, receipt, content_claim, job, custody_event, station, slot, slot_state, manifest_change
    TO zhilu_dock;
GRANT UPDATE (important) ON recording TO zhilu_dock;
GRANT UPDATE (last_seen_at, times_seen, important, slot_id) ON sighting TO zhilu_dock;
GRANT UPDATE (recording_id, object_key, owner, lease_until) ON content_claim TO zhilu_dock;
GRANT DELETE ON content_claim TO zhilu_dock;
GRANT UPDATE (state, attempts, due_at, again, owner, lease_until, progress, last_error, finished_at) ON job TO zhilu_dock;
GRANT UPDATE (condition, reason, since, told_at, card_since, details) ON slot_state TO zhilu_dock;

-- workers: carry out jobs, write what they learn, lengthen locks, write the pages of the catalog into the store.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO zhilu_work;
GRANT INSERT ON job, custody_event, derivative, fingerprint, take, case_link TO zhilu_work;
GRANT INSERT, DELETE ON manifest_change TO zhilu_work;
GRANT INSERT, UPDATE ON manifest_page TO zhilu_work;
GRANT UPDATE (
    locked_until, device_serial, officer_code, sequence, important, encrypted, named_case, identification,
    kind, media, problems, problem_count, duration_s, captured_at, captured_until, capture_time,
    latitude, longitude, position, playback, officer_id, officer_origin, take_id, main_recording_id
    ) ON recording TO zhilu_work;
GRANT UPDATE (state, attempts, due_at, again, owner, lease_until, progress, last_error, finished_at) ON job TO zhilu_work;
GRANT UPDATE, DELETE ON derivative, fingerprint, take TO zhilu_work;
GRANT UPDATE (activity_id, stage, state, origin, score, reasons, linked_by, linked_at) ON case_link TO zhilu_work;
GRANT DELETE ON case_link TO zhilu_work;
-- What the evaluation finds is made again from facts at any time. Which facts changed, triggers note for everybody.
GRANT INSERT, UPDATE, DELETE ON retention_decision TO zhilu_work, zhilu_retention;
GRANT SELECT, DELETE ON retention_change TO zhilu_work, zhilu_retention;
GRANT INSERT, UPDATE ON retention_evaluation TO zhilu_work, zhilu_retention;

-- They keep the custody log too: give events their position, sign, stamp, lengthen its locks. What is signed is what the
-- key says it is, and the key is no matter of the database. Retention signs what a disposal does before it ends.
GRANT INSERT ON
    custody_leaf, custody_subtree, custody_key, custody_checkpoint, custody_stamp, custody_object
    TO zhilu_work, zhilu_retention;
GRANT DELETE ON custody_pending TO zhilu_work, zhilu_retention;
GRANT UPDATE (state, attempts, due_at, last_error, token, stamped_at) ON custody_stamp TO zhilu_work;
GRANT UPDATE (locked_until) ON custody_object TO zhilu_work;
-- They read stored bytes again, hold what is damaged, lift that very hold when it is repaired, and say what serves.
GRANT INSERT ON fixity_check, fixity_state, replacement, hold, hold_subject TO zhilu_work;
GRANT UPDATE, DELETE ON fixity_state TO zhilu_work;
GRANT INSERT, UPDATE, DELETE ON stored_lock TO zhilu_work, zhilu_retention;
GRANT INSERT, UPDATE ON lock_listing TO zhilu_work, zhilu_retention;
GRANT UPDATE (released_by, released_at, release_document, release_reason) ON hold TO zhilu_work;

-- servers: read everything; each look is logged.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO zhilu_serve;
GRANT INSERT ON custody_event TO zhilu_serve;

-- clerks: the register, links, having jobs done again.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO zhilu_clerk;
GRANT INSERT ON
    agency, officer, device, assignment, "case", activity, activity_officer, case_link, classification, job,
    custody_event, manifest_change
    TO zhilu_clerk;
GRANT UPDATE (withdrawn_by, withdrawn_at) ON classification TO zhilu_clerk;
GRANT UPDATE ON agency, officer, device, assignment, "case", activity TO zhilu_clerk;
GRANT DELETE ON activity_officer TO zhilu_clerk;
GRANT UPDATE (activity_id, stage, state, decided_by, decided_at) ON case_link TO zhilu_clerk;
GRANT UPDATE (state, attempts, due_at, again, owner, lease_until, progress, last_error, finished_at) ON job TO zhilu_clerk;

-- retention: lengthen locks, put on record what a probe or a comparison with the store gave. Adopting what was found
-- there claims its content as a dock does, and counts a sighting that is there already.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO zhilu_retention;
GRANT INSERT ON custody_event, storage_probe, recording, sighting, content_claim, job, manifest_change TO zhilu_retention;
GRANT UPDATE (locked_until) ON recording TO zhilu_retention;
GRANT UPDATE (last_seen_at, times_seen) ON sighting TO zhilu_retention;
GRANT UPDATE (state, attempts, due_at, again, owner, lease_until, progress, last_error, finished_at) ON job
    TO zhilu_retention;
GRANT UPDATE (recording_id, object_key, owner, lease_until) ON content_claim TO zhilu_retention;
GRANT DELETE ON content_claim TO zhilu_retention;
-- Schedules come into force by two people who may approve.
GRANT INSERT ON schedule_version, schedule_activation TO zhilu_retention;
GRANT UPDATE (state, decided_by, decided_at, superseded_at) ON schedule_activation TO zhilu_retention;
GRANT INSERT ON fixity_check, fixity_state, replacement, hold, hold_subject TO zhilu_retention;
GRANT UPDATE, DELETE ON fixity_state TO zhilu_retention;
GRANT UPDATE (released_by, released_at, release_document, release_reason) ON hold TO zhilu_retention;
-- Who may approve is asked, and changed, by those who dispose; nobody else ever reads what their passphrases hash to.
GRANT INSERT ON approver TO zhilu_retention;
GRANT UPDATE (secret_hash, revoked_by, revoked_at) ON approver TO zhilu_retention;
REVOKE SELECT ON approver FROM zhilu_serve, zhilu_clerk;
GRANT SELECT (id, name, enrolled_by, enrolled_at, revoked_by, revoked_at) ON approver TO zhilu_serve, zhilu_clerk;

-- holds, and what retention counts cases by: orders of an authority, entered by clerks.
GRANT INSERT ON hold, hold_subject TO zhilu_clerk;
GRANT UPDATE (released_by, released_at, release_document, release_reason) ON hold TO zhilu_clerk;

-- disposal: lists, approvals and what becomes of each recording, by retention alone. The way out of the database is as
-- narrow as that of the store: nobody else marks a recording as going or gone, or takes a derivative off record for it.
GRANT INSERT ON disposal, disposal_item, disposal_approval TO zhilu_retention;
GRANT UPDATE (
    state, recoverable_until, ended_by, ended_at, end_reason, certificate_key, certificate_version
    ) ON disposal TO zhilu_retention;
GRANT UPDATE (state, kept_because, deleted_versions, ended_at) ON disposal_item TO zhilu_retention;
GRANT UPDATE (leaving_since, disposed_at) ON recording TO zhilu_retention;
GRANT DELETE ON derivative, fingerprint TO zhilu_retention;
