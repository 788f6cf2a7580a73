cli-zhilu = Zhilu secures recordings of body-worn cameras untouched, and makes them provable, findable and playable. Exit codes: 0 done, 1 done but something needs attention, 2 wrong usage or settings, 3 an engine cannot be used.
cli-json = one JSON object a line, for other programs
cli-purpose = what you look for it for; kept in the custody log
cli-id = a recording: its id or its SHA-256, or the beginning of either
cli-unknown = unknown
cli-no-such-path = There is no { $path }: check the path.
cli-working = Working
cli-securing = Securing

cli-up = run all of it on this machine: watch, work and serve the page on loopback
cli-up-dock = a folder to watch, may be given several times; without it those of the settings, else ./var/dock
cli-up-port = the port of the page; 0 takes a free one
cli-version = show the version of this program
cli-up-address = The page: { $address }
cli-up-watching = Watching: { $path }
cli-up-waiting = Watching for { $path }, which is not there yet
cli-up-stop = Ctrl-C stops.
cli-up-stopping = Stopping; what is being secured is finished first.

cli-work = carry out the jobs of all machines that share this catalog; as many of these processes as wanted
cli-work-threads = how many jobs at once; without it, that of the settings
cli-work-once = until nothing is due, instead of until it is stopped
cli-work-working = { $where ->
    [none] Working, { $threads } jobs at once; without a Redis, jobs of other processes are found by the sweep.
   *[other] Working, { $threads } jobs at once; rings come through { $where }.
 }
cli-work-ended = { $end ->
    [done] done
    [retried] tried again later
    [failed] failed
    [lost] taken over by another
   *[given_back] given back
 }  { $job }  { $recording }  { $seconds } s
cli-work-stopping = Stopping; what is running has { $seconds } s to end, then others begin it again.
cli-serve = serve the page and its JSON on loopback, and nothing else; as many of these processes as wanted
cli-metrics-address = Metrics: { $address }

cli-demo = make footage of two cameras, dock it through the watcher and show what becomes of it
cli-demo-dock = dock your own files from this folder instead; it is only read
cli-demo-stay = keep serving the page afterwards, until Ctrl-C (what a terminal gets), or end
cli-demo-making = Making footage of two cameras ...
cli-demo-docking = Docking { $count } files below { $path } ...
cli-demo-later = The page: { $address } while `make up` runs

cli-ingest = secure files and folders now, folders with all below them
cli-ingest-paths = files and folders
cli-ingest-wait = also wait until their jobs are done
cli-ingest-done = { $secured } secured, { $duplicate } known already, { $failed } failed.
cli-ingest-attention = { $count } need attention: zhilu find --attention
cli-ingest-left = { $count } jobs are left: they are done while `zhilu up` runs, or with --wait.
cli-outcome-secured = secured  
cli-outcome-duplicate = duplicate
cli-outcome-failed = FAILED   

cli-find = find recordings
cli-find-text = part of a name, path, device, officer, case number or cause, or the beginning of a SHA-256
cli-find-case = only those linked to this case number
cli-find-officer = only those of this officer: certificate number, device code or name
cli-find-device = only those of this device serial
cli-find-from = recorded at or after this time, such as 2026-11-23 or 2026-11-23T08:30
cli-find-to = recorded at or before this time; a day means all of it
cli-find-kind = only this kind: video, audio, photo, sidecar, other, unknown
cli-find-important = only those marked important
cli-find-attention = only those that need attention
cli-find-disposed = only those that were disposed of, or with --kept only those that were not
cli-find-clip = find which recording this clip comes from, and where in it
cli-find-clip-alone = --clip cannot be combined with other criteria.
cli-find-limit = at most so many lines
cli-find-unregistered-case = The register knows no case { $value }.
cli-find-unregistered-officer = The register knows no officer { $value }.
cli-find-unregistered-device = The register knows no device { $value }.
cli-find-found = { $shown } of { $total } shown.
cli-unattended = Nobody is working: { $jobs } jobs are due, the first since { $since }, and no worker has taken one. Start zhilu up or zhilu work.
quoted = { $said }
cli-lock-not-asked = { $said }
cli-clip-match = { $name }  { $start_s } s to { $end_s } s  likeness { $score }  { $certainty ->
    [sure] sure
   *[possible] POSSIBLE, compare by eye
 }  ({ $recording_id })
