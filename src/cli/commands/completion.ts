// `teu completion SHELL`: a script that makes a shell complete teu's commands and flags, out of the data that the parser reads.
import { type Command, type CommandTable, command } from "../command.ts";
import { bash } from "../completion/bash.ts";
import { type CompletedGroup, type CompletionData, completionData } from "../completion/data.ts";
import { fish } from "../completion/fish.ts";
import { zsh } from "../completion/zsh.ts";
import { UsageError } from "../parse-words.ts";

/** Script makers by the shell's name. */
const SHELLS: Readonly<Record<string, (data: CompletionData) => string>> = { bash, zsh, fish };

/** The command that completes `commands`, and the one other word that has a command line of its own. */
export function completion(commands: CommandTable, other: CompletedGroup["words"][number]): Command {
  return command({
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
      context.out(script(await completionData(commands, [other])));
      return 0;
    },
  });
}
