# What `zhilu doctor` and `zhilu catalog` say of engines.
cli-catalog = the catalog itself
cli-catalog-upgrade = bring the schema of the catalog to this version; for PostgreSQL, by a role that may
cli-catalog-upgraded = { $where }: brought from { $before } to { $after }.
cli-catalog-made = { $where }: made, at { $after }.
cli-catalog-current = { $where }: at { $after } already, nothing to do.

check-unforeseen = The check met something unforeseen ({ $error }: { $reason }): the log has its trace.
check-no-answer = It did not answer within { $seconds } s: see whether it runs and can be reached from here.
check-room-unwritable = { $home } cannot be written to, or made there: give it to the user that runs Zhilu, or set ZHILU_HOME.
check-store = store
check-store-file = folder { $where }
check-store-s3 = S3 at { $where }, buckets { $buckets }, { $tls }; answers in { $milliseconds } ms
check-store-clock = The clock of the store at { $where } differs from ours by { $ahead } s: set both by a time server (NTP).
check-originals = originals
check-originals-ok = of { $recordings } originals { $looked } looked at, each in the store as recorded
check-originals-none = nothing is stored yet
check-originals-gone = The store does not hold the original of recording { $recording } ({ $version }): see whether it is the right store, then zhilu storage reconcile.
check-originals-size = The original of recording { $recording } has { $size } bytes in the store instead of { $recorded } ({ $version }): zhilu storage reconcile.
check-originals-unlocked = The original of recording { $recording } is not locked in the store ({ $version }): zhilu storage reconcile.
check-store-no-default = S3 at { $where } locks uploads only after they are complete, and the originals' bucket has no default retention of at least { $days } days (it has { $default }): zhilu storage init.
check-catalog-postgresql = { $recordings } recordings, schema { $revision }; PostgreSQL { $version }, { $where }; answers in { $milliseconds } ms
check-catalog-new = { $where } is not there yet: the first start makes it.
check-catalog-older = { $where } is at schema { $revision }: the next start brings it up to date.
check-catalog-clock = The clock of the catalog at { $where } differs from ours by { $ahead } s: set both by a time server (NTP).
check-dispatch = doorbell
check-dispatch-process = within this process
check-dispatch-ok = Redis { $where }, namespace { $namespace }; answers in { $milliseconds } ms
