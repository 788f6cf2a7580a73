cli-storage = the store of the originals: make it, try to break its locks, settle what lies in it
cli-storage-init = make the store's buckets, with Object Lock; what is there already stays
cli-storage-folder = The folder { $folder } is ready.
cli-storage-bucket-made = { $bucket }: made, with Object Lock.
cli-storage-bucket-there = { $bucket }: there, as it must be.
cli-storage-bucket-retention-set = { $bucket }: there; its default retention was set.
cli-storage-bucket-no-lock = { $bucket }: WRONG, it has no Object Lock, which only a new bucket can get: choose another storage.s3.bucket_prefix.
cli-storage-bucket-no-versions = { $bucket }: WRONG, it keeps no versions: switch its versioning on.
cli-storage-retention = What is stored there is locked for { $days } days ({ $mode }) from its first moment.
cli-storage-probe = try in a bucket of its own what an attacker or a wrong server would do to locked versions
cli-storage-probing = Probing the locks of the store
cli-storage-trying = Trying: { $trial }
cli-storage-left-behind = { $count } versions of the probe stay behind until their locks end; a later probe removes them.
cli-storage-immutable = The store is immutable: nothing that counts succeeded.
cli-storage-immutable-governance = The store is immutable for everyone but keys with the right to bypass governance, which ours has not: nothing that counts succeeded.
cli-storage-unclear = Unclear until { $until }: nothing succeeded, but whether a lifecycle rule spares locked versions shows only once the store has carried one out, which takes up to two days. Then probe again: zhilu storage probe
cli-storage-bypassable = Originals are locked in governance, and our own key has the right to bypass that: take it away, or set lock.mode to compliance.
cli-storage-not-immutable = The store is not immutable, or that is unclear: of { $of } trials { $succeeded } succeeded and { $unclear } stayed unclear.

cli-storage-reconcile = compare the store with the catalog: copies and uploads nobody knows, recordings not stored as recorded
cli-reconcile-settle = settle what can be settled safely; without it nothing is changed
cli-reconcile-uploads = unfinished uploads older than so many hours count as abandoned; at least 6, since a large file on a slow line takes hours
cli-reconcile-looking = Looking through the store
cli-reconcile-bucket = { $bucket }: { $looked } of { $listed } versions looked at; left alone: { $young } too young, { $claimed } being secured, { $unreadable } unreadable.
cli-reconcile-recordings = { $looked } of { $recordings } recordings looked at in the store.
cli-reconcile-done = { $open } open, { $waiting } waiting for their lock to end, { $settled } settled, { $bytes } bytes freed.
cli-reconcile-dry = Nothing was changed: --settle does what can be done safely.
cli-column-trial = tried
cli-column-outcome = outcome
cli-column-answer = what was seen
cli-lock-store-immutable = the store is immutable, as probed at
cli-lock-store-not-immutable = the store is not immutable, or that is unclear, as probed at
cli-lock-bypassable = our own key may bypass this lock
cli-lock-store-unknown = unclear whether the store is immutable, since it was never probed: zhilu storage probe
check-immutability = immutability
check-immutability-immutable = immutable: nothing tried against locks succeeded (probed at { $at })
check-immutability-governance = immutable for everyone but keys with the right to bypass governance, which ours has not: nothing tried against locks succeeded (probed at { $at })
check-immutability-bypassable = not immutable: originals are locked in governance, and our own key has the right to bypass that (probed at { $at }). Take s3:BypassGovernanceRetention from it, or set lock.mode to compliance.
check-immutability-bypass-unclear = unclear: originals are locked in governance, and whether our own key has the right to bypass that is not known (probed at { $at }): zhilu storage probe
check-immutability-folder = not immutable: no folder is, since whoever is root on this machine can change it
check-immutability-never = unclear: the locks of the store were never probed: zhilu storage probe
check-immutability-outdated = unclear: the locks of the store were last probed more than 30 days ago (at { $at }): zhilu storage probe
check-immutability-clock-ahead = unclear: the locks of the store were last probed with a clock that was ahead ({ $at }): zhilu storage probe
check-immutability-not-immutable = not immutable: { $count } trials succeeded or stayed unclear (probed at { $at }): { $failing }
check-immutability-unclear = unclear until { $until }: nothing tried against locks succeeded (probed at { $at }), but lifecycle rules take the store up to two days; then zhilu storage probe
check-immutability-probe-again = unclear: what lifecycle rules do to locked versions is to be known since { $until }: zhilu storage probe

trial-weightless = decides nothing here
trial-outcome-refused = withstood
trial-outcome-allowed = SUCCEEDED
trial-outcome-unclear = UNCLEAR
trial-seen-denied = refused ({ $answer })
trial-seen-nothing-lost = { $answer ->
    [none] nothing was lost
   *[other] answered { $answer }, and nothing was lost
 }
trial-seen-lost = { $answer ->
    [none] LOST OR CHANGED
   *[other] LOST OR CHANGED; answered { $answer }
 }
