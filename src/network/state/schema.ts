// The tables of networks. What must not be given twice is UNIQUE: a name, an interface of the host, an address, a port.

export const NETWORK_TABLES = `
  CREATE TABLE networks (
    id TEXT PRIMARY KEY CHECK (length(id) = 64),
    name TEXT NOT NULL UNIQUE,
    -- The bridge on the host, where it is ours.
    interface TEXT UNIQUE,
    created INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- What networks have of the addresses: no two overlap, which the writer sees to, in the same transaction. Addresses here and below are lower-case
  -- hexadecimal digits, so that they sort, 8 or 32 of them: the families do not mix.
  CREATE TABLE subnets (
    family INTEGER NOT NULL CHECK (family IN (4, 6)),
    first TEXT NOT NULL, last TEXT NOT NULL,
    network TEXT NOT NULL REFERENCES networks(id) ON DELETE CASCADE,
    PRIMARY KEY (family, first),
    CHECK (length(first) = length(last) AND first <= last)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX subnets_network ON subnets(network);

  -- What was chosen once for all networks: ula, the first six bytes of IPv6 networks.
  CREATE TABLE network_choices (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- One for each network of a container, as long as the container runs there.
  CREATE TABLE endpoints (
    container TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    network TEXT NOT NULL REFERENCES networks(id),
    id TEXT NOT NULL UNIQUE,
    ordinal INTEGER NOT NULL,
    interface TEXT NOT NULL,
    host_interface TEXT,
    mac TEXT NOT NULL,
    ipv4 TEXT, ipv6 TEXT,
    PRIMARY KEY (container, network)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX endpoints_ipv4 ON endpoints(network, ipv4);
  CREATE UNIQUE INDEX endpoints_ipv6 ON endpoints(network, ipv6);

  -- Which names an endpoint has in its network, lower case: that of its container, the beginning of its id, aliases. Several may have one.
  CREATE TABLE endpoint_names (
    network TEXT NOT NULL, name TEXT NOT NULL, container TEXT NOT NULL,
    PRIMARY KEY (network, name, container),
    FOREIGN KEY (container, network) REFERENCES endpoints(container, network) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX endpoint_names_container ON endpoint_names(container, network);

  -- Of running containers. An address of a family and 'all' of that family exclude each other: the writer looks, in the same transaction.
  CREATE TABLE ports (
    protocol TEXT NOT NULL, port INTEGER NOT NULL, address TEXT NOT NULL,
    container TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    target INTEGER NOT NULL,
    PRIMARY KEY (protocol, port, address)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ports_container ON ports(container);

  -- Which containers have asked for a network, whether or not they run and whether or not it is still there.
  CREATE TABLE attachments (
    container TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    network TEXT NOT NULL,
    PRIMARY KEY (container, network)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attachments_network ON attachments(network);
`;
