"""Reading and writing rows, by noun. Repositories never commit; `select()` lives here alone."""
