from typing import Any

from django.db import migrations, models

STEERED = """
    SET enable_seqscan = off SET enable_hashjoin = off
    SET enable_mergejoin = off SET enable_bitmapscan = off
    SET plan_cache_mode = force_generic_plan SET jit = off
"""

CREATE = """
CREATE TABLE sse_pipeline_database_stream (
    id text COLLATE "C" PRIMARY KEY,
    snapshot bytea NOT NULL,
    flags text NOT NULL,
    first bytea NOT NULL,
    lost text[] NOT NULL,
    expires double precision NOT NULL,
    spilled bigint NOT NULL DEFAULT 0,
    cut boolean NOT NULL DEFAULT false
);
CREATE INDEX sse_pipeline_database_stream_expires ON sse_pipeline_database_stream (expires);

CREATE TABLE sse_pipeline_database_batch (
    stream text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    last bigint NOT NULL,
    version bigint NOT NULL,
    total bigint NOT NULL,
    frames integer NOT NULL,
    flags text NOT NULL,
    counts jsonb NOT NULL,
    content text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (stream, number)
);
ALTER TABLE sse_pipeline_database_batch ALTER COLUMN data SET STORAGE EXTERNAL;

-- What is content of the batches that were dropped.
CREATE TABLE sse_pipeline_database_spill (
    stream text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    last bigint NOT NULL,
    content text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (stream, number)
);
ALTER TABLE sse_pipeline_database_spill ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE sse_pipeline_database_process (
    name text COLLATE "C" PRIMARY KEY,
    expires double precision NOT NULL
);

CREATE TABLE sse_pipeline_database_key (
    name text COLLATE "C" PRIMARY KEY,
    value text NOT NULL,
    expires double precision NOT NULL
);
CREATE INDEX sse_pipeline_database_key_expires ON sse_pipeline_database_key (expires);

-- Drop the batches that are too much. What is content is kept, while it takes at most `p_room` bytes
-- of all that was dropped of the stream. The caller has locked the row of the stream.
CREATE FUNCTION sse_pipeline_database_trim(
    p_stream text, p_number bigint, p_total bigint, p_room bigint
) RETURNS void LANGUAGE plpgsql STEERED AS $$
DECLARE
    v_spilled bigint;
    v_cut boolean;
    v_size bigint;
    v_wanted bigint;
BEGIN
    SELECT s.spilled, s.cut INTO v_spilled, v_cut
        FROM sse_pipeline_database_stream s WHERE s.id = p_stream;
    WITH gone AS (
        DELETE FROM sse_pipeline_database_batch b
        WHERE b.stream = p_stream AND b.number < p_number AND b.total <= p_total
        RETURNING b.number, b.last, b.content, b.data
    ), found AS (
        SELECT
            g.number, g.last, e.nth, e.value ->> 0 AS component,
            substring(g.data FROM (e.value -> 1)::integer + 1 FOR (e.value -> 2)::integer) AS data,
            v_spilled + sum((e.value -> 2)::integer) OVER (ORDER BY g.number, e.nth) AS size
        FROM gone g
        CROSS JOIN LATERAL jsonb_array_elements(g.content::jsonb) WITH ORDINALITY e (value, nth)
        WHERE NOT v_cut
    ), kept AS (
        SELECT f.*, length(f.data) AS length, sum(length(f.data))
            OVER (PARTITION BY f.number ORDER BY f.nth) - length(f.data) AS start
        FROM found f WHERE f.size <= p_room
    ), spilt AS (
        INSERT INTO sse_pipeline_database_spill (stream, number, last, content, data)
        SELECT
            p_stream, k.number, max(k.last),
            jsonb_agg(jsonb_build_array(k.component, k.start, k.length) ORDER BY k.nth)::text,
            string_agg(k.data, ''::bytea ORDER BY k.nth)
        FROM kept k GROUP BY k.number
    )
    SELECT max(f.size) FILTER (WHERE f.size <= p_room), max(f.size) INTO v_size, v_wanted
    FROM found f;
    IF v_wanted IS NOT NULL THEN
        UPDATE sse_pipeline_database_stream
        SET spilled = coalesce(v_size, v_spilled), cut = v_wanted > p_room WHERE id = p_stream;
    END IF;
END
$$;

-- Append a batch to each of many streams. Their rows are locked in one order, so that two calls
-- never wait for each other.
CREATE FUNCTION sse_pipeline_database_append(
    p_process text, p_held bigint, p_room bigint, p_streams text[], p_sequences bigint[],
    p_frames integer[], p_lives double precision[], p_details jsonb[], p_contents text[],
    p_data bytea[]
) RETURNS TABLE (
    place bigint, moment double precision, outcome text, bytes bigint, flags text, component text
) LANGUAGE plpgsql STEERED AS $$
#variable_conflict use_column
DECLARE
    v_row record;
    v_step bigint := p_held / 8 + 1;
    v_bells text[] := '{}';
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM s.id FROM sse_pipeline_database_stream s
        WHERE s.id = ANY (p_streams) ORDER BY s.id FOR NO KEY UPDATE;
    moment := extract(epoch FROM clock_timestamp());
    FOR v_row IN
        WITH kept AS (
            SELECT
                i.place, i.stream, i.frames, i.life, i.content, i.data, s.expires, s.flags,
                b.number, b.last, b.version, b.total, b.counts, m.changes, m.fenced, m.taken,
                m.sent, b.total + length(i.data) AS after,
                CASE
                    WHEN s.id IS NULL OR b.number IS NULL OR s.expires <= moment THEN 'missing'
                    WHEN coalesce((b.counts ->> ('w:' || p_process))::bigint, 0) >= i.sequence
                        THEN 'done'
                    WHEN s.flags LIKE '%e%' THEN 'ended'
                    WHEN m.fenced IS NOT NULL THEN 'fenced'
                    ELSE 'new'
                END AS outcome,
                CASE WHEN i.frames > 0 THEN jsonb_build_object(
                    'frames', coalesce((b.counts -> 'frames')::bigint, 0) + i.frames,
                    'bytes', coalesce((b.counts -> 'bytes')::bigint, 0) + m.sent,
                    'at', moment,
                    'since', coalesce(b.counts -> 'since', to_jsonb(moment))
                ) ELSE '{}'::jsonb END || jsonb_build_object('w:' || p_process, i.sequence)
                    AS own
            FROM unnest(p_streams, p_sequences, p_frames, p_lives, p_details, p_contents, p_data)
                WITH ORDINALITY
                AS i (stream, sequence, frames, life, details, content, data, place)
            LEFT JOIN sse_pipeline_database_stream s ON s.id = i.stream
            LEFT JOIN LATERAL (
                SELECT l.* FROM sse_pipeline_database_batch l
                WHERE l.stream = i.stream ORDER BY l.number DESC LIMIT 1
            ) b ON true
            LEFT JOIN LATERAL (
                SELECT
                    jsonb_object_agg(p.key, p.value) AS changes,
                    max(d.key) FILTER (WHERE d.key = ANY (s.lost)) AS fenced,
                    count(*) FILTER (
                        WHERE p.nth = 1 AND d.key <> ''
                        AND b.counts ->> p.key IS DISTINCT FROM p_process
                    ) AS taken,
                    coalesce(sum((d.value -> 1)::bigint) FILTER (WHERE p.nth = 1), 0) AS sent
                FROM jsonb_each(i.details) d
                -- Arrays, and no VALUES: those are compiled anew for each row.
                CROSS JOIN LATERAL unnest(
                    CASE d.key WHEN '' THEN ARRAY['anyone'] ELSE ARRAY[
                        'o:' || d.key, 't:' || d.key, 'f:' || d.key, 'b:' || d.key, 'n:' || d.key
                    ] END,
                    CASE d.key WHEN '' THEN ARRAY[moment::text] ELSE ARRAY[
                        p_process,
                        moment::text,
                        (coalesce((b.counts ->> ('f:' || d.key))::bigint, 0)
                            + (d.value -> 0)::bigint)::text,
                        (coalesce((b.counts ->> ('b:' || d.key))::bigint, 0)
                            + (d.value -> 1)::bigint)::text,
                        d.value ->> 2
                    ] END
                ) WITH ORDINALITY p (key, value, nth)
                WHERE p.value <> ''
            ) m ON true
        ), added AS (
            INSERT INTO sse_pipeline_database_batch
                (stream, number, last, version, total, frames, flags, counts, content, data)
            SELECT
                k.stream, k.number + 1, k.last + k.frames, k.version + k.taken,
                k.after, k.frames, k.flags, k.counts || k.changes || k.own, k.content, k.data
            FROM kept k WHERE k.outcome = 'new'
        )
        SELECT k.* FROM kept k
    LOOP
        place := v_row.place;
        outcome := CASE v_row.outcome WHEN 'new' THEN 'done' ELSE v_row.outcome END;
        bytes := coalesce((v_row.counts -> 'bytes')::bigint, 0);
        flags := v_row.flags;
        component := v_row.fenced;
        IF v_row.outcome = 'new' THEN
            bytes := bytes + v_row.sent;
            IF v_row.frames > 0 THEN
                v_bells := v_bells || v_row.stream;
            END IF;
            -- Each time when an eighth of what may be held has come.
            IF v_row.after > p_held AND v_row.after / v_step <> v_row.total / v_step THEN
                PERFORM sse_pipeline_database_trim(
                    v_row.stream, v_row.number + 1, v_row.after - p_held + v_step, p_room);
            END IF;
            IF v_row.life > 0 AND v_row.expires - moment < v_row.life / 2 THEN
                UPDATE sse_pipeline_database_stream
                SET expires = moment + v_row.life WHERE id = v_row.stream;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
    FOR v_place IN 0 .. (cardinality(v_bells) - 1) / 200 LOOP
        IF cardinality(v_bells) > 0 THEN
            PERFORM pg_notify('sse_pipeline', array_to_string(
                v_bells[v_place * 200 + 1 : v_place * 200 + 200], ','));
        END IF;
    END LOOP;
END
$$;

-- Replace the snapshot of a stream and append frames, if the version is the one that the process
-- decided on. The terminal frame gets the counts that hold now, between its pieces.
CREATE FUNCTION sse_pipeline_database_commit(
    p_process text, p_sequence bigint, p_stream text, p_old bigint, p_new bigint,
    p_snapshot bytea, p_flags text, p_frames integer, p_pieces bytea[], p_fields text[],
    p_first bytea, p_life double precision, p_held bigint, p_room bigint, p_claimed text[],
    p_lost text[], p_rings boolean, p_durable boolean
) RETURNS TABLE (
    moment double precision, outcome text, version bigint, snapshot bytea, counts text
) LANGUAGE plpgsql STEERED AS $$
#variable_conflict use_column
DECLARE
    v_stream sse_pipeline_database_stream%ROWTYPE;
    v_batch sse_pipeline_database_batch%ROWTYPE;
    v_kept jsonb;
    v_data bytea := p_pieces[1];
    v_after bigint;
    v_step bigint := p_held / 8 + 1;
BEGIN
    IF NOT p_durable THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    LOOP
        SELECT s.* INTO v_stream FROM sse_pipeline_database_stream s
            WHERE s.id = p_stream FOR NO KEY UPDATE;
        moment := extract(epoch FROM clock_timestamp());
        IF FOUND THEN
            EXIT WHEN v_stream.expires > moment;
            DELETE FROM sse_pipeline_database_batch WHERE stream = p_stream;
            DELETE FROM sse_pipeline_database_spill WHERE stream = p_stream;
            DELETE FROM sse_pipeline_database_stream WHERE id = p_stream;
        END IF;
        IF p_old <> 0 THEN
            outcome := 'missing';
            RETURN NEXT;
            RETURN;
        END IF;
        INSERT INTO sse_pipeline_database_stream (id, snapshot, flags, first, lost, expires)
        VALUES (p_stream, p_snapshot, p_flags, p_first, '{}', moment + p_life)
        ON CONFLICT (id) DO NOTHING;
        EXIT WHEN FOUND;
    END LOOP;
    SELECT b.* INTO v_batch FROM sse_pipeline_database_batch b
        WHERE b.stream = p_stream ORDER BY b.number DESC LIMIT 1;
    v_kept := coalesce(v_batch.counts, '{}'::jsonb);
    counts := v_kept::text;
    version := coalesce(v_batch.version, 0);
    IF coalesce((v_kept ->> ('w:' || p_process))::bigint, 0) >= p_sequence THEN
        outcome := 'won';
        RETURN NEXT;
        RETURN;
    END IF;
    IF version <> p_old THEN
        outcome := 'lost';
        snapshot := v_stream.snapshot;
        RETURN NEXT;
        RETURN;
    END IF;
    FOR v_place IN 1 .. cardinality(p_fields) LOOP
        v_data := v_data || convert_to(coalesce(v_kept ->> p_fields[v_place], '0'), 'UTF8')
            || p_pieces[v_place + 1];
    END LOOP;
    INSERT INTO sse_pipeline_database_batch
        (stream, number, last, version, total, frames, flags, counts, content, data)
    VALUES (
        p_stream, coalesce(v_batch.number, 0) + 1, coalesce(v_batch.last, 0) + p_frames, p_new,
        coalesce(v_batch.total, 0) + length(v_data), p_frames, p_flags,
        v_kept || jsonb_build_object('at', moment, 'w:' || p_process, p_sequence) || coalesce(
            (SELECT jsonb_object_agg('o:' || c.name, p_process) FROM unnest(p_claimed) c (name)),
            '{}'::jsonb),
        '[]', v_data
    );
    UPDATE sse_pipeline_database_stream
    SET snapshot = p_snapshot, flags = p_flags, lost = lost || p_lost, expires = moment + p_life
    WHERE id = p_stream;
    v_after := coalesce(v_batch.total, 0) + length(v_data);
    IF v_after > p_held AND v_after / v_step <> coalesce(v_batch.total, 0) / v_step THEN
        PERFORM sse_pipeline_database_trim(
            p_stream, coalesce(v_batch.number, 0) + 1, v_after - p_held + v_step, p_room);
    END IF;
    PERFORM pg_notify('sse_pipeline', p_stream || CASE WHEN p_rings THEN '!' ELSE '' END);
    outcome := 'won';
    RETURN NEXT;
END
$$;

-- Return the state of streams, with what their last batch says.
CREATE FUNCTION sse_pipeline_database_load(p_streams text[]) RETURNS TABLE (
    moment double precision, stream text, snapshot bytea, flags text, first bytea,
    version bigint, last bigint, total bigint, counts text
) LANGUAGE plpgsql STEERED AS $$
#variable_conflict use_column
BEGIN
    moment := extract(epoch FROM clock_timestamp());
    RETURN QUERY
        SELECT moment, s.id, s.snapshot, s.flags, s.first, b.version, b.last, b.total,
            b.counts::text
        FROM unnest(p_streams) i (stream)
        JOIN sse_pipeline_database_stream s ON s.id = i.stream AND s.expires > moment
        CROSS JOIN LATERAL (
            SELECT l.* FROM sse_pipeline_database_batch l
            WHERE l.stream = i.stream ORDER BY l.number DESC LIMIT 1
        ) b;
END
$$;

-- Return the batches that follow a number in each of many streams, and at most so many of each.
CREATE FUNCTION sse_pipeline_database_fetch(
    p_streams text[], p_after bigint[], p_most integer
) RETURNS TABLE (
    stream text, number bigint, last bigint, frames integer, flags text, data bytea
) LANGUAGE plpgsql STEERED AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT i.stream, b.number, b.last, b.frames, b.flags, b.data
        FROM unnest(p_streams, p_after) i (stream, after)
        CROSS JOIN LATERAL (
            SELECT l.* FROM sse_pipeline_database_batch l
            WHERE l.stream = i.stream AND l.number > i.after ORDER BY l.number LIMIT p_most
        ) b;
END
$$;

-- Return the batches that follow a number, with what is kept of their content.
CREATE FUNCTION sse_pipeline_database_content(
    p_stream text, p_after bigint, p_most integer
) RETURNS TABLE (
    number bigint, last bigint, ended boolean, content text, data bytea
) LANGUAGE plpgsql STEERED AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        (
            SELECT s.number, s.last, false, s.content, s.data
            FROM sse_pipeline_database_spill s
            WHERE s.stream = p_stream AND s.number > p_after ORDER BY s.number LIMIT p_most
        ) UNION ALL (
            SELECT b.number, b.last, b.flags LIKE '%e%', b.content,
                CASE b.content WHEN '[]' THEN '' ELSE b.data END
            FROM sse_pipeline_database_batch b
            WHERE b.stream = p_stream AND b.number > p_after ORDER BY b.number LIMIT p_most
        ) ORDER BY 1 LIMIT p_most;
END
$$;

-- Give a key a text if it has the old one; return the text that it has then. Without a new text the
-- key is only read.
CREATE FUNCTION sse_pipeline_database_key(
    p_name text, p_old text, p_new text, p_life double precision
) RETURNS text LANGUAGE plpgsql STEERED AS $$
DECLARE
    v_moment double precision := extract(epoch FROM clock_timestamp());
    v_key sse_pipeline_database_key%ROWTYPE;
BEGIN
    IF p_new = '' THEN
        SELECT k.* INTO v_key FROM sse_pipeline_database_key k WHERE k.name = p_name;
        RETURN CASE WHEN v_key.expires > v_moment THEN v_key.value ELSE '' END;
    END IF;
    LOOP
        SELECT k.* INTO v_key FROM sse_pipeline_database_key k WHERE k.name = p_name FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO sse_pipeline_database_key (name, value, expires)
        VALUES (p_name, '', v_moment + p_life) ON CONFLICT (name) DO NOTHING;
    END LOOP;
    v_moment := extract(epoch FROM clock_timestamp());
    IF v_key.expires <= v_moment THEN
        v_key.value := '';
    END IF;
    IF v_key.value <> p_old THEN
        RETURN v_key.value;
    END IF;
    UPDATE sse_pipeline_database_key
    SET value = p_new, expires = v_moment + p_life WHERE name = p_name;
    RETURN p_new;
END
$$;

-- Delete some streams whose time is over, and keys. Return how many streams.
CREATE FUNCTION sse_pipeline_database_sweep(p_most integer) RETURNS bigint
LANGUAGE plpgsql STEERED AS $$
DECLARE
    v_moment double precision := extract(epoch FROM clock_timestamp());
    v_gone text[];
BEGIN
    v_gone := ARRAY(
        SELECT s.id FROM sse_pipeline_database_stream s WHERE s.expires <= v_moment
        ORDER BY s.expires LIMIT p_most FOR UPDATE SKIP LOCKED);
    DELETE FROM sse_pipeline_database_batch WHERE stream = ANY (v_gone);
    DELETE FROM sse_pipeline_database_spill WHERE stream = ANY (v_gone);
    DELETE FROM sse_pipeline_database_stream WHERE id = ANY (v_gone);
    DELETE FROM sse_pipeline_database_process WHERE expires < v_moment - 3600;
    DELETE FROM sse_pipeline_database_key WHERE name = ANY (ARRAY(
        SELECT k.name FROM sse_pipeline_database_key k WHERE k.expires <= v_moment
        ORDER BY k.expires LIMIT p_most FOR UPDATE SKIP LOCKED));
    RETURN cardinality(v_gone);
END
$$;
""".replace("STEERED", STEERED.strip())

DROP = """
DROP FUNCTION sse_pipeline_database_content, sse_pipeline_database_key, sse_pipeline_database_sweep, sse_pipeline_database_fetch,
    sse_pipeline_database_load, sse_pipeline_database_commit, sse_pipeline_database_append,
    sse_pipeline_database_trim;
DROP TABLE sse_pipeline_database_key, sse_pipeline_database_spill, sse_pipeline_database_process, sse_pipeline_database_batch,
    sse_pipeline_database_stream;
"""


def create(apps: Any, schema_editor: Any) -> None:
    """Create the tables and functions. On SQLite the store has a file of its own."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE, params=None)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP, params=None)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StoredStream",
            fields=[("id", models.TextField(primary_key=True, serialize=False))],
            options={"db_table": "sse_pipeline_database_stream", "managed": False},
        ),
        migrations.RunPython(create, drop, hints={"model_name": "storedstream"}),
    ]
