// Texts cut to a width of the terminal, as docker cuts them: the last column is the sign that something is missing.

export function ellipsis(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let shown = "";
  let columns = 0;
  for (const character of text) {
    columns += Bun.stringWidth(character);
    if (columns > width - 1) break;
    shown += character;
  }
  return `${shown}…`;
}
