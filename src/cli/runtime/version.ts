// `teu-runtime --version`, in the form that podman and dockerd read from runc.
import type { CliContext } from "../command.ts";
import { SPEC_VERSION, VERSION } from "../version.ts";

export function showVersion(context: CliContext): number {
  context.out(`teu-runtime version ${VERSION}\nspec: ${SPEC_VERSION}\n`);
  return 0;
}
