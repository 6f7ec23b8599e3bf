// bash completion: bash(1), "Programmable Completion".
import { type CompletedCommand, type CompletionData, forms, type Offer, offerOf, offerOfNames, takesValue } from "./data.ts";

export function bash({ before, groups, commands }: CompletionData): string {
  const inner = groups.filter(({ path }) => path !== "");
  const top = groups.find(({ path }) => path === "");
  const names = (words: readonly { readonly name: string }[]) => words.map(({ name }) => name).join(" ");
  return `# bash completion of teu: bash(1), "Programmable Completion".
_teu_give() {
  local IFS=$'\\n'
  case "$1" in
    files) compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")) ;;
    directories) compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")) ;;
    words) COMPREPLY=($(compgen -W "\${2// /$IFS}" -- "$word")) ;;
    output) COMPREPLY=($(compgen -W "$(eval "$2" 2>/dev/null)" -- "$word")) ;;
  esac
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$word"; fi
}
_teu() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path flags=''
  COMPREPLY=()
  while [ "$COMP_CWORD" -ge 2 ]; do
    case "\${COMP_WORDS[1]}" in ${before.join("|")}) ;; *) break ;; esac
    if [ "$COMP_CWORD" -eq 2 ]; then _teu_give directories; return; fi
    COMP_WORDS=("\${COMP_WORDS[0]}" "\${COMP_WORDS[@]:3}") COMP_CWORD=$((COMP_CWORD - 2))
  done
  path="\${COMP_WORDS[1]}"
  case "$COMP_CWORD $word" in '1 -'*) _teu_give words '${before.join(" ")} --help --version'; return ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then _teu_give words '${names(top?.words ?? [])}'; return; fi
  case "$path" in
${inner.map(({ path, words }) => `    ${path}) if [ "$COMP_CWORD" -eq 2 ]; then _teu_give words '${names(words)}'; return; fi; path="$path \${COMP_WORDS[2]}" ;;`).join("\n")}
  esac
  case "$path" in
${commands.map((command) => `    ${pattern(command)}) flags='${command.flags.flatMap(([name, flag]) => forms(name, flag)).join(" ")}' ;;`).join("\n")}
    *) compopt -o default; return ;;
  esac
  case "$path $before" in
${commands.flatMap(valueRows).join("\n")}
  esac
  case "$word" in -*) _teu_give words "$flags"; return ;; esac
  case "$path" in
${commands.flatMap(argumentRow).join("\n")}
    *) compopt -o default ;;
  esac
}
complete -F _teu teu
`;
}

/** Every way to type a command, as a pattern of \`case\`. */
function pattern({ path, aliases }: CompletedCommand, after = ""): string {
  return [path, ...aliases].map((words) => quoted(`${words}${after}`)).join("|");
}

/** A row for each flag that takes a value: what to give after it. */
function valueRows(command: CompletedCommand): string[] {
  return command.flags
    .filter(([, flag]) => takesValue(flag))
    .map(([name, flag]) => {
      const patterns = forms(name, flag).map((form) => pattern(command, ` ${form}`));
      return `    ${patterns.join("|")}) ${giving(offerOf(flag))}; return ;;`;
    });
}

/** What arguments are given; files are the shell's own default. */
function argumentRow(command: CompletedCommand): string[] {
  const offer = offerOfNames(command.completes);
  return offer.kind === "files" ? [] : [`    ${pattern(command)}) ${giving(offer)} ;;`];
}

function giving(offer: Offer): string {
  return "text" in offer ? `_teu_give ${offer.kind} ${quoted(offer.text)}` : `_teu_give ${offer.kind}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
