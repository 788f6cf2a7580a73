# Reading stored bytes again, and repairing.
cli-fixity = read stored bytes again, and repair damaged ones
cli-fixity-status = how many versions were read again within the window, of all, and how fast it goes
cli-fixity-run = read now what is due, oldest first
cli-fixity-run-ids = only these recordings, whether they are due or not
cli-fixity-run-limit = so many versions at most
cli-fixity-run-all = every version once, whether it is due or not
cli-fixity-run-either = --all reads everything: give it neither recordings nor --limit.
cli-fixity-repair = replace a damaged version by the same bytes from the replica
cli-fixity-repair-id = which recording: the beginning of its id or SHA-256
cli-fixity-repair-all = all that are known to be damaged
cli-fixity-repair-either = name one recording, or give --all.
cli-fixity-repair-none = No recording is known to be damaged.
cli-fixity-nothing = Nothing is stored yet, so nothing could be read again.
cli-fixity-coverage = { $checked } of { $versions } stored versions ({ $percent } %) were read again within { $days } days; { $never } never were.
cli-fixity-oldest = The one that waits longest was read, or stored, at { $at }.
cli-fixity-due = Due: { $due } versions, { $mib } MiB. Overdue, neither read nor stored within the window: { $overdue }.
cli-fixity-pace = Needed: { $needed } MiB a second, day and night. Reached in the last 7 days: { $lately ->
    [none] not known yet
   *[other] { $lately } MiB a second
 }. Allowed: { $budget } MiB a second in each process that works.
cli-fixity-budget-too-small = What one process is allowed does not suffice: raise fixity.mib_per_second, or let more machines run zhilu work.
cli-fixity-replaced = { $count } damaged versions were replaced; they stay where they are.
cli-fixity-damaged = { $count } versions are not intact and nothing serves in their place: { $ids }. See zhilu fixity repair ID.
cli-fixity-check = { $outcome }: recording { $recording } ({ $version })
cli-fixity-round = { $versions } versions read, { $mib } MiB: { $intact } intact, { $differs } differ, { $missing } missing, { $unreadable } unreadable; { $repaired } repaired.
cli-fixity-stopped = Stopped. What was read is on record; the rest goes on next time.
cli-fixity-paused = The round paused, for the store is away; nothing is said of what was not read. { $reason }
cli-fixity-repaired = Recording { $recording } is served by { $version } now.
cli-fixity-intact = Recording { $recording } is intact ({ $version }): there is nothing to repair.
fixity-outcome-intact = intact
fixity-outcome-differs = differs
fixity-outcome-missing = missing
fixity-outcome-unreadable = unreadable
check-fixity = stored bytes
check-fixity-none = nothing is stored yet, so nothing could be read again
check-fixity-ok = { $checked } of { $versions } stored versions were read again within { $days } days, none waits for longer, none that serves is damaged{ $replaced ->
    [0] {""}
   *[other] ; { $replaced } damaged ones were replaced from a replica
 }
check-fixity-attention = of { $versions } stored versions { $overdue } were neither stored nor read again within { $days } days: keep zhilu up or zhilu work running, and see zhilu fixity status
check-fixity-damaged = of { $versions } stored versions { $damaged } are damaged since { $since } and nothing serves in their place ({ $recordings }); { $replica ->
    [yes] a replica is set: zhilu fixity repair --all
   *[no] no replica is set that could repair them (fixity.replica): zhilu fixity status
 }
cli-fact-fixity = stored bytes
fixity-never = not read again yet
fixity-reading-intact = read again at { $at }: intact
fixity-reading-differs = DAMAGED: not the bytes that were secured; found first at { $since }, read last at { $at }
fixity-reading-missing = MISSING in the store; found first at { $since }, looked for last at { $at }
fixity-reading-unreadable = could not be read; first at { $since }, last at { $at }
fixity-replica = a replica is set that may hold them whole: zhilu fixity repair { $id }
fixity-no-replica = no replica is set that could hold them whole (fixity.replica): nothing can repair it from here
fixity-repaired = repaired at { $at } from { $origin }; the damaged version stays where it is, and no longer serves
reason-since = { $text } (since { $at })
