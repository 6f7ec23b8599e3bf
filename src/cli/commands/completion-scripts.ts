// The completion script of each shell, made of flag data. Values are completed as files where a flag takes a path.
import type { Flag } from "../parse-words.ts";

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** Long names with their flags. */
  readonly flags: readonly (readonly [string, Flag])[];
}

export type CompletionData = readonly CompletedCommand[];

/** Script makers by the shell's name. */
export const SHELLS: Readonly<Record<string, (commands: CompletionData) => string>> = { bash, zsh, fish };

/** Names of values that are paths of this machine: `--rootfs DIR`, `--volume SRC:DST`. */
const PATH_VALUE = /^(DIR|FILE|PATH|SRC)\b/;

const takesPath = ({ value = "" }: Flag): boolean => PATH_VALUE.test(value);

/** The words that a flag is written as, with dashes. */
function forms(name: string, { short }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}

function bash(commands: CompletionData): string {
  const cases = commands.map(({ name, flags }) => {
    const words = flags.flatMap(([flag, definition]) => forms(flag, definition));
    return `    ${name}) flags='${words.join(" ")}' valued='${valued(flags, () => true)}' paths='${valued(flags, takesPath)}' ;;`;
  });
  return `# bash completion of teu: bash(1), "Programmable Completion".
_teu() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" flags='' valued='' paths=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(" ")}' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) compopt -o default; return ;;
  esac
  case " $paths " in *" $before "*) compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;; esac
  case " $valued " in *" $before "*) return ;; esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) compopt -o default ;;
  esac
}
complete -F _teu teu
`;
}

function valued(flags: CompletedCommand["flags"], among: (flag: Flag) => boolean): string {
  return flags
    .filter(([, flag]) => flag.type === "string" && among(flag))
    .flatMap(([name, flag]) => forms(name, flag))
    .join(" ");
}

function zsh(commands: CompletionData): string {
  const rows = commands.map(({ name, summary }) => `    ${zshQuoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, flags }) => {
    const specs = flags.map(([flag, definition]) => `        ${zshFlag(flag, definition)} \\\n`);
    return `      ${name})\n      _arguments -s -S \\\n${specs.join("")}        '*:: :_files' ;;`;
  });
  return `#compdef teu
# zsh completion of teu: zshcompsys(1).
_teu() {
  local -a commands
  commands=(
${rows.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = _teu ]; then _teu "$@"; else compdef _teu teu; fi
`;
}

function zshFlag(name: string, flag: Flag): string {
  const action = flag.type === "boolean" ? "" : `:${(flag.value ?? "VALUE").replaceAll(":", "\\:")}:${takesPath(flag) ? "_files" : " "}`;
  const rest = `[${flag.summary.replaceAll(/[[\]:]/g, "\\$&")}]${action}`;
  const many = flag.multiple === true ? "*" : "";
  return forms(name, flag)
    .map((form) => zshQuoted(`${many}${form}${rest}`))
    .join(" ");
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fish(commands: CompletionData): string {
  const lines = commands.flatMap(({ name, summary, flags }) => [
    `complete -c teu -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
    ...flags.map(([flag, definition]) => `complete -c teu -n '__fish_seen_subcommand_from ${name}' ${fishFlag(flag, definition)}`),
  ]);
  return `# fish completion of teu: complete(1).\n${lines.join("\n")}\n`;
}

function fishFlag(name: string, flag: Flag): string {
  const value = flag.type === "boolean" ? "" : takesPath(flag) ? " -r -F" : " -x";
  return `-l ${name}${flag.short === undefined ? "" : ` -s ${flag.short}`}${value} -d ${fishQuoted(flag.summary)}`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
