// `teu version`.

import { type CliContext, command } from "../command.ts";
import { VERSION } from "../version.ts";

export default command({
  name: "version",
  summary: "Show the version",
  usage: "[flags]",
  flags: {
    format: { type: "string", short: "f", value: "FORMAT", summary: "json, or a Go template: {{.Client.Version}}, {{.Server.Arch}}" },
  },
  args: { min: 0, max: 0 },
  async run({ flags: { format }, context }) {
    context.out(format === undefined || format === "" ? `teu ${VERSION}\n` : await formatted(format, context));
    return 0;
  },
});

/** In docker's fields: scripts ask for them. Client and server are one program. */
async function formatted(format: string, context: CliContext): Promise<string> {
  const [{ inspectOutput }, { engineOf }, { normalizePlatform }] = await Promise.all([
    import("../format/inspect-output.ts"),
    import("../engine.ts"),
    import("../../spec/image/platform.ts"),
  ]);
  const { os, architecture } = normalizePlatform({ os: "linux", architecture: engineOf(context).runtime.facts().arch });
  const program = { Version: VERSION, Os: os, Arch: architecture };
  return inspectOutput([{ Client: program, Server: program }], format);
}
