-- Who may do what (inventory.md, schema rules 4 and 5). Run by an
-- administrator; every later file acts as `dramatis_owner`.
--
-- Roles belong to the cluster, not to one database: they may be there already,
-- or be made by another database's migration at this very moment.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('dramatis_owner', 'NOLOGIN'),
            ('dramatis_service', 'LOGIN'),
            ('dramatis_worker', 'LOGIN'),
            ('dramatis_auditor', 'LOGIN'),
            ('dramatis_backup', 'LOGIN BYPASSRLS')
        ) AS roles (name, attributes)
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        BEGIN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted.name);
        EXCEPTION
            -- Two databases of one cluster migrated at once.
            WHEN unique_violation THEN NULL;
        END;
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO dramatis_owner;
GRANT USAGE ON SCHEMA public TO dramatis_service, dramatis_worker, dramatis_auditor, dramatis_backup;

-- `/ready` compares the migrations applied with those compiled in.
GRANT SELECT ON _sqlx_migrations TO dramatis_service, dramatis_worker, dramatis_auditor, dramatis_backup;
