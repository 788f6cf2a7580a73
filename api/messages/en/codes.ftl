### Texts of codes that stand in the catalog. The key is the prefix and the code, underscores and spaces as hyphens.

## What a recording is
recording-kind-unknown = not yet known
recording-kind-video = video
recording-kind-audio = sound
recording-kind-photo = photo
recording-kind-sidecar = side file
recording-kind-other = other file

derivative-kind-proxy = playable copy
derivative-kind-poster = poster
derivative-kind-storyboard = storyboard
derivative-kind-storyboard-index = storyboard index
derivative-kind-waveform = waveform
derivative-kind-photo = smaller photo
derivative-kind-thumbnail = thumbnail
derivative-kind-fingerprint-frames = fingerprint frames

## Status
status-ready = ready
status-working = working
status-waiting = waiting
status-attention = needs attention
status-disposed = disposed of

status-reason-job-failed = { $job }: failed, and will not be tried again by itself
status-reason-job-waiting = { $job }: waiting for its turn
status-reason-job-retrying = { $job }: failed so far, will be tried again
status-reason-job-running = { $job }: under way

## What can be wrong with a file that is kept all the same
problem-empty = The file has no bytes.
problem-unrecognised = Nobody knows what kind of file this is.
problem-no-index = The index is missing: nothing says where each frame lies. Power was probably lost while recording.
problem-truncated = The file ends early: bytes that it announces are missing.
problem-malformed = The container contradicts itself.
problem-undecodable = Not one frame of it can be decoded.
problem-partly-decodable = Some frames can be decoded, others cannot.
problem-exif-damaged = The details about the photo (EXIF) are damaged; the picture itself may be fine.
problem-position-unreadable = A position is written down but cannot be read.
problem-sidecar-unreadable = The side file cannot be read.
problem-sidecar-partly-understood = The side file was only partly understood.
problem-encrypted-or-vendor = It is encrypted, or in a format of the maker's own.
problem-too-large = It has more pixels than Zhilu is willing to decode: it was not checked.
problem-tool-timed-out = The check took too long and was stopped: it was not checked.
problem-stored-bytes-differ = The original in the store is damaged: its bytes are not those that were secured, and nothing serves in its place.
problem-stored-bytes-missing = The original is missing in the store, and nothing serves in its place.
problem-stored-bytes-unreadable = The original could not be read in the store, so nobody knows whether it is intact.
problem-disposed = It was disposed of: the original and all that was made from it are gone; what is known of it stays.
problem-tool-failed = The check itself failed: it was not checked.

## Why a name stays unconfirmed
doubt-no-pattern = The name follows no known pattern.
doubt-order-unconfirmed = Which code is the device and which the officer is unconfirmed.
doubt-register-disagrees = The register disagrees with the name.
doubt-device-unset = The device's number was never set.
doubt-time-impossible = The time in the name does not exist.
doubt-name-too-long = The name is too long to be taken apart.

## Whether a file is finished
stability-not-seen = not seen yet
stability-seen-once = seen once so far
stability-changed = changed since the last look
stability-quiet-too-short = has not stood still for long enough
stability-quiet = stands still
stability-quiet-but-empty = stands still, but has no bytes
stability-grows-for-too-long = has been growing for too long

## Time
clock-warning-clock-disagrees = The times that the name, the content and the satellites give do not agree.
clock-warning-zone-disagrees = The name and the content differ by whole time zones.
clock-warning-offset-large = The device's clock was off by more than a minute.
clock-warning-offset-measured-long-ago = The offset was measured long before or after: the clock may have drifted.
clock-warning-runs-ahead = The device's clock runs ahead; by how much is unknown.
clock-warning-in-the-future = By its own clock it was recorded after it was docked.
clock-warning-clock-reset = The device's clock had been reset.
clock-warning-zone-unknown = The time zone is unknown.
clock-warning-local-time-ambiguous = That local time happened twice, or never, on the night the clocks changed.
clock-warning-out-of-range = The time lies outside all years that can be written.

time-origin-exif = photo details (EXIF)
time-origin-riff = sound container (RIFF)
time-origin-name = file name
time-origin-quicktime = video container (QuickTime)
time-origin-xmp = XMP details
time-origin-container = container

zone-origin-file = stands in the file
zone-origin-utc-by-format = UTC, as the format prescribes
zone-origin-setting = from this system's setting
zone-origin-unknown = unknown

offset-origin-device-asked = the device was asked when docked
offset-origin-entered = a person compared the clocks

## Place
position-origin-exif = photo details (EXIF)
position-origin-gpmf = telemetry (GPMF)
position-origin-quicktime = video container (QuickTime)
position-origin-container = container
position-origin-sidecar-xml = side file (XML)

fix-none = no fix
fix-2d = 2D fix
fix-3d = 3D fix

## Who
officer-state-known = registered
officer-state-named = named by a code, not in the register
officer-state-unassigned = unassigned: the camera says that nobody carried it
officer-state-unknown = unknown
officer-origin-name = file name
officer-origin-assignment = the device was assigned at that time

name-encoding-utf-8 = UTF-8
name-encoding-gb18030 = GB 18030 (assumed)
name-encoding-undecodable = not decodable

