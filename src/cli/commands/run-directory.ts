// `run` of a directory, which says nothing of itself.
import { mergeEnvironment } from "../../containers/config/image-defaults.ts";
import type { RunRequest } from "../../engine/run-request.ts";
import type { RunFlagValues } from "./run/flags.ts";
import type { FlagOptions } from "./run/options.ts";

export function directoryContainer(
  target: { readonly rootfs: string; readonly args: readonly string[]; readonly readonlyRoot: boolean },
  { flags, asked }: { readonly flags: RunFlagValues; readonly asked: FlagOptions },
): Pick<RunRequest, "container" | "user"> {
  const words = [...(flags.entrypoint === undefined || flags.entrypoint === "" ? [] : [flags.entrypoint]), ...target.args];
  return {
    container: {
      ...asked.container,
      rootfs: target.rootfs,
      args: words.length === 0 ? ["/bin/sh"] : words,
      env: mergeEnvironment([], asked.env),
      cwd: flags.workdir ?? "/",
      readonlyRoot: target.readonlyRoot || asked.readonlyRoot,
    },
    user: { user: flags.user ?? "", groupAdd: asked.groupAdd },
  };
}
