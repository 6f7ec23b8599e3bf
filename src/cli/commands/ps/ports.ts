// Ports as docker's PORTS column has them: neighbours of one protocol as a range, `80/tcp, 8000-8002/tcp`.
import { bracketed } from "../../../network/address/address.ts";
import type { PublishedPort } from "../../../network/model/port.ts";

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

/** One as docker's list has it: of the container, and where it is published of the host. */
interface ShownPort extends Port {
  readonly address?: string;
  readonly outside?: number;
}

interface Range {
  readonly port: ShownPort;
  last: number;
}

/**
 * In docker's order: a range that a gap ends comes first, the last range of each address and protocol after all others, and then what has another
 * number on the host, each by itself.
 * @param exposed `80/tcp`; those that are not published are shown alone
 */
export function portsText(exposed: readonly string[], published: readonly PublishedPort[]): string {
  const ended: Range[] = [];
  const last = new Map<string, Range>();
  const moved: string[] = [];
  for (const port of shownPorts(exposed, published).toSorted(inDockersOrder)) {
    const { number, protocol, address, outside } = port;
    if (address !== undefined && outside !== number) {
      moved.push(`${bracketed(address)}:${outside}->${number}/${protocol}`);
      continue;
    }
    const key = `${address}/${protocol}`;
    const range = last.get(key);
    if (range !== undefined && number <= range.last + 1) range.last = number;
    else {
      if (range !== undefined) ended.push(range);
      last.set(key, { port, last: number });
    }
  }
  return [...[...ended, ...last.values()].map(rangeText), ...moved].join(", ");
}

function shownPorts(exposed: readonly string[], published: readonly PublishedPort[]): ShownPort[] {
  const leading = published.map(({ target: number, protocol, address, port: outside }) => ({ number, protocol, address, outside }));
  const alone = exposed.flatMap((text) => parsePorts(text) ?? []).filter((port) => !leading.some((other) => isSame(other, port)));
  return [...leading, ...alone];
}

const isSame = (a: Port, b: Port) => a.number === b.number && a.protocol === b.protocol;

function inDockersOrder(a: ShownPort, b: ShownPort): number {
  return (
    a.number - b.number ||
    compare(a.address ?? "", b.address ?? "") ||
    (a.outside ?? 0) - (b.outside ?? 0) ||
    compare(a.protocol, b.protocol)
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a === b ? 0 : 1);

function rangeText({ port: { number, protocol, address }, last }: Range): string {
  const range = number === last ? `${number}` : `${number}-${last}`;
  return `${address === undefined ? "" : `${bracketed(address)}:${range}->`}${range}/${protocol}`;
}