cli-clip-identical = { $name }  the whole recording, identical bytes  ({ $recording_id })
cli-clip-not-comparable = Not compared, too few clear pictures: { $name }  ({ $recording_id })
cli-clip-not-comparable-more = And { $count } more that could not be compared: --json names them all.
cli-clip-folder = { $path } is a folder: give one file as the clip.
cli-clip-no-file = { $path } is no regular file: give one file as the clip.
cli-clip-searched = { $matches } found in { $searched } fingerprinted recordings.
cli-clip-reason-bytes-identical = The bytes are identical: the clip is this original.
cli-clip-reason-frames-agree = { $matched } of { $compared } frames agree, half of them within { $bits } of 256 bits.
cli-clip-reason-part-of-picture = The clip shows only part of the picture ({ $framing ->
    [centre] centre
    [top_left] top left
    [top_right] top right
    [bottom_left] bottom left
    [bottom_right] bottom right
   *[other] { $framing }
 }).
cli-clip-reason-hardly-moves = Hardly anything moves in the clip, so where in the recording it comes from is uncertain.
cli-clip-reason-moderate-likeness = The likeness is moderate: another camera of the same scene can look so. Compare by eye.
cli-clip-reason-no-picture = The clip holds no picture.
cli-clip-reason-too-short = The clip lasts { $seconds } s: at least { $minimum } s are needed to recognise it.
cli-clip-reason-too-little-detail = The clip is too dark, blurred or empty to recognise: hardly any of its pictures shows enough detail.
cli-clip-reason-half-too-little-detail = More than half of the clip shows too little detail to be compared.
cli-clip-reason-shortened = Only the first { $seconds } s of the clip were looked at.
cli-clip-reason-not-comparable = { $count } of { $searched } recordings have too few clear pictures on record to be recognised in a clip of { $seconds } s: this says nothing about them.
cli-clip-reason-weaker-left-out = Much weaker matches for the same stretch of the clip were left out: { $count }.
cli-clip-reason-fingerprints-damaged = Fingerprints that are damaged and were left out: { $count }. Have their recordings derived again.
cli-clip-reason-pictures-not-compared = The bytes of the clip are those of an original, so its pictures were not compared with other recordings.

cli-show = everything known of one recording
cli-get = fetch the bytes of a recording, checked on the way
cli-get-output = where to write them
cli-get-kind = original, or a derivative: proxy, poster, storyboard, storyboard_index, waveform, photo, thumbnail
cli-get-force = overwrite an existing file
cli-get-done = { $path }: { $size } bytes, { $digest }, as put on record.

cli-jobs = what is left to do, and why it failed
cli-jobs-failed = only those that were given up
cli-jobs-all = those that are done too
cli-jobs-counts = { $waiting } waiting, { $running } running, { $done } done, { $failed } failed.
cli-retry = have a failed job done again
cli-retry-id = the id of the job, see zhilu jobs
cli-retry-failed = all that failed
cli-retry-which = Give either the id of a job or --failed.
cli-retry-no-id = { $id } is no id of a job: see zhilu jobs.
cli-retry-nothing = There is nothing to do again: the job { $id } is { $state }.
cli-retry-done = { $count } will be done again while `zhilu up` runs.

cli-case = cases and what is linked to them
cli-case-list = all cases
cli-case-show = one case with its activities and recordings
cli-case-number = the case number
cli-case-status = only open or closed ones
cli-link = decide on links between recordings and cases
cli-link-add = link a recording to a case that nobody suggested
cli-link-confirm = confirm a suggested link
cli-link-reject = reject a suggested link; it is not suggested again
cli-link-stage = the stage of the case it belongs to
cli-link-was = Case { $case }: it was { $state } already; nothing was changed.
cli-link-done = Case { $case }: { $state }.

