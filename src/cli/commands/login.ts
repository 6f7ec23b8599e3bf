// `teu login`: tries a user name and a password at a registry, and keeps them: by docker's credential helper if one is configured, else
// encrypted, never in clear text.
import { TeuError } from "../../base/errors.ts";
import { type ImageEngine, openImages } from "../../engine/images/image-engine.ts";
import { login, loginAgain, registryNamed } from "../../engine/images/login.ts";
import type { RegistryAccess } from "../../engine/images/network.ts";
import type { StoredAt } from "../../image/credentials/credentials.ts";
import { type CliContext, command, type FlagValues, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { accessOf } from "../registry-access.ts";
import { TLS_FLAGS } from "../registry-flags.ts";
import { ask, askSecret, readSecretInput } from "../terminal/ask.ts";
import { isTerminal } from "../terminal/tty.ts";

const FLAGS = {
  username: { type: "string", short: "u", value: "NAME", summary: "User name" },
  password: {
    type: "string",
    short: "p",
    value: "PASSWORD",
    summary: "Password or access token; others can see it in the list of processes",
  },
  "password-stdin": { type: "boolean", summary: "Read the password from standard input" },
  ...TLS_FLAGS,
} as const;

export default command({
  name: "login",
  summary: "Log in to a registry",
  usage: "[flags] [REGISTRY[/NAMESPACE]]",
  flags: FLAGS,
  args: { min: 0, max: 1 },
  failed: 1,
  examples: ["teu login registry.example.org", "pass show registry | teu login -u me --password-stdin registry.example.org"],
  async run({ flags, args: [server], context }) {
    refuseConflicts(flags);
    const registry = registryNamed(server);
    const access = accessOf(flags, context);
    using images = openImages(engineOf(context));
    const fresh = flags.username === undefined && flags.password === undefined;
    if (fresh && (await again(images, registry, access, context))) return 0;
    const username = flags.username ?? askOnTerminal(() => ask("Username: ", context));
    const password = passwordOf(flags, context);
    if (username === "") throw new UsageError("a username is needed");
    if (password === "") throw new UsageError("a password is needed");
    const stored = await login(images, registry, { kind: "password", username, password }, { access });
    context.err(`${storedText(stored)}\n`);
    context.out("Login Succeeded\n");
    return 0;
  },
});

function refuseConflicts(flags: FlagValues<typeof FLAGS>): void {
  const stdin = flags["password-stdin"] === true;
  if (stdin && flags.password !== undefined) throw new UsageError("--password and --password-stdin are mutually exclusive");
  if (stdin && flags.username === undefined) throw new UsageError("the --password-stdin option requires --username to be set");
}

/** With what is kept already, as docker does; false when it is refused and there is somebody to ask for another. */
async function again(images: ImageEngine, registry: string, access: RegistryAccess, context: CliContext): Promise<boolean> {
  try {
    const found = await loginAgain(images, registry, { access });
    if (found === undefined) return false;
    context.out(`Authenticating with existing credentials... [${found.from}]\n\nLogin Succeeded\n`);
    return true;
  } catch (error) {
    if (!(error instanceof TeuError && error.code === "denied" && isTerminal(0))) throw error;
    context.err(`Login did not succeed, error: ${error.message}\n`);
    return false;
  }
}

function passwordOf(flags: FlagValues<typeof FLAGS>, context: CliContext): string {
  if (flags["password-stdin"] === true) return readSecretInput();
  if (flags.password === undefined) return askOnTerminal(() => askSecret("Password: ", context));
  context.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
  return flags.password;
}

function askOnTerminal(asking: () => string): string {
  if (!isTerminal(0))
    throw new UsageError("cannot perform an interactive login from a non-TTY device: give --username and --password-stdin");
  return asking();
}

function storedText(stored: StoredAt): string {
  if ("helper" in stored) return `The password is kept by ${stored.helper}.`;
  return `The password is kept in ${stored.directory}, encrypted with the key ${stored.keyFile}: whoever can read both can use it.`;
}
