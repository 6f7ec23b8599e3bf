// What is said to a container's question: our own word, or that of others. Pure but for the names, which are looked up.
import { addressBytes, type IpAddress } from "../address/address.ts";
import { reverseAddress } from "./reverse.ts";
import type { View } from "./view.ts";
import { type Answer, CLASS_IN, encodeName, type Query, RCODE, type Rcode, TYPE } from "./wire.ts";

export type Verdict =
  | { readonly kind: "answer"; readonly rcode: Rcode; readonly answers: readonly Answer[] }
  /** Others are asked: these, or where there are none the host's. */
  | { readonly kind: "forward"; readonly servers: readonly string[] };

/**
 * Who keeps answers (a resolver inside the container, a Java program) keeps these no moment: containers come, go and change their addresses,
 * and asking again costs less than a tenth of a millisecond. docker says 600 and leaves stale addresses there.
 */
const TTL = 0;

/** The host, as docker and podman call it. */
const HOST_NAMES: ReadonlySet<string> = new Set(["host.docker.internal", "host.containers.internal"]);

/** Whole zones are not handed out, nor do their answers fit in one message. */
const TRANSFERS: ReadonlySet<number> = new Set([TYPE.AXFR, TYPE.IXFR]);

export interface Place {
  /** Of the network that was asked. */
  readonly gateways: readonly IpAddress[];
  /** 0 ≤ n < 1: which of several addresses comes first. */
  readonly turn: number;
}

/** @param view undefined for an asker that is no container of the network */
export function decide(query: Query, view: View | undefined, place: Place): Verdict {
  const { name, type } = query;
  if (view === undefined || query.class !== CLASS_IN || TRANSFERS.has(type)) return answer(RCODE.REFUSED);
  const known = name === undefined ? undefined : knownAnswers(name, view, place);
  // A name that has nothing of the type: no error, no answer, and no SOA record either, so that nobody keeps that (RFC 2308 section 5).
  if (known !== undefined)
    return answer(
      RCODE.NOERROR,
      known.filter((one) => one.type === type || type === TYPE.ANY),
    );
  const address = name === undefined ? undefined : reverseAddress(name);
  if (address !== undefined && view.isOurs(address)) return answer(RCODE.NXDOMAIN);
  if (!view.forwards) return answer(RCODE.NXDOMAIN); // there is nobody beyond: said at once, for clients try again after any other error
  return { kind: "forward", servers: view.servers() };
}

function answer(rcode: Rcode, answers: readonly Answer[] = []): Verdict {
  return { kind: "answer", rcode, answers };
}

/** All that there is of a name, of any type; undefined where it is none of ours. */
function knownAnswers(name: string, view: View, { gateways, turn }: Place): readonly Answer[] | undefined {
  if (HOST_NAMES.has(name)) return gateways.map(addressAnswer);
  const addresses = view.addressesOf(name);
  if (addresses !== undefined) return rotated(addresses.map(addressAnswer), turn);
  const address = reverseAddress(name);
  const holder = address === undefined ? undefined : view.nameOf(address);
  const data = holder === undefined ? undefined : encodeName(holder);
  return data === undefined ? undefined : [{ type: TYPE.PTR, ttl: TTL, data }];
}

function addressAnswer(address: IpAddress): Answer {
  const data = addressBytes(address) ?? new Uint8Array();
  return { type: data.length === 4 ? TYPE.A : TYPE.AAAA, ttl: TTL, data };
}

/** Begins at another place each time, by chance: a count would give whoever asks for A and AAAA in turns the same address each time. */
export function rotated<T>(list: readonly T[], turn: number): readonly T[] {
  const start = Math.floor(turn * list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
