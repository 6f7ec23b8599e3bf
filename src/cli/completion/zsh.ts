// zsh completion: zshcompsys(1).
import type { Flag } from "../parse-words.ts";
import { type CompletedGroup, type CompletionData, forms, type Offer, offerOf, offerOfNames, takesValue } from "./data.ts";

export function zsh({ before, groups, commands }: CompletionData): string {
  const top = groups.find(({ path }) => path === "");
  const inner = groups.filter(({ path }) => path !== "");
  const cases = commands.map(({ path, aliases, flags, completes }) => {
    const specs = flags.map(([flag, definition]) => `        ${flagSpec(flag, definition)} \\\n`);
    const patterns = [path, ...aliases].map((words) => quoted(words)).join("|");
    return `    ${patterns})\n      _arguments -s -S \\\n${specs.join("")}        ${quoted(`*:: :${action(offerOfNames(completes))}`)} ;;`;
  });
  return `#compdef teu
# zsh completion of teu: zshcompsys(1).
_teu() {
  local -a commands
  while (( CURRENT >= 3 )) && [[ "\${words[2]}" == (${before.join("|")}) ]]; do
    if (( CURRENT == 3 )); then _files -/; return; fi
    words[2,3]=()
    (( CURRENT -= 2 ))
  done
${describe(top)}
  local path_="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$path_" in
${inner.map((group) => `    ${group.path})\n${describe(group)}\n      path_="$path_ \${words[2]}"; shift words; (( CURRENT-- )) ;;`).join("\n")}
  esac
  case "$path_" in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = _teu ]; then _teu "$@"; else compdef _teu teu; fi
`;
}

/** Offers the words of a group where the second word is being typed. */
function describe(group: CompletedGroup | undefined): string {
  const rows = (group?.words ?? []).map(({ name, summary }) => quoted(`${name}:${summary}`)).join("\n    ");
  return `  if (( CURRENT == 2 )); then
    commands=(
    ${rows}
    )
    _describe command commands
    return
  fi`;
}

function flagSpec(name: string, flag: Flag): string {
  const value = (flag.value ?? "VALUE").replaceAll(":", "\\:");
  const rest = `[${flag.summary.replaceAll(/[[\]:]/g, "\\$&")}]${takesValue(flag) ? `:${value}:${action(offerOf(flag))}` : ""}`;
  const many = flag.multiple === true || flag.type === "pairs" ? "*" : "";
  return forms(name, flag)
    .map((form) => quoted(`${many}${form}${rest}`))
    .join(" ");
}

/** The action of an _arguments specification. */
function action(offer: Offer): string {
  switch (offer.kind) {
    case "files":
      return "_files";
    case "directories":
      return "_files -/";
    case "words":
      return `(${offer.text})`;
    case "output":
      return `{compadd -- \${(f)"$(${offer.text} 2>/dev/null)"}}`;
    case "nothing":
      return " ";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
