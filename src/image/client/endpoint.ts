// From where the configuration says a registry is (spec/config/endpoints.ts) to what a connection needs: addresses, certificates and
// the password that the configuration names.
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { InvalidInputError } from "../../base/errors.ts";
import type { Endpoint } from "../../spec/config/endpoints.ts";
import type { Credential } from "../credentials/credential.ts";
import type { TlsSettings } from "./http.ts";

/** The base URLs to try, in order. */
export function baseUrls({ host, schemes }: Endpoint): readonly URL[] {
  return schemes.map((scheme) => new URL(`${scheme}://${host}/`));
}

async function textOf(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new InvalidInputError("the configuration of registries", [{ field, message: `${path} cannot be read (${code})` }]);
  }
}

/** Reads the certificates. @throws InvalidInputError */
export async function tlsSettings({ verify, ca, cert, key }: Endpoint): Promise<TlsSettings> {
  return {
    rejectUnauthorized: verify,
    ...(ca !== undefined && { ca: [await textOf("ca", ca)] }),
    ...(cert !== undefined && { cert: await textOf("cert", cert) }),
    ...(key !== undefined && { key: await textOf("key", key) }),
  };
}

/**
 * How other hosts are met that a registry sends us to, its store of blobs or its token server: without our client certificate, and with
 * the public authorities beside the registry's own.
 */
export function tlsElsewhere({ ca, rejectUnauthorized }: TlsSettings): TlsSettings {
  return { rejectUnauthorized, ...(ca && { ca: ca.length > 1 ? ca : [...ca, ...rootCertificates] }) };
}

/** The account that the configuration gives for this registry. @throws InvalidInputError */
export async function configuredCredential({ username, passwordFile }: Endpoint): Promise<Credential | undefined> {
  if (username === undefined || passwordFile === undefined) return undefined;
  return { kind: "password", username, password: (await textOf("passwordFile", passwordFile)).replace(/\r?\n$/, "") };
}
