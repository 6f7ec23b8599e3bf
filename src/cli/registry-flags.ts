// Flags of every command that talks to a registry: skopeo's and podman's names, which docker has no words for.
import type { Flags } from "./parse-words.ts";

export const TLS_FLAGS = {
  "cert-dir": { type: "string", value: "DIR", completes: "directories", summary: "Certificates and keys to use (*.crt, *.cert, *.key)" },
  "tls-verify": { type: "boolean", summary: "Want HTTPS and a valid certificate (true; --tls-verify=false takes HTTP too)" },
} as const satisfies Flags;

export const CREDENTIAL_FLAGS = {
  authfile: { type: "string", value: "FILE", completes: "files", summary: "File of credentials, in place of the usual ones" },
  creds: { type: "string", value: "USER[:PASSWORD]", summary: "Credentials for this command only" },
} as const satisfies Flags;

export const PLATFORM_FLAGS = {
  platform: { type: "string", value: "OS/ARCH[/VARIANT]", summary: "The platform to take of an image for several" },
} as const satisfies Flags;
