// What the flags of registry-flags.ts say of the registry that a command names.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../base/errors.ts";
import type { RegistryAccess } from "../engine/images/network.ts";
import type { Credential } from "../image/credentials/credential.ts";
import { type FlagValues, UsageError } from "./command.ts";
import { CREDENTIAL_FLAGS, TLS_FLAGS } from "./registry-flags.ts";

/** Flags of commands that speak to the one registry that they name. */
export const ACCESS_FLAGS = { ...TLS_FLAGS, creds: CREDENTIAL_FLAGS.creds } as const;

/** @throws UsageError for credentials or certificates that are none */
export function accessOf(flags: FlagValues<typeof ACCESS_FLAGS>): RegistryAccess {
  const { creds, "tls-verify": verify, "cert-dir": directory } = flags;
  return {
    ...(verify === undefined ? {} : { insecure: !verify }),
    ...(creds === undefined ? {} : { credential: credentialOf(creds) }),
    ...(directory === undefined ? {} : certificatesIn(directory)),
  };
}

function credentialOf(text: string): Credential {
  const colon = text.indexOf(":");
  const [username, password] = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  if (username === "") throw new UsageError("--creds needs USER:PASSWORD");
  return { kind: "password", username, password };
}

type CertificateFiles = Pick<RegistryAccess, "ca" | "cert" | "key">;

/** The parts of a directory of certificates by their names' endings (docker, "Verify repository client with certificates"). */
const PARTS = { ca: ".crt", cert: ".cert", key: ".key" } as const;

/** @throws UsageError for a directory without certificates, or with several of a kind */
export function certificatesIn(directory: string): CertificateFiles {
  const names = namesIn(directory);
  const files: { ca?: string; cert?: string; key?: string } = {};
  for (const part of ["ca", "cert", "key"] as const) {
    const [first, ...others] = names.filter((name) => name.endsWith(PARTS[part]));
    if (others.length > 0) throw new UsageError(`--cert-dir ${directory}: it has several files *${PARTS[part]}, one is needed`);
    if (first !== undefined) files[part] = join(directory, first);
  }
  if (Object.keys(files).length === 0) throw new UsageError(`--cert-dir ${directory}: it has no file *.crt, *.cert or *.key`);
  if ((files.cert === undefined) !== (files.key === undefined))
    throw new UsageError(`--cert-dir ${directory}: a client's certificate *.cert and its key *.key are needed together`);
  return files;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new TeuError("invalid", `read the certificates of --cert-dir ${directory}: ${code}`, { cause });
  }
}
