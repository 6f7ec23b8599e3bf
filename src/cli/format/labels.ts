// Labels as lists show them.

type Labels = Readonly<Record<string, string>>;

/** All of them, in the order of their names: `a=1,b=2`. */
export function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(",");
}

/** The one of this name; empty where there is none, as in Go. */
export function labelValue(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
}
