-- The roles of Zhilu, each with as little as its work needs. Run once a database, in it, by a superuser:
--
--     createdb --encoding=UTF8 --template=template0 zhilu
--     psql --dbname=zhilu --set=ON_ERROR_STOP=1 --single-transaction --file=roles.sql
--
-- Run again it changes nothing. Passwords are given afterwards, by \password; what each role may do to the tables
-- stands in rights.sql. Plain SQL throughout: any client can run it.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'zhilu_owner',      -- owns the tables; only `zhilu catalog upgrade` signs in as it
        'zhilu_dock',       -- `zhilu dock`: adds, never removes
        'zhilu_work',       -- `zhilu work`: what is learned of recordings
        'zhilu_serve',      -- `zhilu serve`: reads, and logs every look
        'zhilu_clerk',      -- `zhilu register`, `link`, `retry`: the register, and decisions of people
        'zhilu_retention'   -- `zhilu storage`: reconciling, probing, lengthening locks
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format(
                'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', wanted
            );
        END IF;
    END LOOP;
    -- Nobody else gets in, and nobody makes temporary tables that could stand in for ours.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO zhilu_owner, zhilu_dock, zhilu_work, zhilu_serve, zhilu_clerk, zhilu_retention',
        current_database()
    );
    -- But for those who decide for all recordings at once, in tables that last one transaction. What stands in for a
    -- table does so in their own session alone, and functions that run with the rights of the owner name their tables.
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO zhilu_work, zhilu_retention', current_database());
END
$$;

-- Until PostgreSQL 15 everybody could make tables and functions in it.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO zhilu_owner;
GRANT USAGE ON SCHEMA public TO zhilu_dock, zhilu_work, zhilu_serve, zhilu_clerk, zhilu_retention;
