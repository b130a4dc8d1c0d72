/**
 * Tables of the embedded store. Facts: file, delta, coverage, quarantine (set once). Derived, replaced as a whole for
 * each partition: edge, attempt, activity, signal. Numbers stand for strings kept once in `name` and `principal`.
 */
export const SCHEMA_VERSION = 5

/** What was found and what people decided about it: replaced under a version, with what is to be told of it. `content` is JSON. */
const FINDING_TABLES = `
CREATE TABLE finding (
  id TEXT PRIMARY KEY, version INTEGER NOT NULL, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE approved_edge (key TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE suppression (key TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- \`severity\` by rank, times in seconds.
CREATE TABLE outbox (
  name TEXT PRIMARY KEY, version INTEGER NOT NULL, attempts INTEGER NOT NULL, dead INTEGER NOT NULL,
  severity INTEGER NOT NULL, since INTEGER NOT NULL, next_at INTEGER NOT NULL, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (dead, severity, since, name);
-- Messages that a place was sent in a span of time.
CREATE TABLE allowance (
  place TEXT PRIMARY KEY, span INTEGER NOT NULL, sent INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

/** What reviewers signed; never changed. `content` is JSON. */
const SIGN_OFF_TABLE = `
CREATE TABLE sign_off (
  id TEXT PRIMARY KEY, namespace TEXT NOT NULL, at TEXT NOT NULL, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX sign_off_namespace ON sign_off (namespace, at);
`

/** Has all that is counted: to look up each row of 90 days beside it would take most of the time. */
const EDGE_PRINCIPAL = 'CREATE INDEX edge_principal ON edge (principal, hour, n, first, last);'

export const SCHEMA = `
${FINDING_TABLES}${SIGN_OFF_TABLE}
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE principal (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, pid TEXT NOT NULL, cluster TEXT, namespace TEXT,
  service_account TEXT, name TEXT, account TEXT, UNIQUE (kind, pid)) STRICT;
CREATE INDEX principal_workload ON principal (service_account, namespace);

-- Roles of edges and attempts: \`id\` as in \`name\`, and the last part of the ARN, which people know a role by.
CREATE TABLE role (id INTEGER PRIMARY KEY, short TEXT NOT NULL) STRICT;
CREATE INDEX role_short ON role (short);

CREATE TABLE file (
  id TEXT PRIMARY KEY, source TEXT NOT NULL, records INTEGER NOT NULL, out_of_scope INTEGER NOT NULL,
  repeated INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
  file TEXT NOT NULL, position INTEGER NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL,
  byte_offset INTEGER NOT NULL, byte_length INTEGER NOT NULL, PRIMARY KEY (file, position)) STRICT, WITHOUT ROWID;
CREATE TABLE coverage (
  account TEXT NOT NULL, region TEXT NOT NULL, day INTEGER NOT NULL, slots BLOB NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, lag_max INTEGER,
  PRIMARY KEY (account, region, day)) STRICT, WITHOUT ROWID;
CREATE INDEX coverage_first ON coverage (first);
CREATE INDEX coverage_last ON coverage (last);

CREATE TABLE partition (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, hour INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 0,
  rolled INTEGER NOT NULL DEFAULT 0, UNIQUE (hour, account)) STRICT;
CREATE INDEX partition_dirty ON partition (account, hour) WHERE version <> rolled;
CREATE TABLE delta (
  id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, file TEXT NOT NULL, events BLOB NOT NULL,
  content BLOB NOT NULL) STRICT;
-- Not unique: a later version may read more of a file than the one that kept it first.
CREATE INDEX delta_partition ON delta (partition, file);
-- Where the sightings under a ref stand: \`hash\` is of the ref, \`place\` says which delta and where in it, see hash.ts.
CREATE TABLE sighting (
  hash INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (hash, place)) STRICT, WITHOUT ROWID;
CREATE TABLE waiter (
  hash INTEGER NOT NULL, partition INTEGER NOT NULL, PRIMARY KEY (hash, partition)) STRICT, WITHOUT ROWID;

CREATE TABLE edge (
  role INTEGER NOT NULL, hour INTEGER NOT NULL, principal INTEGER NOT NULL, via INTEGER NOT NULL,
  proof INTEGER NOT NULL, hop INTEGER NOT NULL, partition INTEGER NOT NULL, n INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, seconds BLOB NOT NULL,
  PRIMARY KEY (role, hour, principal, via, proof, hop, partition)) STRICT, WITHOUT ROWID;
${EDGE_PRINCIPAL}
CREATE INDEX edge_partition ON edge (partition);
CREATE TABLE attempt (
  partition INTEGER NOT NULL, position INTEGER NOT NULL, hour INTEGER NOT NULL, role INTEGER NOT NULL,
  principal INTEGER NOT NULL, via INTEGER NOT NULL, action TEXT NOT NULL, error TEXT NOT NULL, n INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, seconds BLOB NOT NULL,
  PRIMARY KEY (partition, position)) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_role ON attempt (role, hour);
CREATE INDEX attempt_principal ON attempt (principal, hour);
-- One row for each resource (kind 0) and each principal (kind 1) with activity in a partition; \`rows\` has its entries, see activity-codec.ts.
CREATE TABLE activity (
  kind INTEGER NOT NULL, subject INTEGER NOT NULL, hour INTEGER NOT NULL, partition INTEGER NOT NULL,
  entries BLOB NOT NULL, PRIMARY KEY (kind, subject, hour, partition)) STRICT, WITHOUT ROWID;
-- What detection looks at, see signal-codec.ts.
CREATE TABLE signal (partition INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
-- Which partitions saw an address or endpoint.
CREATE TABLE network (
  name INTEGER NOT NULL, partition INTEGER NOT NULL, PRIMARY KEY (name, partition)) STRICT, WITHOUT ROWID;
-- What of these is to be removed when a partition is rolled up again.
CREATE TABLE written (partition INTEGER PRIMARY KEY, subjects BLOB NOT NULL, networks BLOB NOT NULL) STRICT;

-- What was declared: \`content\` is deflated JSON. A person approves one; everything else about it is set once.
CREATE TABLE snapshot (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, approved_at INTEGER, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_at ON snapshot (at);
-- Every name that a snapshot had for a cluster, so that answers need not read snapshots.
CREATE TABLE cluster_name (
  issuer TEXT NOT NULL, arn TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (issuer, arn, name)) STRICT, WITHOUT ROWID;
`

/** A number as four bytes, the lowest first. */
const word = (number: string): string =>
  `unhex(printf('%02x%02x%02x%02x', (${number}) & 255, (${number}) >> 8 & 255, (${number}) >> 16 & 255, (${number}) >> 24))`
const WORDS = [
  'callers',
  'groups',
  'sightings',
  'shared',
  'call_group',
  'call_event',
  'string_ends',
]
const BYTES = ['strings', 'CAST(attempts AS BLOB)']
/** Thirteen columns become the `content` of delta-codec.ts. */
const PACKED_DELTAS = `
CREATE TABLE packed (
  id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, file TEXT NOT NULL, events BLOB NOT NULL,
  content BLOB NOT NULL) STRICT;
INSERT INTO packed SELECT id, partition, file, events, CAST(${[
  ...WORDS.map((column) => word(`length(${column}) / 4`)),
  ...BYTES.map((column) => word(`length(${column})`)),
  ...WORDS,
  'call_second',
  ...BYTES,
].join(' || ')} AS BLOB) FROM delta;
DROP TABLE delta;
ALTER TABLE packed RENAME TO delta;
CREATE INDEX delta_partition ON delta (partition, file);
`
const PLACES = `
CREATE TABLE placed (
  hash INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (hash, place)) STRICT, WITHOUT ROWID;
INSERT INTO placed SELECT hash, delta * 33554432 + position FROM sighting;
DROP TABLE sighting;
ALTER TABLE placed RENAME TO sighting;
`

/** What makes a store of an earlier version one of the next. Rows follow from facts: they are made anew when all partitions are dirty. */
export const UPGRADES: Readonly<Record<number, string>> = {
  2: `${FINDING_TABLES}${SIGN_OFF_TABLE}
      CREATE TABLE signal (partition INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
      UPDATE partition SET version = version + 1;`,
  3: `${PACKED_DELTAS}${PLACES}`,
  4: `DROP INDEX edge_principal; ${EDGE_PRINCIPAL}`,
}
