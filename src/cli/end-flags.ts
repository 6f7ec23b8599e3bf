// Flags about the registries of one command, skopeo's: of the one that it names, or of the source and the destination of a copy. What skopeo
// has and teu has not is declared, so that it is refused by name.
import type { RegistryAccess } from "../engine/images/network.ts";
import { type FlagValues, UsageError } from "./command.ts";
import type { Flags } from "./parse-words.ts";
import { accessOf } from "./registry-access.ts";

export const REGISTRY_FLAGS = {
  authfile: { type: "string", value: "FILE", completes: "files", summary: "The one file to look for credentials for the registry in" },
  "cert-dir": {
    type: "string",
    value: "DIR",
    completes: "directories",
    summary: "Certificates and keys for the registry (*.crt, *.cert, *.key)",
  },
  creds: { type: "string", value: "USER[:PASSWORD]", summary: "Credentials for the registry" },
  "no-creds": { type: "boolean", summary: "Send no credentials to the registry" },
  password: { type: "string", value: "PASSWORD", summary: "The password of --username" },
  "registry-token": { type: "string", value: "TOKEN", summary: "A bearer token for the registry" },
  "tls-verify": { type: "boolean", summary: "Want HTTPS and a valid certificate of the registry (true)" },
  username: { type: "string", value: "USER", summary: "The user at the registry, with --password" },
} as const satisfies Flags;

type EndFlags<P extends string> = { readonly [K in keyof typeof REGISTRY_FLAGS as `${P}-${K}`]: (typeof REGISTRY_FLAGS)[K] };

/** The same flags about one end of a copy. */
function endFlags<const P extends string>(prefix: P, end: string): EndFlags<P> {
  const flags = Object.entries(REGISTRY_FLAGS).map(([name, flag]) => {
    const summary = flag.summary.replace("the registry", `the ${end}`).replace(/--(username|password)/, `--${prefix}-$1`);
    return [`${prefix}-${name}`, { ...flag, summary }];
  });
  return Object.fromEntries(flags) as EndFlags<P>; // the keys are made as the type says
}

export const SOURCE_FLAGS = endFlags("src", "source");
export const DESTINATION_FLAGS = endFlags("dest", "destination");

export const RETRY_FLAGS = {
  "retry-times": { type: "integer", value: "N", summary: "Try again so often when a registry does not answer (0)" },
} as const satisfies Flags;

type EndValues = FlagValues<typeof REGISTRY_FLAGS>;

/** @throws UsageError for credentials or certificates that are none, or that contradict each other */
export function registryAccess(flags: EndValues): RegistryAccess {
  const { authfile, username, password, "registry-token": token, "no-creds": anonymous } = flags;
  const given = [flags.creds, username ?? password, token, authfile, anonymous === true ? true : undefined];
  if (given.filter((value) => value !== undefined).length > 1)
    throw new UsageError("--creds, --username with --password, --registry-token, --authfile and --no-creds exclude each other");
  if ((username === undefined) !== (password === undefined)) throw new UsageError("--username and --password are needed together");
  return {
    ...accessOf(flags),
    ...(username === undefined || password === undefined ? {} : { credential: { kind: "password", username, password } }),
    ...(token === undefined ? {} : { credential: { kind: "registry-token", token } }),
    ...(authfile === undefined ? {} : { authFile: authfile }),
    ...(anonymous === undefined ? {} : { anonymous }),
  };
}

/** The same of a command that takes other names than a registry's, too. @throws UsageError for flags of a registry without one */
export function accessTo(name: string, flags: EndValues): RegistryAccess {
  const access = registryAccess(flags);
  if (!name.startsWith("docker://") && Object.keys(access).length > 0)
    throw new UsageError(`flags about registries are for docker://NAME, not for ${name}`);
  return access;
}

/** One end of a copy. */
export interface End {
  readonly prefix: "src" | "dest";
  /** Whether it is in a registry: flags about one are refused elsewhere. */
  readonly isRegistry: boolean;
}

/**
 * The flags of one end. A flag for both ends is what an end says that has none of its own.
 * @throws UsageError for flags of a registry without one, and as `registryAccess`
 */
export function endAccess(
  flags: FlagValues<typeof SOURCE_FLAGS & typeof DESTINATION_FLAGS> & Pick<EndValues, "authfile">,
  { prefix, isRegistry }: End,
): RegistryAccess {
  const names = Object.keys(REGISTRY_FLAGS) as (keyof EndValues)[]; // the keys of a table of our own
  const said = names.find((name) => flags[`${prefix}-${name}`] !== undefined);
  if (!isRegistry && said !== undefined) throw new UsageError(`--${prefix}-${said} is for images in a registry`);
  if (!isRegistry) return {};
  const entries = names.map((name) => [name, flags[`${prefix}-${name}`] ?? (name === "authfile" ? flags.authfile : undefined)] as const);
  return registryAccess(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

/** Flags that are known and not built, with the reason. */
export type Refusals = Readonly<Record<string, string>>;

/** As a command declares them. */
export function refusedFlags<const R extends Refusals>(refusals: R) {
  const declared = (why: string) => ({ type: "string", summary: `Not built: ${why}` }) as const;
  type Declared = { readonly [K in keyof R]: ReturnType<typeof declared> };
  return Object.fromEntries(Object.entries(refusals).map(([name, why]) => [name, declared(why)])) as Declared; // the same keys
}

/** @throws UsageError for the first flag that was given and is not built */
export function refuse(flags: Readonly<Record<string, unknown>>, refusals: Refusals): void {
  for (const [name, why] of Object.entries(refusals)) if (flags[name] !== undefined) throw new UsageError(`--${name} is not built: ${why}`);
}
