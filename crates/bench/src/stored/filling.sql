-- What the filled rows are made of, once, so that each table is then one
-- INSERT … SELECT. `{…}` is filled in by `fill.rs`. Ids and times are in the
-- order of places, as those of releases published one after another would be.
CREATE UNLOGGED TABLE filling (
    place integer, item uuid, creator uuid, at timestamptz, stem text, tail text, release uuid, name text, about text,
    tags text[], card bytea, card_sha256 bytea, notes_sha256 bytea, manifest bytea, manifest_sha256 bytea, key uuid
);
INSERT INTO filling
SELECT p.place, i.item, ({creators})[1 + p.place % {creator_count}], to_timestamp(i.ms / 1000.0), i.stem, i.tail, r.release,
       r.name, r.about, r.tags, c.card, c.card_sha256, r.notes_sha256, m.manifest, sha256(m.manifest), md5(p.place::text)::uuid
FROM generate_series(0, {count} - 1) AS p (place)
JOIN filling_phrase a ON a.id = hashint4(p.place) & {phrase_mask}
JOIN filling_phrase b ON b.id = hashint4(p.place + 100000007) & {phrase_mask}
JOIN filling_phrase c1 ON c1.id = hashint4(p.place + 200000033) & {phrase_mask}
JOIN filling_phrase d ON d.id = hashint4(p.place + 300000007) & {phrase_mask}
CROSS JOIN LATERAL (
    SELECT ('{items}' || lpad(to_hex(p.place), 8, '0'))::uuid AS item,
           {until_ms} - ({count} - p.place) * 10::bigint AS ms,
           lpad(to_hex({until_ms} - ({count} - p.place) * 10::bigint), 12, '0') AS stem,
           '8' || substr(md5(p.place::text), 1, 15) AS tail
    OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT (i.stem || '7001' || i.tail)::uuid AS release, initcap(split_part(a.words, ' ', 1)) AS name,
           a.words || ' ' || b.words || ' ' || c1.words || ' ' || d.words AS about,
           ARRAY['tag-' || p.place % {tag_count}, 'tag-' || (p.place + 1 + p.place / {tag_count} % ({tag_count} - 1)) % {tag_count}] AS tags,
           sha256(uuid_send(i.item)) AS notes_sha256
    OFFSET 0
) r
CROSS JOIN LATERAL (
    SELECT made.card, sha256(made.card) AS card_sha256
    FROM (SELECT convert_to(format($t${card}$t$, r.name, r.about, r.tags[1], r.tags[2], p.place), 'UTF8') AS card OFFSET 0) AS made
    OFFSET 0
) c
CROSS JOIN LATERAL (
    SELECT convert_to(format($t${manifest}$t$, i.item, r.release, encode(c.card_sha256, 'hex'), encode(r.notes_sha256, 'hex')), 'UTF8')
           AS manifest
    OFFSET 0
) m
WHERE p.place <> ALL ({lanes});
