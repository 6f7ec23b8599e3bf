// The JSON that we write ourselves: no white space, names in the order of their code points, so that the same value has the same
// bytes and the same digest wherever it is made (image-spec 1.1 considerations.md, "Canonicalization").

/** The bytes of a value in canonical JSON. Fields that are undefined are left out. */
export function canonicalJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, inOrder));
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const sorted: Record<string, unknown> = Object.create(null);
  for (const [name, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) sorted[name] = member;
  return sorted;
}
