/**
 * Ten of the Oregon tables as SQL for DuckDB, over `events` (t, d, c, p: time, controller, code, parameter) and `roles`
 * (d, phase, function, p): what a data analyst would write, to hold our one pass against.
 */
const BIN = "time_bucket(INTERVAL '15 minutes', t)";

/** Hits of the detectors of a function, moved back, together with the events of their phase. */
const approach = (wanted: string, latencyMs: number): string => `
  SELECT e.t - INTERVAL '${latencyMs} milliseconds' AS t, e.d, r.phase, e.c
  FROM events e JOIN (SELECT DISTINCT d, phase, p FROM roles WHERE function = '${wanted}') r ON e.d = r.d AND e.p = r.p
  WHERE e.c = 82
  UNION ALL
  SELECT e.t, e.d, e.p AS phase, e.c FROM events e
  SEMI JOIN (SELECT d, phase FROM roles WHERE function = '${wanted}') r ON e.d = r.d AND e.p = r.phase
  WHERE e.c IN (1, 8, 10)`;

export const TEN_TABLES: Readonly<Record<string, string>> = {
  has_data: `
    SELECT time_bucket(INTERVAL '15 minutes', slot) AS bin, d FROM (
      SELECT time_bucket(INTERVAL '5 minutes', t) AS slot, d FROM events WHERE c <= 218 GROUP BY ALL HAVING count(*) >= 3)
    GROUP BY ALL HAVING count(*) = 3`,
  actuations: `SELECT ${BIN} AS bin, d, p, count(*) AS total FROM events WHERE c = 82 GROUP BY ALL`,
  terminations: `
    SELECT ${BIN} AS bin, d, p, CASE c WHEN 4 THEN 'GapOut' WHEN 5 THEN 'MaxOut' ELSE 'ForceOff' END AS measure, count(*) AS total
    FROM events WHERE c IN (4, 5, 6) GROUP BY ALL`,
  splits: `
    SELECT ${BIN} AS bin, d, c, count(*) AS services, avg(p) AS split FROM events WHERE c BETWEEN 300 AND 317 GROUP BY ALL`,
  communications: `SELECT ${BIN} AS bin, d, c, avg(p) AS average FROM events WHERE c IN (400, 502, 503) GROUP BY ALL`,
  coordination: `SELECT ${BIN} AS bin, t, d, c, p FROM events WHERE c IN (131, 132, 316, 318)`,
  ped: `
    SELECT ${BIN} AS bin, d, p, count(*) FILTER (c <> 90) AS services, count(*) FILTER (c = 90) AS presses
    FROM events WHERE c IN (21, 67, 90) GROUP BY ALL`,
  unique_ped: `
    SELECT ${BIN} AS bin, d, p, count(*) AS presses FROM (
      SELECT t, d, p, t - lag(t) OVER (PARTITION BY d, p ORDER BY t) AS since FROM events WHERE c = 90)
    WHERE since > INTERVAL '15 seconds' GROUP BY ALL`,
  arrival_on_green: `
    SELECT ${BIN} AS bin, d, phase, count(*) AS hits, avg((state = 1)::INTEGER) AS share FROM (
      SELECT t, d, phase, c, last_value(CASE WHEN c <> 82 THEN c END IGNORE NULLS)
        OVER (PARTITION BY d, phase ORDER BY t, c ROWS UNBOUNDED PRECEDING) AS state FROM (${approach('Advance', 0)}))
    WHERE c = 82 GROUP BY ALL HAVING share > 0`,
  yellow_red: `
    WITH numbered AS (
      SELECT *, count(*) FILTER (c = 1) OVER (PARTITION BY d, phase ORDER BY t, c ROWS UNBOUNDED PRECEDING) AS cycle
      FROM (${approach('Yellow_Red', 1500)})),
    states AS (
      SELECT *, max(CASE WHEN c <> 82 THEN c END) OVER (PARTITION BY d, phase, cycle ORDER BY t, c ROWS UNBOUNDED PRECEDING) AS state,
        count(*) FILTER (c = 8) OVER one AS yellows, count(*) FILTER (c = 10) OVER one AS reds, max(t) FILTER (c = 10) OVER one AS red
      FROM numbered WHERE cycle > 0 WINDOW one AS (PARTITION BY d, phase, cycle)),
    hits AS (
      SELECT d, phase, state, red, round(date_diff('millisecond', red, t) / 500.0) / 2 AS since FROM states
      WHERE c = 82 AND yellows = 1 AND reds = 1)
    SELECT time_bucket(INTERVAL '15 minutes', red) AS bin, d, phase, state, since, count(*) AS hits
    FROM hits WHERE since >= -8 GROUP BY ALL`,
};
