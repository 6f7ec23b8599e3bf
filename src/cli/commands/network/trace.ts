// `teu network trace`: the way of a packet, in words.
import { findContainer } from "../../../engine/containers/find.ts";
import type { TraceTarget } from "../../../engine/networks/trace/asked.ts";
import { traceNetwork } from "../../../engine/networks/trace/trace.ts";
import { addressBytes } from "../../../network/address/address.ts";
import type { TraceStep } from "../../../network/trace/explain.ts";
import { command, UsageError } from "../../command.ts";
import { engineOf } from "../../engine.ts";

const MARKS = { yes: "✗", perhaps: "?" } as const;

export default command({
  name: "network trace",
  summary: "Explain the way of a container's packets: addresses, routes, bridge, firewall, ports",
  usage: "[flags] CONTAINER [HOST[:PORT]]",
  flags: { format: { type: "string", oneOf: ["text", "json"], value: "FORMAT", summary: "text (default) or json" } },
  args: { min: 1, max: 2, completes: "containers" },
  failed: 1,
  examples: [
    "teu network trace web                 its way out, and the way to its published ports",
    "teu network trace web 1.1.1.1:443     to an address",
    "teu network trace web db:5432         to another container",
  ],
  async run({ flags, args: [name = "", target], context }) {
    const engine = engineOf(context);
    const steps = await traceNetwork(engine, findContainer(engine, name), target === undefined ? undefined : targetOf(target));
    context.out(flags.format === "json" ? `${JSON.stringify(steps, null, 2)}\n` : traceText(steps));
    return 0;
  },
});

/** `1.1.1.1`, `1.1.1.1:443`, `[::1]:80`, `::1`, `db:5432` */
function targetOf(text: string): TraceTarget {
  if (addressBytes(text) !== undefined) return { host: text };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535)
    throw new UsageError(`${JSON.stringify(text)} is not HOST or HOST:PORT; an IPv6 address with a port is in brackets`);
  return { host, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** A paragraph for each kind of packets, a line for each step. */
function traceText(steps: readonly TraceStep[]): string {
  const kinds = Map.groupBy(steps, ({ packets }) => packets);
  const paragraphs = [...kinds].map(([packets, along]) => {
    const lines = along.map(({ place, text, stops }) => `  ${stops === undefined ? " " : MARKS[stops]} ${place.padEnd(9)}  ${text}\n`);
    return `${packets}\n${lines.join("")}`;
  });
  return paragraphs.join("\n");
}
