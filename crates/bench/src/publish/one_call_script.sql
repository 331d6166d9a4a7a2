-- One publish in one round trip (`one_call.sql`). `:name` are pgbench's
-- variables, sent as parameters of a prepared statement.
\set place :client_id * :stride
\set n :n + 1
\set key_a random(1, 9223372036854775807)
\set key_b random(1, 9223372036854775807)
CALL bench_publish(
    :tenant::uuid, :account::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, :client_id::bigint, :n::bigint,
    (lpad(to_hex(:key_a::bigint), 16, '0') || lpad(to_hex(:key_b::bigint), 16, '0'))::uuid,
    :portrait::bytea, :rule_set::bytea, :name::text, :card::text, :manifest::text, :notes::text,
    :device::uuid, :device_name::text, :device_name_salt::bytea, :device_name_sha256::bytea, :actor_name_sha256::bytea,
    :before_submitted::text, :after_submitted::text, :before_published::text, :after_published::text,
    :before_moved::text, :after_moved::text, :answer::text);
