// What the flags of registry-flags.ts say of the registry that a command names.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../base/errors.ts";
import type { RegistryAccess } from "../engine/images/network.ts";
import type { Credential } from "../image/credentials/credential.ts";
import { type CliContext, type FlagValues, UsageError } from "./command.ts";
import { CREDENTIAL_FLAGS, TLS_FLAGS } from "./registry-flags.ts";
import { askSecret } from "./terminal/ask.ts";
import { isTerminal } from "./terminal/tty.ts";

/** Flags of commands that speak to the one registry that they name. */
export const ACCESS_FLAGS = { ...TLS_FLAGS, ...CREDENTIAL_FLAGS } as const;

/**
 * What the flags say. A password that --creds leaves out is asked for where there is a `context` to ask by.
 * @throws UsageError for credentials or certificates that are none
 */
export function accessOf(flags: FlagValues<typeof ACCESS_FLAGS>, context?: CliContext): RegistryAccess {
  const { authfile, creds, "tls-verify": verify, "cert-dir": directory } = flags;
  return {
    ...(verify === undefined ? {} : { insecure: !verify }),
    ...(creds === undefined ? {} : { credential: credentialOf(creds, context) }),
    ...(authfile === undefined ? {} : { authFile: authfile }),
    ...(directory === undefined ? {} : certificatesIn(directory)),
  };
}

function credentialOf(text: string, context: CliContext | undefined): Credential {
  const colon = text.indexOf(":");
  if (colon > 0) return { kind: "password", username: text.slice(0, colon), password: text.slice(colon + 1) };
  if (colon === 0 || text === "" || context === undefined || !isTerminal(0))
    throw new UsageError("--creds needs USER:PASSWORD, or USER and a terminal to ask on");
  return { kind: "password", username: text, password: askSecret("Password: ", context) };
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
