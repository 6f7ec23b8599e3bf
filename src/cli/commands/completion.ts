// `teu completion SHELL`: a script that makes a shell complete teu's commands and flags, out of the data that the parser reads.
import { command, UsageError } from "../command.ts";
import { type CompletionData, SHELLS } from "./completion-scripts.ts";
import { COMMANDS, RUNTIME } from "./table.ts";

export default command({
  name: "completion",
  summary: "Print what makes a shell complete teu's commands and flags",
  usage: Object.keys(SHELLS).join(" | "),
  flags: {},
  args: { min: 1, max: 1 },
  examples: [
    "teu completion bash >/etc/bash_completion.d/teu",
    "teu completion zsh >~/.zfunc/_teu",
    "teu completion fish >~/.config/fish/completions/teu.fish",
  ],
  async run({ args: [shell = ""], context }) {
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined) throw new UsageError(`no completion for ${shell}: there is ${Object.keys(SHELLS).join(", ")}`);
    context.out(script(await completionData()));
    return 0;
  },
});

async function completionData(): Promise<CompletionData> {
  const commands = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
      const { flags } = await load();
      return { name, summary, flags: [...Object.entries(flags), ["help", { type: "boolean", summary: "Show what it does" }] as const] };
    }),
  );
  return [...commands, { ...RUNTIME, flags: [] }];
}
