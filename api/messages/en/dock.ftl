## zhilu dock
cli-dock = watch the slots of this docking station and secure what is docked; as many stations as wanted
cli-dock-path = a folder or mount point that is a slot, may be given several times; without it those of the settings, else ./var/dock
cli-dock-dry-run = say of each secured file whether it would be erased from its card, and erase none
cli-dock-rehearses = A rehearsal: it is said what would be erased from the cards, and nothing is.
cli-dock-erases = Erasing is on: what is secured goes from the cards once its receipt is on record.
cli-dock-once = until all cards that are there are done, or the store has been away for a minute, instead of until it is stopped
cli-dock-status = show what the slots of the dock of this home show, and end
cli-dock-status-alone = --status shows what a dock does; give it without --dock, --dry-run, --once and --acknowledge
cli-dock-acknowledge = note that you have seen to the cards that were taken out of this slot too early, as it names them; stands in the custody log with your name
cli-dock-acknowledge-alone = --acknowledge speaks to the dock that runs; give it without --dock, --dry-run and --once
cli-dock-nothing-missing = No card is missing from the slot { $slot }: `zhilu dock --status` shows the slots.
cli-dock-once-given-up = The store or the catalog has been away, or full, for a minute: what is not secured stays on its cards. Run it again when it is back.
cli-dock-no-folder = { $path } is no folder: a slot is a folder or a mount point. A single file goes in with `zhilu ingest`.
cli-dock-no-such-slot = There is no slot { $slot }; there are: { $slots }
cli-dock-acknowledged = Acknowledged: { $slot }  { $reason }
cli-dock-acknowledged-later = Noted; no dock of this home is running, the next one takes it up.
cli-dock-missing = slot { $slot }, an earlier card: { $reason }
cli-dock-how-to-acknowledge = If such a card does not come back: zhilu dock --acknowledge SLOT
cli-dock-not-there-yet = Watching for { $path }, which is not there yet: if nothing is to be mounted there, check the path
cli-dock-total = { $secured } secured ({ $bytes }), { $duplicate } known already, { $failed } failed.
cli-dock-total-erased = { $erased } erased ({ $bytes }), { $kept } kept on their cards.
cli-dock-total-rehearsed = { $would_erase } would be erased ({ $bytes }), { $kept } would be kept on their cards.
cli-dock-shows = slot { $slot }: { $condition }  { $reason }
cli-dock-no-status = No dock of this home has told anything yet: start one with `zhilu dock` or `zhilu up`.
cli-dock-status-unreadable = What the dock of this home told last cannot be read: a dock that runs writes it anew.
cli-dock-left-out = { $count } of its entries cannot be read, as where another version of Zhilu wrote them.
cli-dock-silent = No dock of this home is running; the last one told this at { $at }.
cli-dock-column-slot = slot
cli-dock-column-status = status
cli-dock-column-files = secured
cli-dock-column-waiting = waiting
cli-dock-column-since = since
cli-erasure-erased = erased   
cli-erasure-would-erase = would erase
cli-erasure-kept = kept     

slot-condition-empty = empty
slot-condition-reading = reading
slot-condition-secured = secured
slot-condition-safe-to-remove = safe to remove
slot-condition-attention = ATTENTION
custody-action-docked = card docked
custody-action-taken-out = card taken out before it was done
custody-action-taken-out-settled = missing card seen to

slot-reason-engine-fault = Since { $since } nothing can be secured: { $fault }
slot-reason-engine-slow = The store or the catalog has given no answer for long: leave the card where it is, and see to them.
slot-reason-disk-low = Only { $free } MiB are free at { $where }, { $reserve } MiB should be: make room.
slot-reason-disk-not-asked = { $where } cannot be asked for its room: { $why }.
slot-reason-clock-went-back = The clock went back by { $seconds } s, to { $at }: check it against a time server.
slot-reason-clock-jumped = The clock went forward by { $seconds } s, to { $at }: check it against a time server.
slot-reason-clock-unset = The clock says { $at }, which cannot be: set it.
slot-reason-erasing-refused = { $fault }
slot-reason-times-in-future = { $count } of its files bear times in the future: set the clock of the camera.
slot-reason-too-many-files = It holds more files than a camera's card does: only the first { $count } are secured.
slot-reason-files-failed = { $count } of its files could not be secured.
slot-reason-file-failed = { $path }: { $fault }
slot-reason-file-grows = { $path }: It has been growing for too long; it is watched on and secured once it stands still.
slot-reason-device-refused = { $fault }
slot-reason-not-looked-into = { $path }: { $fault }
slot-reason-does-not-answer = The card does not answer: take it out and look.
slot-reason-not-mounted = Something is plugged in, but the system has not mounted it ({ $devices }), so nothing of it can be secured: keep the card, and see why it cannot be read.
slot-reason-first-look = It is being looked through for the first time.
slot-reason-nothing-yet = Nothing was found on it so far; it is looked through once more.
slot-reason-nothing-found = Nothing was found on it.
slot-reason-last-look = All is secured; it is looked through once more before it may go.
slot-reason-to-erase = { $count } secured files are still to be erased.
slot-reason-kept = { $count } files were kept on it.
slot-reason-taken-out = A card{ $known ->
    [yes] { " of the camera " }{ $devices }
   *[no] { "" }
 } was taken out before it was done ({ $at }): { $left } of { $found } files were not secured. Put it in again.
slot-reason-taken-out-unread = A card{ $known ->
    [yes] { " of the camera " }{ $devices }
   *[no] { "" }
 } was taken out before all of it was looked through ({ $at }). Put it in again.
slot-reason-gone-meanwhile = A card{ $known ->
    [yes] { " of the camera " }{ $devices }
   *[no] { "" }
 } that was not done when it was last seen ({ $at }) is gone: { $left } of { $found } files were not secured. Put it in again.
slot-reason-state-unreadable = State of this dock could not be read and was put aside ({ $files }): cards that were taken out too early may be forgotten, or word of them not heeded. See to them, then move those files away.
