// The tables of containers in state.db. Times are milliseconds since the epoch, those of events nanoseconds.
//
// What runs is told by the kernel, never by a row: `started` and `finished` say what is known of the last run. A run that has a start, no end
// and no process has ended unseen; whichever command notices takes its end into the row (engine/containers/state/settle.ts). `run` counts
// starts, so that whoever comes late with the end of one run does not end the next.

export const CONTAINER_TABLES = `
  CREATE TABLE containers (
    id TEXT PRIMARY KEY CHECK (length(id) = 64),
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    created INTEGER NOT NULL,
    document TEXT NOT NULL CHECK (json_valid(document)),
    -- The last word of people: what restart policies and a start of the machine go by.
    wanted TEXT NOT NULL DEFAULT 'stopped' CHECK (wanted IN ('running', 'stopped')),
    run INTEGER NOT NULL DEFAULT 0,
    started INTEGER, finished INTEGER,
    -- Of the last run: docker's exit code (128 + n when signal n ended it); NULL while it runs.
    exit_code INTEGER,
    oom_killed INTEGER NOT NULL DEFAULT 0 CHECK (oom_killed IN (0, 1)),
    -- Why it could not be started, or why nobody knows how it ended.
    error TEXT NOT NULL DEFAULT '',
    -- Restarts by its policy since somebody started it.
    restarts INTEGER NOT NULL DEFAULT 0,
    -- Those of them in a row that followed runs of less than ten seconds: each makes the next wait longer.
    hasty INTEGER NOT NULL DEFAULT 0,
    -- 1: somebody is at removing it: it cannot be started any more. 2: the volumes that nobody named go with it, whoever comes to finish that.
    removing INTEGER NOT NULL DEFAULT 0 CHECK (removing IN (0, 1, 2)),
    CHECK (finished IS NULL OR started IS NOT NULL)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX containers_created ON containers(created);

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    type TEXT NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL,
    attributes TEXT NOT NULL CHECK (json_valid(attributes))
  ) STRICT;

  -- What the supervisor has to do, and when; one of a kind for each container.
  CREATE TABLE duties (
    container TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('restart', 'health', 'timeout')),
    due INTEGER NOT NULL,
    PRIMARY KEY (container, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX duties_due ON duties(due);

  -- What health checks have found since the last start. log: the last five, as docker's State.Health.Log.
  CREATE TABLE health (
    container TEXT PRIMARY KEY REFERENCES containers(id) ON DELETE CASCADE,
    run INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('starting', 'healthy', 'unhealthy')),
    failing_streak INTEGER NOT NULL DEFAULT 0,
    log TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(log))
  ) STRICT, WITHOUT ROWID;
`;
