// The tables of volumes in state.db. They are the truth about which volumes there are; what is in them lies below `<root>/volumes`
// (directory.ts). Whether a volume is to be filled from an image is told by its directory: an empty one is.

export const VOLUME_TABLES = `
  CREATE TABLE volumes (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    created INTEGER NOT NULL,
    driver TEXT NOT NULL,
    options TEXT NOT NULL CHECK (json_valid(options)),
    labels TEXT NOT NULL CHECK (json_valid(labels)),
    anonymous INTEGER NOT NULL CHECK (anonymous IN (0, 1))
  ) STRICT, WITHOUT ROWID;

  -- A volume that a container has is not removed.
  CREATE TABLE volume_uses (
    container TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    volume TEXT NOT NULL REFERENCES volumes(name) ON UPDATE CASCADE,
    PRIMARY KEY (container, volume)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX volume_uses_volume ON volume_uses(volume);
`;
