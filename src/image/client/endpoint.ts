// Where a registry is spoken to, and how: TLS first; plain HTTP for what is configured as insecure and, when nothing speaks TLS there,
// for this very machine, as docker does it.
import { readFile } from "node:fs/promises";
import { TeuError } from "../../base/errors.ts";
import type { TlsSettings } from "./http.ts";
import { isLoopback } from "./proxies.ts";

export interface RegistryEndpoint {
  /** Host and port to connect to. */
  readonly host: string;
  /** Without TLS, or with TLS whose certificate nobody knows, is good enough. */
  readonly insecure: boolean;
  /** Paths of PEM files. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Docker Hub's registry has another name than its references. */
const HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io" };

/** The base URLs to try, in order. @throws TeuError `invalid` for a host that is none. */
export function baseUrls({ host, insecure }: RegistryEndpoint): readonly URL[] {
  const name = HOSTS[host] ?? host;
  const url = URL.parse(`https://${name}/`);
  if (url === null || url.username !== "" || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new TeuError("invalid", `${JSON.stringify(host)} is no host of a registry`);
  const plain = insecure || isLoopback(url.hostname);
  return plain ? [url, new URL(`http://${name}/`)] : [url];
}

async function pem(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new TeuError("invalid", `read the registry's ${field} from ${path}: ${code}`, { cause });
  }
}

/** Reads the certificates. An authority of one's own adds to the known ones, because blobs may come from a public store. */
export async function tlsSettings({ insecure, ca, cert, key }: RegistryEndpoint): Promise<TlsSettings> {
  return {
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca: [await pem("ca", ca), ...(await import("node:tls")).rootCertificates] }),
    ...(cert !== undefined && { cert: await pem("cert", cert) }),
    ...(key !== undefined && { key: await pem("key", key) }),
  };
}