trial-seen-lost-late = gone, but by then its lock was over ({ $answer })
trial-seen-no-right = our key may not do that anywhere, which says nothing about locks ({ $answer })
trial-seen-no-answer = { $answer ->
    [none] no clear answer
   *[other] no clear answer ({ $answer })
 }
trial-seen-locked = came out locked ({ $answer })
trial-seen-not-locked = { $answer ->
    [none] CAME OUT WITHOUT A LOCK
   *[other] NOT LOCKED AS ASKED ({ $answer })
 }
trial-seen-taken-back = came out without its lock, which Zhilu noticed: it took it back and stored nothing
trial-seen-held = the hold was set, and lifted again
trial-seen-not-held = THE HOLD WAS NOT KEPT ({ $answer })
trial-seen-hold-stays = the hold could not be lifted again, so nobody knows whether it is read rightly ({ $answer })
trial-seen-never-over = a version whose lock was over could not be deleted
trial-seen-rule-waits = the store took the rule and has not carried it out yet; to be known from { $until } on
trial-seen-rule-overdue = the store took the rule at { $since } and has not carried it out in two days: see whether its lifecycle processing runs
trial-seen-rule-spared = the rule of { $since } was carried out, and spared a locked version
trial-seen-rule-removed = the rule of { $since } REMOVED A LOCKED VERSION
trial-seen-no-rules = the store carries out no such rules ({ $answer })
trial-seen-changed-on-disk = whoever is root on this machine, or owns the folder, can change it
trial-seen-not-tried = it could not be tried ({ $answer })
trial-single-put-unlocked = a single put comes out without its lock
trial-multipart-headers-ignored = a multipart upload comes out without the lock that began it
trial-default-retention-ignored = a multipart upload comes out without the default retention
trial-upload-unlocked = a large upload of Zhilu itself is unlocked when it is complete
trial-backdated-lock = store with a lock that is over already
trial-governance-delete = delete a version locked in governance
trial-governance-multi-delete = delete a version locked in governance by a multi-object deletion
trial-governance-shorten = shorten a governance lock
trial-governance-remove = remove a governance lock
trial-governance-delete-bypass = delete a version locked in governance with bypass
trial-governance-multi-delete-bypass = delete a version locked in governance by a multi-object deletion with bypass
trial-governance-shorten-bypass = shorten a governance lock with bypass
trial-compliance-delete = delete a version locked in compliance
trial-compliance-delete-bypass = delete a version locked in compliance with the bypass of governance
trial-compliance-multi-delete = delete a version locked in compliance by a multi-object deletion
trial-compliance-multi-delete-bypass = delete a version locked in compliance by a multi-object deletion with bypass
trial-compliance-shorten = shorten a compliance lock
trial-compliance-shorten-bypass = shorten a compliance lock with bypass
trial-compliance-remove = remove a compliance lock
trial-compliance-remove-bypass = remove a compliance lock with bypass
trial-compliance-weaken = change a compliance lock to governance
trial-compliance-weaken-bypass = change a compliance lock to governance with bypass
trial-hold-lost = a legal hold is not kept, or cannot be read
trial-held-delete = delete a held version
trial-held-delete-bypass = delete a held version with bypass
trial-held-delete-after-lock = delete a held version whose lock is over
trial-held-multi-delete-after-lock = delete such a version by a multi-object deletion
trial-overwrite = lose a locked version by storing under its key
trial-delete-without-version = lose a locked version by deleting its key
trial-lifecycle-rule = lose a locked version by a lifecycle rule
trial-suspend-versioning = suspend the versioning of the bucket
trial-delete-bucket = delete the bucket
trial-disable-lock = disable Object Lock on the bucket
trial-change-on-disk = change a locked version on the disk itself

finding-state-open = OPEN
finding-state-waiting = waiting
finding-state-settled = settled
finding-abandoned-uploads = { $count } unfinished uploads of dead processes
finding-surplus = { $version } is a copy of recording { $recording } beyond the one on record
finding-unknown-content = { $version } holds a content that no recording speaks of
finding-adopted = { $version } held a content that no recording spoke of; it is on record now as { $recording }
finding-unlisted-derivative = { $version } belongs to no recording and can be made again
finding-lonely-manifest = { $version } describes a recording that is not on record; it is kept
finding-unreadable = { $version } cannot be read
finding-missing = the original of recording { $recording } is missing: { $version }
finding-size-differs = the original of recording { $recording } has another size: { $version }
finding-not-locked = the original of recording { $recording } is not locked: { $version }
finding-lock-shorter = the lock of recording { $recording } ends earlier than recorded: { $version }
finding-lock-weaker = the lock of recording { $recording } can be shortened by now, though a receipt says that nobody can: { $version }
finding-not-asked = the store could not be asked about recording { $recording }: { $version }

custody-action-adopted = found in the store and put on record
custody-action-surplus-found = surplus copy found
custody-action-surplus-removed = surplus copy removed
custody-action-store-probed = locks of the store probed
