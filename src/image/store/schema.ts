// The tables of teu.db, as migrations by number: a database of an older program is brought up by those that it lacks. A migration that
// was released is never changed; later parts append theirs.
//
// Rules that the tables hold: a name means an image, an image is a manifest that was stored whole. What a manifest says stays known when its
// blob is damaged and dropped, so that names survive and the image can say what it misses.
// `edges` is what a manifest leads to, so that marking for garbage collection is one query.
// Times are milliseconds since the epoch.

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('names', 0), ('exported', 0);

  -- A blob that is whole and verified at content/blobs.
  CREATE TABLE blobs (
    digest TEXT PRIMARY KEY, size INTEGER NOT NULL, created INTEGER NOT NULL, used INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- What a manifest or an index says. config: of an image manifest the config's digest, which is the image's ID.
  CREATE TABLE manifests (
    digest TEXT PRIMARY KEY,
    media_type TEXT NOT NULL, size INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('manifest', 'index')),
    artifact_type TEXT, config TEXT
  ) STRICT, WITHOUT ROWID;

  -- What a manifest leads to; foreign: a layer that need not be there. descriptor: as JSON.
  CREATE TABLE edges (
    manifest TEXT NOT NULL REFERENCES manifests(digest) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('config', 'layer', 'foreign', 'child', 'subject')),
    position INTEGER NOT NULL, digest TEXT NOT NULL, descriptor TEXT NOT NULL,
    PRIMARY KEY (manifest, role, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX edges_digest ON edges(digest, role);

  -- The chain IDs of an image manifest's layers, lowest first.
  CREATE TABLE chains (
    manifest TEXT NOT NULL REFERENCES manifests(digest) ON DELETE CASCADE,
    position INTEGER NOT NULL, chain_id TEXT NOT NULL,
    PRIMARY KEY (manifest, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX chains_chain ON chains(chain_id);

  -- What was stored under a name once, and has not been removed: named or dangling.
  CREATE TABLE images (
    digest TEXT PRIMARY KEY REFERENCES manifests(digest), created INTEGER NOT NULL, used INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE names (
    name TEXT PRIMARY KEY, digest TEXT NOT NULL REFERENCES images(digest), created INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX names_digest ON names(digest);
  -- Where a pull or push saw the manifest: repository@digest.
  CREATE TABLE repositories (
    digest TEXT NOT NULL REFERENCES images(digest) ON DELETE CASCADE, repository TEXT NOT NULL,
    PRIMARY KEY (digest, repository)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE leases (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL, start_time TEXT NOT NULL, boot_id TEXT NOT NULL, created INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE lease_items (
    lease INTEGER NOT NULL REFERENCES leases(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('blob', 'layer')), key TEXT NOT NULL,
    PRIMARY KEY (lease, kind, key)
  ) STRICT, WITHOUT ROWID;

  -- Who makes or unmakes a blob or a layer just now.
  CREATE TABLE claims (
    kind TEXT NOT NULL CHECK (kind IN ('blob', 'layer')), key TEXT NOT NULL,
    pid INTEGER NOT NULL, start_time TEXT NOT NULL, boot_id TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;

  -- An unpacked layer at layers/. unsynced: the boot in which it was made, until its files are known to be on the disk.
  CREATE TABLE layers (
    chain_id TEXT PRIMARY KEY, parent TEXT, diff_id TEXT NOT NULL, size INTEGER NOT NULL,
    created INTEGER NOT NULL, used INTEGER NOT NULL, unsynced TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE container_images (
    container_id TEXT PRIMARY KEY, manifest TEXT NOT NULL, chain_id TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE roots (
    kind TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (kind, id, digest)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Manifest lists that are being made (not pushed, no image of the store): the index as JSON, and by digest where each image came from.
  CREATE TABLE lists (name TEXT PRIMARY KEY, list TEXT NOT NULL, origins TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
];
