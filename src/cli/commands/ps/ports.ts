// Ports as docker's PORTS column has them: neighbours of one protocol as a range, `80/tcp, 8000-8002/tcp`.

export interface Port {
  readonly number: number;
  readonly protocol: string;
}

/** `80`, `80/tcp`, `8000-8002/udp`; undefined for what is none. */
export function parsePorts(text: string): readonly Port[] | undefined {
  const [, first = "", last = first, protocol = "tcp"] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([a-z]+))?$/.exec(text.toLowerCase()) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === "" || from > to || to > 65_535) return undefined;
  return Array.from({ length: to - from + 1 }, (_, at) => ({ number: from + at, protocol }));
}

interface Range {
  readonly protocol: string;
  readonly first: number;
  last: number;
}

/** In docker's order: a range that a gap ends comes first, the last range of each protocol after all others. */
export function exposedText(exposed: readonly string[]): string {
  const ports = exposed.flatMap((text) => parsePorts(text) ?? []);
  const ended: Range[] = [];
  const last = new Map<string, Range>();
  for (const { number, protocol } of ports.toSorted((a, b) => a.number - b.number || (a.protocol < b.protocol ? -1 : 1))) {
    const range = last.get(protocol);
    if (range !== undefined && number <= range.last + 1) range.last = number;
    else {
      if (range !== undefined) ended.push(range);
      last.set(protocol, { protocol, first: number, last: number });
    }
  }
  const all = [...ended, ...last.values()];
  return all.map(({ protocol, first, last: end }) => `${first === end ? first : `${first}-${end}`}/${protocol}`).join(", ");
}
