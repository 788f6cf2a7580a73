cli-approver = people who may approve that evidence is disposed of, or that a schedule comes into force
cli-approver-enrol = enrol a person, who types a passphrase of their own; the first two enrol themselves, for later ones two enrolled people vouch
cli-approver-passphrase = take another passphrase; the person gives the old one, and another enrolled person vouches
cli-approver-revoke = take from a person the right to approve; two enrolled people vouch
cli-approver-list = everybody who is or was enrolled
cli-approver-name = what people know this person by
cli-approver-voucher = an enrolled person who vouches, with their own passphrase; may be given several times
cli-approver-reason = why; kept in the custody log
cli-approver-enrolled = { $name } is enrolled. { $count ->
    [one] One more is needed before anything can be approved.
   *[other] { $count } people can approve now.
 }
cli-approver-rekeyed = { $name } has another passphrase now.
cli-approver-revoked = { $name } cannot approve any more.
cli-passphrase-from = a person's passphrase from a file only its owner may read, or from /dev/fd/N; without it, it is asked for on the terminal
cli-passphrase-new-from = the new passphrase from a file, as above
cli-passphrase-ask = Passphrase of { $name }:{" "}
cli-passphrase-new = A passphrase that { $name } chooses:{" "}
cli-passphrase-again = Once more:{" "}
cli-column-enrolled = enrolled
cli-column-revoked = revoked
custody-action-approver-rekeyed = new passphrase of an approver
custody-action-approver-challenged = asked for a passphrase
