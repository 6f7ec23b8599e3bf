// Names, labels and annotations are other people's: shown on a terminal they may hold what moves its cursor, sets its title or turns the
// direction of text (Unicode TR #36, "Bidirectional Text Spoofing"). Shown as escapes they do nothing.

const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const SHORT: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** The text with escapes (`\x1b`) for what a terminal would obey. */
export function harmless(text: string): string {
  return text.replaceAll(HARMFUL, (character) => {
    const code = character.charCodeAt(0);
    return SHORT[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`);
  });
}
