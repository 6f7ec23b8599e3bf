// What a command line says of a registry: who the caller is there, and how it is spoken to. Read from the flags of one end: of a command
// with one, or of the source or destination of a copy.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../base/errors.ts";
import type { RegistryAccess } from "../engine/images/network.ts";
import { UsageError } from "./command.ts";

/** The values of the flags, without the prefix of the end. */
export interface AccessFlags {
  readonly creds?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly registryToken?: string | undefined;
  readonly certDir?: string | undefined;
  readonly tlsVerify?: boolean | undefined;
}

/** @throws UsageError for flags that contradict each other; TeuError for a directory that cannot be read */
export function registryAccess(flags: AccessFlags): RegistryAccess {
  const credential = credentialOf(flags);
  return {
    ...(flags.tlsVerify === undefined ? {} : { insecure: !flags.tlsVerify }),
    ...(credential === undefined ? {} : { credential }),
    ...(flags.certDir === undefined ? {} : certificatesIn(flags.certDir)),
  };
}

function credentialOf({ creds, username, password, registryToken }: AccessFlags): RegistryAccess["credential"] {
  const given = [creds, username ?? password, registryToken].filter((value) => value !== undefined);
  if (given.length > 1) throw new UsageError("--creds, --username with --password, and --registry-token exclude each other");
  if (registryToken !== undefined) return { kind: "registry-token", token: registryToken };
  if (creds !== undefined) {
    const colon = creds.indexOf(":");
    if (colon <= 0) throw new UsageError("--creds is USER:PASSWORD");
    return { kind: "password", username: creds.slice(0, colon), password: creds.slice(colon + 1) };
  }
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || username === "" || password === undefined) throw new UsageError("--username and --password belong together");
  return { kind: "password", username, password };
}

/** containers-certs.d(5): `*.crt` signs servers, `*.cert` with its `*.key` is the client's own. */
function certificatesIn(directory: string): Pick<RegistryAccess, "ca" | "cert" | "key"> {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw new TeuError("not-found", `read the certificates in ${directory}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const only = (ending: string) => {
    const found = names.filter((name) => name.endsWith(ending)).sort();
    if (found.length > 1) throw new TeuError("unsupported", `read the certificates in ${directory}: it holds ${found.join(" and ")}; put them into one file`);
    return found[0] === undefined ? undefined : join(directory, found[0]);
  };
  const [ca, cert, key] = [only(".crt"), only(".cert"), only(".key")];
  if ((cert === undefined) !== (key === undefined)) throw new TeuError("invalid", `read the certificates in ${directory}: a .cert needs its .key`);
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined || key === undefined ? {} : { cert, key }) };
}
