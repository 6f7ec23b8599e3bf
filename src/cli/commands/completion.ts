// `teu completion SHELL`: a script that makes a shell complete teu's commands and flags, out of the data that the parser reads.
import { type Command, type CommandEntry, command, UsageError } from "../command.ts";
import { type CompletionData, SHELLS } from "./completion-scripts.ts";

type Commands = Readonly<Record<string, CommandEntry>>;

/** A word that stands where a command does, and has a command line of its own. */
type OtherWord = Pick<CompletionData[number], "name" | "summary">;

/** The command that completes `commands`, and the one other word. */
export function completion(commands: Commands, other: OtherWord): Command {
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
      context.out(script([...(await completionData(commands)), { ...other, flags: [] }]));
      return 0;
    },
  });
}

function completionData(commands: Commands): Promise<CompletionData> {
  return Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => {
      const { flags } = await load();
      return { name, summary, flags: [...Object.entries(flags), ["help", { type: "boolean", summary: "Show what it does" }] as const] };
    }),
  );
}
