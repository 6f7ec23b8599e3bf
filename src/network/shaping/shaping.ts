// `--network-rate in=…,out=…`: how fast packets go into a container and out of it, on the host's end of its veth pair, where the container cannot change it.
//
//     in    leaves the host's end towards the container: a token bucket there (tbf)
//     out   comes in by the host's end: goes to an interface of its own (ifb) by which it "leaves" through a token bucket, and then goes on
//
// Queues are told by index, which messages that go out in one piece cannot ask for: so both interfaces are given theirs when they are made.
import { addIfb, removeLink } from "../../kernel/netlink/rtnetlink/links.ts";
import { ingressQdisc, type Limit, tbf, u32Redirect } from "../../kernel/netlink/rtnetlink/traffic.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { Rate } from "../model/endpoint.ts";

/** The largest packet that a container hands over at once: the kernel cuts it up later (GSO). With less a bucket would cut each itself. */
const LEAST_BURST = 64 * 1024;
/** What the bucket holds: a timer that comes late by so much costs nothing of the rate. */
const BURST_SECONDS = 0.02;
/** How long a packet waits at most: enough for TCP to find its speed, short enough to talk meanwhile. */
const LATENCY_SECONDS = 0.1;
const MOST = 0xffff_ffff;

/** The bucket for a rate: burst and queue are chosen, as nobody who wants a limit knows them. */
export function bucketFor(rate: number): Limit {
  const burst = Math.min(MOST, Math.max(LEAST_BURST, Math.ceil(rate * BURST_SECONDS)));
  return { rate, burst, limit: Math.min(MOST, burst + Math.ceil(rate * LATENCY_SECONDS)) };
}

/** The ifb of an endpoint; 15 of the 15 bytes that Linux has for it, as the host's end. */
export function ifbName(endpoint: string): string {
  return `tifb${endpoint.slice(0, 11)}`;
}

/** Filters of lower numbers on the host's end are the firewall's; what they take is the host's own. */
const PRIORITY = 100;

export interface Shaped {
  /** The endpoint's id. */
  readonly endpoint: string;
  /** Indexes of the host's end, and of the ifb. */
  readonly veth: number;
  readonly ifb: number;
  /** Inside, for messages. */
  readonly interface: string;
  readonly rate: Rate;
  /** Of the ifb: whose it is. */
  readonly alias: string;
  /** Whether the host's end has an ingress queue already. */
  readonly hasIngress: boolean;
}

/** What follows the messages that make the host's end. */
export function shapingMessages({ endpoint, veth, ifb, interface: inside, rate, alias, hasIngress }: Shaped): Described[] {
  const out = `rate of what leaves ${inside}`;
  return [
    ...(rate.in > 0 ? [{ subject: `rate of what comes to ${inside}`, message: tbf(veth, bucketFor(rate.in)) }] : []),
    ...(rate.out > 0
      ? [
          ...addIfb({ name: ifbName(endpoint), index: ifb, alias, up: true }),
          tbf(ifb, bucketFor(rate.out)),
          ...(hasIngress ? [] : [ingressQdisc(veth)]),
          u32Redirect(veth, { to: ifb, priority: PRIORITY }),
        ].map((message) => ({ subject: out, message }))
      : []),
  ];
}

/** Takes away what the container's network namespace does not take with it: ENODEV where nothing is there. */
export function unshapingMessages({ id }: { readonly id: string }, rate: Rate | undefined): Described[] {
  return rate === undefined || rate.out === 0 ? [] : [{ message: removeLink(ifbName(id)), subject: ifbName(id), tolerate: ["ENODEV"] }];
}
