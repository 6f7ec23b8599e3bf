// What resolv.conf(5) says: the servers, where names are searched, and how.

export interface Resolvers {
  /** As they stand there, with their zones (`fe80::1%eth0`). */
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Lines that it does not know are passed over, as resolvers do; of several lists to search the last one holds. */
export function parseResolvConf(text: string): Resolvers {
  const lines = text.split("\n").flatMap((line) => {
    const [word = "", ...rest] = (/^[^#;]*/.exec(line)?.[0] ?? "").trim().split(/\s+/);
    return word === "" ? [] : [{ word, rest }];
  });
  return {
    servers: lines.flatMap(({ word, rest: [server] }) => (word === "nameserver" && server !== undefined ? [server] : [])),
    search: lines.findLast(({ word }) => word === "search" || word === "domain")?.rest ?? [],
    options: lines.flatMap(({ word, rest }) => (word === "options" ? rest : [])),
  };
}

/** Reached by programs of the same network namespace only: a resolver of the host, as systemd-resolved's 127.0.0.53. */
export function isLoopback(server: string): boolean {
  return /^127\.|^::1$|^::ffff:127\./i.test(server);
}

/** Means something on one link of one machine only. */
export function isLinkLocal(server: string): boolean {
  return /^fe[89ab][\da-f]:|%/i.test(server);
}