cli-register = agencies, officers, devices, assignments, cases and activities
cli-register-import = fill the register from CSV or XLSX tables; if any line is wrong it is listed, and nothing of any table is written; zhilu register columns tells the headers
cli-register-files = the tables, in an order in which nothing refers to what comes later; all are written or none
cli-register-kind = what the table holds, where its headers do not tell
cli-register-dry-run = only say what would be done
cli-register-columns = the columns of each table: headers in either language, what must be filled in, what words are known
cli-register-kinds = only of these registers
cli-register-heading = { $register } (--kind { $kind })
cli-register-cells = Times are ISO 8601, as in 2026-03-01 09:30; several officers in one cell are separated by "{ $separator }". Headers of either language may be mixed.
cli-register-header = header
cli-register-header-chinese = or in Chinese
cli-register-fill = fill in
cli-register-words = one of
cli-register-required = always
cli-register-may-be-empty = may be empty
cli-register-show = how much is in the register
cli-register-place = sheet { $sheet }, line { $line }, column { $column }
cli-register-done = { $file }: { $added } added, { $changed } changed, { $unchanged } unchanged.
cli-register-dry = { $file }: { $added } would be added, { $changed } changed, { $unchanged } stay as they are. Nothing was written.
cli-register-withheld = { $file }: nothing was written, since another table has errors.
cli-register-refused = { $file }: { $errors } errors. Nothing was written.
register-agencies = agencies
register-officers = officers
register-devices = devices
register-assignments = assignments
register-cases = cases
register-activities = activities

cli-doctor = check everything Zhilu stands on
check-state-ok = ok
check-state-unclear = unclear
check-state-attention = ATTENTION
check-state-unavailable = UNAVAILABLE
check-tools = media tools
check-tools-ok = ffmpeg { $version }
check-tools-unavailable = ffmpeg { $version } lacks the encoders { $missing }: install the ffmpeg of your distribution.
check-engines = engines
check-room = room
check-room-ok = { $free } GiB free at { $home }
check-room-attention = Only { $free } GiB free at { $home }: make room soon.
check-room-unavailable = Only { $free } GiB free at { $home }: nothing more is taken in until there is room.
check-catalog = catalog
check-catalog-ok = { $recordings } recordings, schema { $revision }
check-catalog-unavailable = The catalog is damaged ({ $fault }): stop Zhilu and restore a backup.
check-clock = clock
check-clock-ok = { $now }
check-clock-attention = The clock says { $now }, { $back } s before the latest entry of the custody log: set it right.
check-jobs = jobs
check-jobs-ok = none failed, { $left } left
check-jobs-attention = { $failed } failed: zhilu jobs --failed
check-intake = intake
check-intake-ok = nothing failed in the last 7 days
check-intake-attention = { $count } paths could not be secured in the last 7 days, the latest { $path }: { $reason }
check-locks = locks
check-locks-ok = of the locks of { $recordings } recordings and { $others } other versions none ends within { $days } days that should not
check-locks-attention = of the locks of { $recordings } recordings and { $others } other versions { $ending } end within { $days } days and should have been renewed: keep zhilu up or zhilu work running, and where it runs, see in its log why that failed

cli-column-id = SHA-256
cli-column-name = name
cli-column-kind = kind
cli-column-device = device
cli-column-captured = recorded
cli-column-status = status
cli-column-cases = cases
cli-column-case = case
cli-column-cause = cause
cli-column-category = category
cli-column-recordings = recordings
cli-column-stage = stage
cli-column-score = score
cli-column-job = job
cli-column-attempts = attempts
cli-column-reason = reason

cli-fact-name = name
cli-fact-id = id
cli-fact-sha256 = SHA-256
cli-fact-sm3 = SM3
cli-fact-size = bytes
cli-fact-status = status
cli-fact-reasons = reasons
cli-fact-captured = recorded
cli-fact-clock = clock in doubt
cli-fact-written = as written
cli-fact-device = device
cli-fact-officer = officer
cli-fact-media = media
cli-fact-duration = duration
cli-fact-orientation = orientation
cli-fact-position = place
cli-lock-none = not locked
cli-fact-lock = lock
cli-fact-cases = cases
cli-fact-sightings = seen at
cli-fact-derivatives = derivatives
cli-fact-jobs = jobs
