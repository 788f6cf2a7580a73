"""Making a working catalog from the buckets alone (`zhilu rebuild`).

| module | |
|---|---|
| `rebuilder.py` | the protocol, step by step |
| `log.py` | the custody log from its segments, checked against its signed checkpoints |
| `strangers.py` | segments that tell other events than were signed |
| `facts.py` | rows from manifests and pages, each held against its last seal in the log |
| `staging.py` | a file on this machine in which all that is found waits; no more is held in memory |
| `putting.py` | rows and log into the empty catalog |
| `ledger.py` | what is left to do |
| `report.py` | what was read, made, contradicted, lost |
"""
