# What `zhilu doctor` and `zhilu catalog` say of engines.
cli-catalog = the catalog itself
cli-catalog-upgrade = bring the schema of the catalog to this version; for PostgreSQL, by a role that may
cli-catalog-upgraded = { $where }: brought from { $before } to { $after }.
cli-catalog-made = { $where }: made, at { $after }.
cli-catalog-current = { $where }: at { $after } already, nothing to do.

check-no-answer = It did not answer within { $seconds } s: see whether it runs and can be reached from here.
check-room-unwritable = { $home } cannot be written to, or made there: give it to the user that runs Zhilu, or set ZHILU_HOME.
check-store = store
check-store-file = folder { $where }
check-store-s3 = S3 at { $where }, buckets { $buckets }, { $tls }; answers in { $milliseconds } ms
check-store-clock = The clock of the store at { $where } differs from ours by { $ahead } s: set both by a time server (NTP).
check-catalog-postgresql = { $recordings } recordings, schema { $revision }; PostgreSQL { $version }, { $where }; answers in { $milliseconds } ms
check-catalog-new = { $where } is not there yet: the first start makes it.
check-catalog-older = { $where } is at schema { $revision }: the next start brings it up to date.
check-catalog-clock = The clock of the catalog at { $where } differs from ours by { $ahead } s: set both by a time server (NTP).
check-dispatch = doorbell
check-dispatch-process = within this process
check-dispatch-ok = Redis { $where }, namespace { $namespace }; answers in { $milliseconds } ms
