// Unit files of systemd as text: sections of settings, with words quoted so that they arrive as they are (systemd.syntax(7), systemd.service(5)).

/** A setting may come more than once. */
export type Setting = readonly [name: string, value: string];
export type Section = readonly [name: string, settings: readonly Setting[]];

/** `comment` has a line each. */
export function unitText(comment: readonly string[], sections: readonly Section[]): string {
  const blocks = sections.map(([name, settings]) => [`[${name}]`, ...settings.map(([key, value]) => `${key}=${value}`)].join("\n"));
  return `${[comment.map((line) => `# ${line}`).join("\n"), ...blocks].filter((block) => block !== "").join("\n\n")}\n`;
}

const PLAIN = /^[\w@:,./+=-]+$/;
// biome-ignore format: table
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r" };

/** One word of a command line: `%` begins a specifier, `$` a variable. */
export function unitWord(word: string): string {
  const literal = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return PLAIN.test(literal) ? literal : `"${escaped(literal)}"`;
}

/** The value of `Environment=`, in which `$` means nothing. */
export function unitVariable(name: string, value: string): string {
  return `"${escaped(`${name}=${value}`.replaceAll("%", "%%"))}"`;
}

/** Free text, in one line. */
export function unitPhrase(text: string): string {
  return text.replaceAll("%", "%%").replaceAll(/\p{Cc}/gu, " ");
}

function escaped(text: string): string {
  return text.replaceAll(/[\\"\n\t\r]/g, (character) => ESCAPES[character] ?? character);
}
