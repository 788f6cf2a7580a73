"""Figures for Prometheus: of the catalog, which every process tells alike, and of this process alone.

Take `max` over processes of what is read from the catalog, and `sum` of what a process counts itself.

| told by all, from the catalog (collector `catalog.py`) | |
|---|---|
| zhilu_recordings, zhilu_recording_bytes | on record |
| zhilu_jobs{kind,state} | the ledger; `failed` waits for a person |
| zhilu_jobs_due, zhilu_oldest_due_job_age_seconds | what could begin now, and since when |
| zhilu_locks_ending | locks that end within the renewal margin and should not: the decision on them goes on |
| zhilu_lock_soonest_end_timestamp_seconds | the first of all that should not end |
| zhilu_disposals_waiting, zhilu_disposal_recoverable_until_seconds | wait for approval; the next approved, 0: none |
| zhilu_fixity_versions, zhilu_fixity_checked | stored versions, and those read again within the window |
| zhilu_fixity_overdue, zhilu_fixity_damaged | neither read again nor stored within it; serving and not intact |
| zhilu_storage_probe_immutable{store}, zhilu_storage_probe_timestamp_seconds{store} | the latest probe; absent: none |
| zhilu_storage_probe_unclear_until_timestamp_seconds{store} | nothing was broken, one trial takes days: until then |
| zhilu_custody_events, zhilu_custody_events_waiting, zhilu_custody_events_signed | with a position; without; signed |
| zhilu_custody_checkpoint_timestamp_seconds, zhilu_custody_unsigned_age_seconds | the last checkpoint; since when not |
| zhilu_custody_stamps_pending, zhilu_custody_stamp_age_seconds | time stamps that have not come |
| zhilu_verified_timestamp_seconds, zhilu_verified_passed | the latest `zhilu verify --all`; absent: none |
| zhilu_verified_discrepancies, zhilu_verified_unchecked | what it found, and what it could not check |
| zhilu_intakes_failed_last_day | files that could not be secured |
| zhilu_retention_undecided, zhilu_retention_decided | of `zhilu_recordings`; undecided ones never expire |
| zhilu_retention_schedule_in_force, zhilu_retention_waiting | 0 or 1; changes of facts not evaluated yet |
| zhilu_retention_evaluation_timestamp_seconds | the latest evaluation; absent: none |
| zhilu_manifest_page_changes | changes that no page in the store tells yet: lost with the catalog |
| zhilu_oldest_manifest_page_change_age_seconds | how long the first of them has waited |
| zhilu_slots{condition}, zhilu_slot_condition{station,slot,condition} | what slots show |
| zhilu_slot_told_timestamp_seconds{station,slot} | long ago: that dock is gone |

| told by each of itself | |
|---|---|
| zhilu_build_info{version}, process_*, python_info | |
| zhilu_catalog_up, zhilu_store_up, zhilu_redis_up | whether it answers this process; the last where Redis is set up |
| zhilu_job_duration_seconds{kind,outcome} | work, up |
| zhilu_rings_total{outcome} | all that ring |
| zhilu_lock_renewal_timestamp_seconds, zhilu_lock_renewals_total{outcome} | work, up |
| zhilu_fixity_round_timestamp_seconds, zhilu_fixity_bytes_total, zhilu_fixity_reads_total{outcome} | work, up |
| zhilu_intake_files_total{outcome}, zhilu_intake_bytes_total{outcome} | dock, up |
| zhilu_time_to_safe_seconds | dock, up: from standing still to the receipt |
| zhilu_dock_slot_condition{slot,condition} | dock, up: what its slots show |
| zhilu_dock_slot_files{slot,state}, zhilu_dock_slot_bytes{slot,state} | dock, up: of the card in each |
| zhilu_dock_slot_cards_taken_out{slot} | dock, up: that went before they were done, and are still out |

Nothing here waits long or fails: an engine that does not answer in time is told as down. Each process has a registry of
its own; nothing is global.
"""

from api.metrics.dock import DockMetrics
from api.metrics.fixity import FixityMetrics
from api.metrics.serving import registry_of, serving_metrics
from api.metrics.work import RenewalMetrics, RingMetrics, WorkMetrics

__all__ = [
    "DockMetrics",
    "FixityMetrics",
    "RenewalMetrics",
    "RingMetrics",
    "WorkMetrics",
    "registry_of",
    "serving_metrics",
]
