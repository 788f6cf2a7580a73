### The pages.

brand = Zhilu
tagline = enforcement recordings: secured, provable, findable
language = Language
skip-to-content = Skip to content
footer-looks = You look as { $actor }. Every view, playback, download and search is written to the custody log.
footer-zone = Times as of { $time }, in this zone unless said otherwise.
unknown = unknown
none = none
any = any
seconds = { $seconds } s
bytes = { $size } bytes
metres = { $metres } m

## Errors
error-title = That did not work
error-not-found = There is nothing here
error-not-understood = That was not understood
error-unavailable = Not available at the moment
back-to-list = All recordings

## The list
recordings = Recordings
search = Search
search-text = Search text
search-placeholder = Name, path, device, officer, case, digest
filters = Narrow down
criterion-text = search text
criterion-case = Case number
criterion-officer = Officer
criterion-device = Device
criterion-kind = Kind
criterion-from = Captured from
criterion-to = Captured until
criterion-wrong = { $name } cannot be “{ $value }”. All recordings are shown.
important-only = Important only
attention-only = Needs attention only
important = important
encrypted = encrypted
found-count = { $count ->
    [one] { $count } recording found
   *[other] { $count } recordings found
} of { $all }.
all-count = { $count ->
    [one] { $count } recording
   *[other] { $count } recordings
}.
attention-count = { $count ->
    [one] { $count } needs attention
   *[other] { $count } need attention
}
show-all = Show all
and-more = and { $count } more
pages = Pages
previous-page = Newer
next-page = Older
page-range = { $first }–{ $last } of { $total }
nothing-found = Nothing was found
nothing-found-hint = No recording meets all of these criteria. Recordings whose capture time is unknown are not found by time.
nothing-yet = No recordings yet
nothing-yet-hint = Dock a camera in a watched folder, or secure files from the command line:
nothing-yet-folder = /path/to/card
nothing-yet-demo = Or look around with synthetic footage:

## One recording
at-a-glance = At a glance
device = Device
officer = Officer
officer-code = code
officer-unassigned = unassigned
not-registered = not in the register
registered = registered
captured = Captured
time-unknown = time unknown
origin = Origin
origin-is = from: { $origin }
duration = Duration
cases = Cases
no-case = Not tied to any case.
lock = Lock
locked-until = Locked until { $time }
lock-reported-now = as the store reports it now
lock-not-checked = The lock could not be checked: the store gave no answer.
not-checked = could not be checked
not-locked = Not locked
hold = Hold
on-hold = On hold: it cannot be deleted.
no-hold = none
reasons-attention = Needs attention
reasons-working = Being worked on

player = Player
play = Play
pause = Pause
mute = Mute
unmute = Unmute
fullscreen = Full screen
frame-back = One frame back
frame-next = One frame forward
seek = Position
position-in-recording = Position in the recording
speed = Speed
player-failed = The browser could not play it. The original is unharmed and can be downloaded.
photo-of = Photo { $name }
nothing-to-play = There is nothing to play here.
nothing-readable = It could not be read, so nothing can be played here.
plays-original = You see the original itself.
plays-copy = You see a copy; the original is kept unchanged.
download-original = Download the original
purpose = Purpose (kept in the log)
purpose-said = Purpose
keyboard = Keyboard
key-play = play, pause
key-five = 5 seconds back, forward
key-ten = 10 seconds back, forward
key-frame = one frame back, forward
key-speed = slower, faster
key-ends = to the beginning, to the end
key-sound = sound, full screen

take = Continuous recording
take-position = segment { $position } of { $count }
previous-segment = Previous segment
next-segment = Next segment
take-gap = Nothing was recorded for { $seconds } although the numbers follow on.

group-time = Time
device-time = Device time
clock-offset = Measured offset
corrected-time = Corrected time
not-measured = not measured
not-corrected = not corrected: no offset is known
begins = Begins
ends = Ends
as-written = As written
zone-from-setting = time zone from this system's setting, not from the file
quicktime-seconds = { $seconds } (seconds since { $since } UTC)
zone = Time zone
secured = Secured

group-place = Place
coordinates = Coordinates
datum = Datum
datum-hint = Chinese street maps use GCJ-02: convert before you compare.
fix = Fix
accuracy = Accuracy
altitude = Altitude
track = Track
track-points = { $count ->
    [one] { $count } point
   *[other] { $count } points
}
side-file = Side file
from-side-file = taken over from the side file
from-main-recording = taken over from the recording it belongs to
place-unknown = The place is unknown.

group-integrity = Integrity
size = Size
stored-as = Stored as
identifier = Identifier
not-computed = not computed
copy = Copy
copied = Copied
copy-what = Copy { $what }

activity = activity
link-score = score { $score }
decided-by = decided by { $person }

group-media = Content
container = Container
video-codec = Video
picture = Picture
stored-picture = stored as { $width } × { $height }
orientation = Orientation
rotated = turn { $degrees }° clockwise to show
exif-orientation = EXIF { $value }
mirrored = mirrored
frame-rate = Frame rate
frames-a-second = { $rate } frames a second
variable = variable
sound = Sound
no-sound = none
hertz = { $rate } Hz
channels = { $count ->
    [one] 1 channel
   *[other] { $count } channels
}
declared-duration = the header claims { $seconds }
camera = Camera
media-unknown = Its content has not been described yet.

group-name = Name
pattern = Pattern
no-pattern = follows none
sequence = Sequence number
named-case = Case named by the device
unconfirmed = Unconfirmed
possible-reading = perhaps device { $device }, officer { $officer }

group-sightings = Where it was seen
path = Path
source = Source
modified = File time
first-seen = First seen
times-seen = Times

group-side-files = Side files
belongs-to = Belongs to

group-derivatives = Made from it
kind = Kind
made = Made
no-derivatives = Nothing was made from it.

group-jobs = Jobs
no-jobs = No jobs.
attempts = { $count } attempts
next-try = next try { $time }

group-custody = Custody
event-count = { $shown } of { $count ->
    [one] { $count } event
   *[other] { $count } events
}
when = When
action = Action
actor = Actor
result = Result
not-said = not said

## What is gone, what is damaged
reasons-disposed = Disposed of
disposed-at = Disposed of at { $time }
disposed-under = list { $list }
disposed-certificate = The certificate of list { $list } tells who approved it and what went; it is read with: zhilu retention certificate { $list }
disposed-no-certificate = List { $list } has no certificate yet.
disposed-all-gone = The original and everything made from it are gone. What is known of it, its digests and its custody log stay.
nothing-to-lock = disposed of: nothing is left to lock
stored-bytes = Stored bytes
criterion-disposed = Disposed of
disposed-only = only what was disposed of
kept-only = only what is kept
kept-and-disposed = kept and disposed of
since-time = since { $time }