agency-level-prefecture = prefecture
agency-level-county = county
agency-level-township = township

## Jobs
job-kind-probe = Describing
job-kind-derive = Making copies and fingerprint
job-kind-match = Matching to cases
job-kind-manifest = Writing the manifest
job-kind-hold = Holding in the store

job-state-waiting = waiting
job-state-running = under way
job-state-done = done
job-state-failed = failed

## Cases
stage-initiation = initiation
stage-investigation = investigation
stage-review = review
stage-decision = decision
stage-service = service
stage-execution = execution
stage-archiving = archiving

category-licensing = licensing
category-inspection = inspection
category-penalty = penalty
category-compulsion = compulsion
category-levy = levy
category-requisition = requisition

case-status-open = open
case-status-closed = closed

link-state-suggested = suggested
link-state-confirmed = confirmed
link-state-rejected = rejected

link-origin-matched = matched by officer and time
link-origin-device = named by the device
link-origin-person = linked by a person

match-reason-case-named-by-device = The device names this case.
match-reason-officer-named = The file names an officer of the activity.
match-reason-device-assigned = An officer of the activity held the device.
match-reason-within-activity = It was recorded during the activity.
match-reason-partly-within-activity = It was recorded partly during the activity.
match-reason-within-tolerance = It was recorded shortly before or after the activity.
match-reason-end-unknown = When the recording ends is unknown.
match-reason-file-and-assignment-differ = The file and the device's assignment name different officers.
match-reason-agency-differs = The agencies differ.
match-reason-device-names-other-case = The device names another case.

take-reason-next-number = the next number follows
take-reason-number-unknown = the number is unknown
take-reason-number-repeated = the number is repeated
take-reason-number-restarted = the numbers start again
take-reason-number-skipped = numbers are skipped
take-reason-device-unknown = the device is unknown
take-reason-start-unknown = the start is unknown
take-reason-end-unknown = the end is unknown

## Custody
custody-action-secured = secured
custody-action-sighted = seen again
custody-action-described = described
custody-action-derived = copies made
custody-action-link-suggested = link suggested
custody-action-linked = linked
custody-action-link-rejected = link rejected
custody-action-lock-extended = lock extended
custody-action-viewed = viewed
custody-action-played = played
custody-action-downloaded = downloaded
custody-action-searched = searched
custody-action-retried = retried
custody-action-registered = registered
custody-action-erase-ordered = order to erase the source
custody-action-erased = source erased
custody-action-erase-refused = source kept, not erased
custody-action-rows-written = records written
custody-action-taken-over = records of an earlier version taken over
custody-action-key-made = signing key made
custody-action-key-rotated = signing key replaced
custody-action-verified = verified
custody-action-reported = custody report made
custody-action-manifested = manifest written
custody-action-rebuilt = catalog rebuilt from the store
custody-action-classified = classified
custody-action-classification-withdrawn = classification withdrawn
custody-action-case-changed = case changed
custody-action-schedule-loaded = retention schedule loaded
custody-action-schedule-proposed = retention schedule proposed
custody-action-schedule-activated = retention schedule put in force
custody-action-schedule-rejected = retention schedule rejected
custody-action-hold-placed = hold placed
custody-action-hold-released = hold released
custody-action-hold-set = hold set in the store
custody-action-hold-lifted = hold lifted in the store
custody-action-approver-enrolled = approver enrolled
custody-action-approver-revoked = approver revoked
custody-action-disposal-planned = disposal planned
custody-action-disposal-approved = disposal approved
custody-action-disposal-rejected = disposal rejected
custody-action-disposal-recovered = disposal taken back
custody-action-disposal-kept = kept at disposal
custody-action-disposed = disposed of
custody-action-disposal-certified = disposal certified
custody-action-fixity-checked = stored bytes read again
custody-action-fixity-failed = stored bytes found damaged
custody-action-repaired = repaired from a replica

custody-result-done = done
custody-result-denied = denied
custody-result-failed = failed

outcome-secured = secured
outcome-duplicate = duplicate
outcome-failed = failed

## Locks
lock-mode-governance = governance: a privileged few may shorten it
lock-mode-compliance = compliance: nobody may shorten it

## What is played, and why
playback-plays-as-it-is = Browsers play it as it is.
playback-set-always = The settings ask for a copy of every recording.
playback-set-never = The settings ask for no copies.
playback-container = Browsers do not open this kind of file.
playback-video-codec = Not every browser decodes this kind of video.
playback-pixel-format = The original's pixel format does not play everywhere.
playback-picture-size = The picture is larger than most machines decode in time.
playback-audio-codec = Browsers would not play the original's sound.
playback-damaged = The original is damaged: players may stumble over it.
playback-unreadable = It could not be read: whether it holds picture or sound is unknown.
playback-nothing-to-show = It holds neither picture nor sound.
playback-not-described = It has not been described yet, so whether it can be played is unknown.
playback-smaller-copy = The copy is smaller and turned upright, so that it opens quickly.
playback-proxy-coming = A playable copy is on its way.
playback-proxy-failed = Making a playable copy failed.
playback-proxy-not-made = No playable copy was made.
