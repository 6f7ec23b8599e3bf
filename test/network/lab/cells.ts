// Cells of a matrix: who reaches whom, by what, and as whom. Sent from all places at once, and compared as text.
import { expect } from "bun:test";
import type { Lab } from "./lab.ts";
import { carryOut, network, type Plain, plain, published, wired } from "./plain.ts";
import { type Answer, type Probe, probe, serve } from "./traffic.ts";

/** From where, to what, and the source that the other side sees; `null` is for nothing, `refused` for a closed port. */
export interface Cell {
  readonly from: string;
  readonly kind: Probe["kind"];
  readonly to: string;
  readonly port?: number;
  readonly want: Answer;
}

/** Who sends, where it is not a place of the lab. */
export type Senders = Readonly<Record<string, { probe(probes: readonly Probe[]): Promise<readonly Answer[]> }>>;

/** Sends all cells, each place its own at once. */
export async function send(lab: Lab, cells: readonly Cell[], senders: Senders = {}): Promise<ReadonlyMap<Cell, Answer>> {
  const places = [...new Set(cells.map(({ from }) => from))];
  const results = await Promise.all(
    places.map(async (place) => {
      const own = cells.filter(({ from }) => from === place);
      const probes = own.map(
        ({ kind, to, port, want }): Probe => ({
          kind,
          to,
          ...(port === undefined ? {} : { port }),
          ...(want === null ? { nothing: true } : {}),
        }),
      );
      const answers = await (senders[place]?.probe(probes) ?? probe(lab, place, probes));
      return own.map((cell, index) => [cell, answers[index] ?? null] as const);
    }),
  );
  return new Map(results.flat());
}

/** What came back is compared as text, so that one look shows which cells are wrong. */
export function compare(cells: readonly Cell[], answers: ReadonlyMap<Cell, Answer>): void {
  const line = ({ from, kind, to, port }: Cell, answer: Answer | undefined) =>
    `${from} -> ${kind} ${to}${port === undefined ? "" : ` ${port}`}: ${answer}`;
  expect(cells.map((cell) => line(cell, answers.get(cell)))).toEqual(cells.map((cell) => line(cell, cell.want)));
}

/** All cells of a table. */
export async function check(lab: Lab, cells: readonly Cell[], senders?: Senders): Promise<void> {
  compare(cells, await send(lab, cells, senders));
}

export type Ends = readonly [ipv4: string, ipv6: string];
export const ends = ({ ipv4, ipv6 }: { readonly ipv4: string; readonly ipv6: string }): Ends => [ipv4, ipv6];

/** TCP, UDP and ICMP over both families; `seen` is what the other side sees, or what comes back where it is one word. */
export function all(from: string, to: Ends, seen: Ends | null, { port = 80, icmp = true } = {}): Cell[] {
  return to.flatMap((address, index): Cell[] => {
    const want = seen === null ? null : (seen[index] ?? null);
    return [
      { from, kind: "tcp", to: address, port, want },
      { from, kind: "udp", to: address, port, want },
      ...(icmp ? [{ from, kind: "icmp", to: address, want: want === null || !isAddress(want) ? want : "pong" } as const] : []),
    ];
  });
}

export const ports = (from: string, to: Ends, seen: Ends | null, port = 8080) => all(from, to, seen, { port, icmp: false });
export const LOCALHOST: Ends = ["127.0.0.1", "::1"];
const isAddress = (answer: string) => /^[\da-f.:]+$/.test(answer);
/** The same answer over both families. */
export const none = (answer = "Network is unreachable"): Ends => [answer, answer];
/** Addresses of a network of the number, as `network` of plain.ts has them. */
export const of = (number: number, last: number): Ends => [`10.89.${number}.${last}`, `fd00:89:${number}::${last}`];
export const gatewayOf = (number: number): Ends => of(number, 1);
export const gateway = ({ network: { subnets } }: Plain): Ends => [subnets[0]?.gateway ?? "", subnets[1]?.gateway ?? ""];

/** Two containers on one network, the first with ports; one on another. */
export async function three(
  lab: Lab,
  change: { readonly first?: Parameters<typeof network>[1]; readonly second?: Parameters<typeof network>[1] } = {},
) {
  const [one, two] = [network(1, change.first), network(2, change.second)];
  const [a, b, c] = [await plain(lab, "a", one, 2), await plain(lab, "b", one, 3), await plain(lab, "c", two, 2)];
  const some = [...published("8080:80/tcp"), ...published("8080:80/udp")];
  await carryOut(lab, [{ up: one }, { up: two }, wired(lab, a, some), wired(lab, b), wired(lab, c)]);
  await Promise.all(["host", "peer", "a", "b", "c"].map((place) => serve(lab, place, 80)));
  return { one, two, a, b, c };
}
