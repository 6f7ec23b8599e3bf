// fish completion: complete(1).
import type { Flag } from "../parse-words.ts";
import { type CompletionData, forms, type Offer, offerOf, offerOfNames, takesValue } from "./data.ts";

/** `__teu_at WORD…`: the command line begins with these; `__teu_in WORD…`: and has no more yet. */
const conditions = (before: readonly string[]) => `function __teu_words
    set -l words (commandline -opc)
    set -e words[1]
    while test (count $words) -ge 2; and contains -- $words[1] ${before.join(" ")}
        set -e words[1..2]
    end
    string join \\n -- $words
end
function __teu_at
    set -l words (__teu_words)
    test (count $words) -ge (count $argv); or return 1
    for at in (seq (count $argv))
        test $words[$at] = $argv[$at]; or return 1
    end
end
function __teu_in
    set -l words (__teu_words)
    test (count $words) -eq (count $argv); and __teu_at $argv
end`;

export function fish({ before, groups, commands }: CompletionData): string {
  const words = groups.flatMap(({ path, words }) =>
    words.map(({ name, summary }) => `complete -c teu -n ${quoted(`__teu_in ${path}`.trim())} -f -a ${name} -d ${quoted(summary)}`),
  );
  const flags = commands.flatMap(({ path, aliases, flags, completes }) =>
    [path, ...aliases].flatMap((typed) => {
      const at = `complete -c teu -n ${quoted(`__teu_at ${typed}`)}`;
      const offer = offerOfNames(completes);
      return [
        ...(offer.kind === "files" ? [] : [`${at}${offered(offer)}`]),
        ...flags.map(([name, flag]) => `${at} ${flagForm(name, flag)} -d ${quoted(flag.summary)}`),
      ];
    }),
  );
  const first = before.map((flag) => `complete -c teu -n __teu_in -l ${flag.slice(2)} -x -f -a '(__fish_complete_directories)'`);
  return `# fish completion of teu: complete(1).\n${conditions(before)}\n${[...first, ...words, ...flags].join("\n")}\n`;
}

function flagForm(name: string, flag: Flag): string {
  const short = forms(name, flag).length > 1 ? ` -s ${flag.short}` : "";
  const offer = offerOf(flag);
  if (!takesValue(flag)) return `-l ${name}${short}`;
  return `-l ${name}${short}${offer.kind === "files" ? " -r -F" : ` -x${offered(offer)}`}`;
}

function offered(offer: Offer): string {
  switch (offer.kind) {
    case "directories":
      return " -f -a '(__fish_complete_directories)'";
    case "words":
      return ` -f -a ${quoted(offer.text)}`;
    case "output":
      return ` -f -a ${quoted(`(${offer.text} 2>/dev/null)`)}`;
    default:
      return "";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
