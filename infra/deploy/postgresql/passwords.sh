#!/bin/sh
# Run by the container of PostgreSQL after roles.sql, once: gives each role the password that first-run made for it.
# psql reads the password from the file itself, so that it stands in no list of processes.
set -eu
for role in owner dock work serve retention; do
    PASSWORD_FILE=${SECRETS:-/run/secrets}/catalog_$role
    export PASSWORD_FILE
    psql --no-psqlrc --quiet --username="${POSTGRES_USER:-postgres}" --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 \
        --set=role="zhilu_$role" <<'SQL'
\set password `cat "$PASSWORD_FILE"`
ALTER ROLE :"role" PASSWORD :'password';
SQL
done
