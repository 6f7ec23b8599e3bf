// The program of a container in one line, as docker writes it: words with a space in quotes.

export function commandText([path = "", ...words]: readonly string[]): string {
  return [path, ...words.map((word) => (word.includes(" ") ? `'${word}'` : word))].join(" ");
}
