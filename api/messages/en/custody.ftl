cli-custody = the log of every act on evidence: what it holds, what of it is signed, and proofs for others
cli-custody-status = how far the log is signed and stamped, and by which key
cli-custody-show = every event of one recording, with its position in the tree
cli-custody-prove = proofs that anybody can check without Zhilu: that an event is in the signed log, or that one checkpoint extends another
cli-custody-what = a custody event: its id; or a recording, for all of its events
cli-custody-from = the size of the earlier checkpoint; with --to, proves that the later one extends it
cli-custody-to = the size of the later checkpoint
cli-custody-which = Say what is to be proved: an event or a recording, or two checkpoints by --from and --to.
cli-custody-checkpoint = sign what the log is now, as zhilu up and zhilu work do every minute
cli-custody-rotate = put a new key in the place of the present one, with a note that both signed; back it up afterwards
cli-custody-rotate-yes = replace it without being asked
cli-custody-rotate-agree = The key { $verifier } signs nothing more after this, and there is no way back. Every machine that signs needs the new one. Replace it?
cli-custody-rotate-not-agreed = The key was not replaced: agree when asked, or with --yes.
cli-custody-rotated = The key is { $verifier } from now on. Back up { $path }, and copy it to the other machines that sign.
cli-custody-signed = { $count ->
    [0] Nothing to sign: all { $size } events are under the last checkpoint.
   *[other] Signed: { $size } events.
 }
cli-custody-not-signed-yet = { $event } is not under a checkpoint yet: it can be proved within a minute, where zhilu up or zhilu work runs.
custody-line-key = Key: { $verifier } ({ $here ->
    [yes] this machine signs
   *[no] another machine signs
 })
custody-line-no-key = Key: none yet; the first zhilu up or zhilu work makes it
custody-line-events = Events: { $placed } in the tree, { $waiting } waiting for their position
custody-line-checkpoint = Signed: { $signed } events, at { $at } (checkpoint { $count })
custody-line-no-checkpoint = Signed: nothing yet
custody-line-stamps = Time stamps: { $stamped } there, { $pending } pending{ $why ->
    [none] {""}
   *[other] { " " }({ $why })
 }
custody-column-position = position
custody-column-at = time
custody-column-actor = actor
custody-column-action = action
custody-column-about = about
custody-column-result = result
custody-column-purpose = purpose
custody-column-event = event
custody-waiting = waiting

check-custody = custody log
check-custody-ok = { $events } events, signed until { $at }
check-custody-none = { $events } events, none signed yet
check-custody-attention = { $unsigned } events have not been signed for { $minutes } min: keep zhilu up or zhilu work running where the key is, or run zhilu custody checkpoint there
check-custody-stamps = { $pending } time stamps have not come for more than a day{ $why ->
    [none] {""}
   *[other] , the oldest because { $why }
 }: zhilu custody status
