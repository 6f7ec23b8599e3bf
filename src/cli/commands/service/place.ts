// Where the units of `teu service` are, and what they say of this engine.
import { join, resolve } from "node:path";
import type { RestartUnit } from "../../../containers/systemd/restart-unit.ts";
import type { ServicePlace } from "../../../engine/service/restart-service.ts";
import type { CliContext, Flags, FlagValues } from "../../command.ts";

export const SERVICE_FLAGS = {
  user: { type: "boolean", summary: "The unit of a user's session manager (the default without root)" },
  directory: { type: "string", value: "DIR", completes: "directories", summary: "Where units are, in place of systemd's own directory" },
} as const satisfies Flags;

/** What moves an engine away from where a command without an environment looks. */
const VARIABLES = ["TEU_ROOT", "TEU_RUN_ROOT", "TEU_CONFIG", "TEU_CGROUP_PARENT"] as const;

export function servicePlace(
  flags: FlagValues<typeof SERVICE_FLAGS>,
  { env, self }: Pick<CliContext, "env" | "self">,
): { readonly place: ServicePlace; readonly unit: RestartUnit } {
  const user = flags.user ?? process.geteuid?.() !== 0;
  const variables = VARIABLES.flatMap((name) => (env[name] === undefined || env[name] === "" ? [] : [[name, env[name]] as const]));
  return {
    place: {
      directory: flags.directory === undefined ? unitDirectory(user, env) : resolve(flags.directory),
      user,
      environment: Object.fromEntries(
        ["PATH", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
      ),
      live: flags.directory === undefined,
    },
    unit: { program: self, user, variables: new Map(variables) },
  };
}

/** systemd.unit(5), "Unit File Load Path". */
function unitDirectory(user: boolean, env: CliContext["env"]): string {
  if (!user) return "/etc/systemd/system";
  const config = env.XDG_CONFIG_HOME === undefined || env.XDG_CONFIG_HOME === "" ? join(env.HOME ?? "/", ".config") : env.XDG_CONFIG_HOME;
  return join(config, "systemd/user");
}
