"""Manifests: what the store holds of the catalog, enough to make it again (`catalog/rebuild/`).

| module | |
|---|---|
| `owed.py` | what a transaction changed is put on the ledger, in the same transaction |
| `document.py` | the manifest of one recording |
| `pages.py`, `page_document.py` | the tables that speak of no single recording, page by page |
| `rows.py` | rows as canonical JSON, and back |
"""
