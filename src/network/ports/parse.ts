// The words of `-p` and `--expose`: [[ADDRESS:][PORT[-PORT]]:]PORT[-PORT][/PROTOCOL], as docker reads them, and its long form
// `published=8080,target=80,protocol=tcp`. Ranges are taken apart: one request a port.
import { TeuError } from "../../base/errors.ts";
import { type IpAddress, parseAddress } from "../address/address.ts";
import { type PortRequest, PROTOCOLS, type Protocol } from "../model/port.ts";

interface Range {
  readonly first: number;
  readonly last: number;
}

const GREATEST_PORT = 65_535;

/** @throws TeuError `invalid` that names the part that is wrong */
export function parsePublish(text: string): PortRequest[] {
  const fail = (message: string) => new TeuError("invalid", `publish ${JSON.stringify(text)}: ${message}`);
  const words = text.includes("=") ? shortForm(text, fail) : text;
  const { address, host, container } = splitWords(words);
  const { ports, protocol } = splitProtocol(container, fail);
  if (ports === "") throw fail("no container port is given");
  const targets = parseRange(ports);
  if (targets === undefined) throw fail(`invalid container port ${ports}`);
  const from = host === "" || host === "0" ? undefined : parseRange(host);
  if (from === undefined && host !== "" && host !== "0") throw fail(`invalid host port ${host}`);
  const several = targets.last > targets.first;
  if (from !== undefined && several && targets.last - targets.first !== from.last - from.first)
    throw fail(`the ranges of host ports ${host} and container ports ${ports} differ in length`);
  const at = address === "" ? {} : { address: parseHostAddress(address, text) };
  return numbers(targets).map((target, index) => ({ ...at, ...hostPort(from, several, index), target, protocol }));
}

/** `80`, `8000-8010/udp`: as `80/tcp`, one word a port. @throws TeuError `invalid` */
export function parseExpose(text: string): string[] {
  const fail = (message: string) => new TeuError("invalid", `expose ${JSON.stringify(text)}: ${message}`);
  if (text.includes(":")) throw fail("only a port or a range of ports of the container is exposed");
  const { ports, protocol } = splitProtocol(text, fail);
  const range = parseRange(ports);
  if (range === undefined) throw fail(`invalid port ${ports}`);
  return numbers(range).map((port) => `${port}/${protocol}`);
}

/** Of one container port, a range of the host's is where a free one is looked for. */
function hostPort(from: Range | undefined, several: boolean, index: number): Pick<PortRequest, "port"> {
  if (from === undefined) return {};
  if (several || from.first === from.last) return { port: from.first + index };
  return { port: from };
}

/** From the right: an IPv6 address has colons of its own. */
function splitWords(words: string): { readonly address: string; readonly host: string; readonly container: string } {
  const parts = words.split(":");
  const container = parts.pop() ?? "";
  const host = parts.pop() ?? "";
  return { address: parts.join(":"), host, container };
}

function splitProtocol(words: string, fail: (message: string) => TeuError): { readonly ports: string; readonly protocol: Protocol } {
  const [ports = "", ...rest] = words.split("/");
  const word = rest.join("/");
  const lower = word.toLowerCase();
  const protocol = lower === "" ? "tcp" : PROTOCOLS.find((name) => name === lower);
  if (protocol === undefined) throw fail(`invalid protocol ${word}: it is one of ${PROTOCOLS.join(", ")}`);
  return { ports, protocol };
}

function parseRange(text: string): Range | undefined {
  const [, one = "", other = one] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(one), Number(other)];
  return one === "" || first === 0 || first > last || last > GREATEST_PORT ? undefined : { first, last };
}

/** An IPv6 address may stand in brackets. */
function parseHostAddress(word: string, text: string): IpAddress {
  const bare = word.startsWith("[") && word.endsWith("]") ? word.slice(1, -1) : word;
  return parseAddress(bare, `publish ${JSON.stringify(text)}: host address`);
}

/** docker's long form as the short one. */
function shortForm(text: string, fail: (message: string) => TeuError): string {
  const fields = new Map<string, string>();
  for (const field of text.split(",")) {
    const [key = "", value = ""] = field.split("=", 2);
    if (!LONG_FORM.includes(key)) throw fail(`unknown field ${key}: they are ${LONG_FORM.join(", ")}`);
    fields.set(key, value);
  }
  if (!fields.has("target")) throw fail("the field target is missing");
  const protocol = fields.has("protocol") ? `/${fields.get("protocol")}` : "";
  return `${fields.get("published") ?? ""}:${fields.get("target")}${protocol}`;
}

const LONG_FORM: readonly string[] = ["published", "target", "protocol"];

function numbers({ first, last }: Range): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
