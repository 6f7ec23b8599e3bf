// The grammar of -p and --expose, with what docker takes and refuses.
import { describe, expect, test } from "bun:test";
import type { PortRequest } from "../model/port.ts";
import { parseExpose, parsePublish } from "./parse.ts";

/** `[ADDRESS ]PORT[-PORT]>TARGET/PROTOCOL`, so that the table can be read. */
function shown({ address, port, target, protocol }: PortRequest): string {
  const host = port === undefined ? "*" : typeof port === "number" ? port : `${port.first}-${port.last}`;
  return `${address === undefined ? "" : `${address} `}${host}>${target}/${protocol}`;
}

const TAKEN: readonly (readonly [string, ...string[]])[] = [
  ["80", "*>80/tcp"],
  ["80/udp", "*>80/udp"],
  ["80/SCTP", "*>80/sctp"],
  ["8080:80", "8080>80/tcp"],
  ["8080:80/udp", "8080>80/udp"],
  [":80", "*>80/tcp"],
  ["0:80", "*>80/tcp"],
  ["127.0.0.1:8080:80", "127.0.0.1 8080>80/tcp"],
  ["127.0.0.1::80/udp", "127.0.0.1 *>80/udp"],
  ["0.0.0.0:8080:80", "0.0.0.0 8080>80/tcp"],
  ["[::1]:8080:80", "::1 8080>80/tcp"],
  ["::1:8080:80", "::1 8080>80/tcp"],
  ["[::]::80", ":: *>80/tcp"],
  ["[FD00:0::1]:1:2/tcp", "fd00::1 1>2/tcp"],
  ["8000-8002:9000-9002", "8000>9000/tcp", "8001>9001/tcp", "8002>9002/tcp"],
  ["9000-9001/udp", "*>9000/udp", "*>9001/udp"],
  ["8000-8010:80", "8000-8010>80/tcp"],
  ["8000-8000:80", "8000>80/tcp"],
  ["published=8080,target=80,protocol=udp", "8080>80/udp"],
  ["target=80", "*>80/tcp"],
];

const REFUSED: readonly (readonly [string, string])[] = [
  ["", "no container port is given"],
  ["8080:", "no container port is given"],
  ["8080:/tcp", "no container port is given"],
  ["abc", "invalid container port abc"],
  ["0", "invalid container port 0"],
  ["65536", "invalid container port 65536"],
  ["90-80", "invalid container port 90-80"],
  ["80-", "invalid container port 80-"],
  ["abc:80", "invalid host port abc"],
  ["70000:80", "invalid host port 70000"],
  ["8000-8001:80-82", "the ranges of host ports 8000-8001 and container ports 80-82 differ in length"],
  ["8000:80-82", "the ranges of host ports 8000 and container ports 80-82 differ in length"],
  ["80/icmp", "invalid protocol icmp: it is one of tcp, udp, sctp"],
  ["localhost:8080:80", 'host address: "localhost" is not an IP address'],
  ["1.2.3:8080:80", 'host address: "1.2.3" is not an IP address'],
  ["published=1", "the field target is missing"],
  ["target=80,mode=host", "unknown field mode: they are published, target, protocol"],
];

describe("publish", () => {
  test.each(TAKEN)("%s", (text, ...requests) => expect(parsePublish(text).map(shown)).toEqual(requests));
  test.each(REFUSED)("%s is refused", (text, message) =>
    expect(() => parsePublish(text)).toThrow(`publish ${JSON.stringify(text)}: ${message}`),
  );
});

describe("expose", () => {
  test("ports and ranges", () => {
    expect(parseExpose("80")).toEqual(["80/tcp"]);
    expect(parseExpose("53-54/udp")).toEqual(["53/udp", "54/udp"]);
  });
  test.each(["8080:80", "", "x", "0", "80/xyz"])("%s is refused", (text) => expect(() => parseExpose(text)).toThrow(/^expose "/));
});
