import { describe, expect, test } from "bun:test";
import { edns, message } from "./messages.fixture.ts";
import { framed, MessageStream } from "./stream.ts";
import {
  encodeForward,
  encodeName,
  encodeReply,
  isAnswerTo,
  isTruncated,
  type Query,
  RCODE,
  rcodeOf,
  readQuery,
  relayed,
  replyLimit,
} from "./wire.ts";

function queryOf(bytes: Uint8Array): Query {
  const received = readQuery(bytes);
  if (received.kind !== "query") throw new Error(`it is ${received.kind}`);
  return received.query;
}

const A = (...data: number[]) => ({ type: 1, ttl: 0, data: Uint8Array.from(data) });
const words = (bytes: Uint8Array) => Array.from({ length: 6 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));

describe("what is sent to a name server", () => {
  test("is a question", () => {
    const bytes = message({ name: "Web.Example", type: 28, rest: edns(4096, { signatures: true, options: [0, 10, 0, 2, 1, 2] }) });
    expect(queryOf(bytes)).toEqual({
      id: 0x1234,
      flags: 0x0100,
      name: "web.example",
      type: 28,
      class: 1,
      question: bytes.slice(12, 12 + 13 + 4),
      edns: { size: 4096, signatures: true },
    });
  });

  const label = (length: number) => new Uint8Array(length).fill(97);
  // biome-ignore format: table
  const rows: readonly [what: string, bytes: Uint8Array, want: string][] = [
    ["nothing",                               new Uint8Array(),                                  "nothing"],
    ["less than a header",                    message().slice(0, 11),                            "nothing"],
    ["an answer",                             message({ flags: 0x8100 }),                        "nothing"],
    ["a notification",                        message({ flags: 0x2000 }),                        "NOTIMP"],
    ["an update",                             message({ flags: 0x2800 }),                        "NOTIMP"],
    ["no question",                           message({ counts: [0, 0, 0, 0] }),                 "FORMERR"],
    ["two questions",                         message({ counts: [2, 0, 0, 0] }),                 "FORMERR"],
    ["a question with an answer",             message({ counts: [1, 1, 0, 0] }),                 "FORMERR"],
    ["a question that is cut",                message().slice(0, -1),                            "FORMERR"],
    ["a name that is cut",                    message().slice(0, 14),                            "FORMERR"],
    ["a header alone",                        message().slice(0, 12),                            "FORMERR"],
    ["a name with a pointer to itself",       message({ name: [] }).with(12, 0xc0).with(13, 12), "FORMERR"],
    ["a label of 64 bytes",                   message({ name: [label(64)] }),                    "FORMERR"],
    ["a name of 255 bytes",                   message({ name: [label(63), label(63), label(63), label(61)] }), "query"],
    ["a name of 256 bytes",                   message({ name: [label(63), label(63), label(63), label(62)] }), "FORMERR"],
    ["a record that is not there",            message({ counts: [1, 0, 0, 1] }),                 "FORMERR"],
    ["a record that is cut",                  message({ rest: edns(512).slice(0, -1) }),         "FORMERR"],
    ["a record longer than the message",      message({ rest: edns(512).with(10, 1) }),          "FORMERR"],
    ["65,535 records",                        message({ counts: [1, 0, 0, 0xffff], rest: new Uint8Array(11).fill(0) }), "FORMERR"],
    ["a question with something behind it",   message({ counts: [1, 0, 0, 0], rest: label(9) }), "query"],
  ];
  for (const [what, bytes, want] of rows) {
    test(`is ${what}`, () => {
      const received = readQuery(bytes);
      const error = received.kind === "error" ? Object.entries(RCODE).find(([, code]) => code === rcodeOf(received.reply)) : undefined;
      expect(error?.[0] ?? received.kind).toBe(want);
      if (received.kind === "error") expect([words(received.reply)[0], received.reply.length]).toEqual([0x1234, 12]);
    });
  }

  test("is a name that text cannot say, which is repeated as it came", () => {
    const bytes = message({ name: [Uint8Array.of(97, 46, 98), Uint8Array.of(0, 255)] });
    const query = queryOf(bytes);
    expect(query.name).toBeUndefined();
    expect(encodeReply(query, RCODE.NXDOMAIN, [], 512).slice(12)).toEqual(bytes.slice(12));
  });
});

describe("a reply", () => {
  test("repeats the question in its own letters, and points to its name", () => {
    const reply = encodeReply(queryOf(message({ name: "WeB" })), RCODE.NOERROR, [A(10, 0, 0, 1)], 512);
    expect(Buffer.from(reply).toString("hex")).toBe(
      "1234" + "8580" + "0001000100000000" + "0357654200" + "00010001" + "c00c" + "00010001" + "00000000" + "0004" + "0a000001",
    );
  });

  test("has extensions where the question has them", () => {
    const reply = encodeReply(queryOf(message({ rest: edns(1400, { signatures: true }) })), RCODE.SERVFAIL, [], 512);
    expect(words(reply)).toEqual([0x1234, 0x8182, 1, 0, 0, 1]);
    expect(Buffer.from(reply.slice(-11)).toString("hex")).toBe("00" + "0029" + "04d0" + "00008000" + "0000");
  });

  test("has as many whole answers as fit, and says that there are more", () => {
    const query = queryOf(message());
    const many = Array.from({ length: 40 }, (_, index) => A(10, 0, 0, index));
    const cut = encodeReply(query, RCODE.NOERROR, many, 512);
    expect([cut.length <= 512, isTruncated(cut), words(cut)[3], (cut.length - 21) % 16]).toEqual([true, true, 30, 0]);
    const whole = encodeReply(query, RCODE.NOERROR, many, 65_535);
    expect([isTruncated(whole), words(whole)[3]]).toEqual([false, 40]);
  });

  // biome-ignore format: table
  const limits: readonly [size: number | undefined, protocol: "udp" | "tcp", want: number][] = [
    [undefined, "udp", 512], [100, "udp", 512], [1000, "udp", 1000], [4096, "udp", 1232], [undefined, "tcp", 65_535],
  ];
  for (const [size, protocol, want] of limits)
    test(`to a client that takes ${size ?? "no"} bytes by ${protocol} has ${want} at most`, () =>
      expect(replyLimit(queryOf(message(size === undefined ? {} : { rest: edns(size) })), protocol)).toBe(want));
});

describe("another's answer", () => {
  const query = queryOf(message({ name: "Example.org", rest: edns(1232, { options: [0, 10, 0, 1, 9] }) }));
  const asked = encodeForward(query, 0xbeef);
  const answer = Uint8Array.from([...asked.slice(0, 12 + query.question.length), ...new Uint8Array(100)])
    .with(2, 0x81)
    .with(11, 0);

  test("is asked for without what else the client has said", () => {
    expect(queryOf(asked)).toEqual({ ...query, id: 0xbeef });
    expect(asked.length).toBe(12 + query.question.length + 11);
  });

  // biome-ignore format: table
  const rows: readonly [what: string, bytes: Uint8Array, want: boolean][] = [
    ["is taken",                                answer,                                     true],
    ["is not taken under another id",           answer.with(1, 0),                          false],
    ["is not taken where it is a question",     answer.with(2, 0x01),                       false],
    ["is not taken where it notifies",          answer.with(2, 0xa1),                       false],
    ["is not taken with two questions",         answer.with(5, 2),                          false],
    ["is not taken for another name",           answer.with(13, 97),                        false],
    ["is not taken in other letters",           answer.with(13, 101),                       false],
    ["is not taken for another type",           answer.with(12 + query.question.length - 3, 28), false],
    ["is not taken cut",                        answer.slice(0, 20),                        false],
    ["is not taken empty",                      new Uint8Array(),                           false],
  ];
  for (const [what, bytes, want] of rows) test(what, () => expect(isAnswerTo(bytes, query, 0xbeef)).toBe(want));

  test("is passed on under the client's id", () => {
    expect(relayed(answer, query, 512)).toEqual(answer.with(0, 0x12).with(1, 0x34));
  });

  test("that is too long is passed on as one to ask for by TCP", () => {
    const cut = relayed(answer, query, 100);
    expect([words(cut), isTruncated(cut), rcodeOf(cut)]).toEqual([[0x1234, 0x8300, 1, 0, 0, 1], true, 0]);
    expect(isAnswerTo(cut, query, 0x1234)).toBe(true);
  });
});

test("names as data", () => {
  expect(Buffer.from(encodeName("web.Net") ?? []).toString("latin1")).toBe("\x03web\x03Net\0");
  expect(["a..b", "", ".a", `${"a".repeat(64)}.b`, `${`${"a".repeat(50)}.`.repeat(5)}abcd`].map(encodeName)).toEqual(
    new Array(5).fill(undefined),
  );
  expect(encodeName(`${"a".repeat(63)}.`.repeat(3) + "a".repeat(61))?.length).toBe(255);
});

test("messages come in pieces of a stream", () => {
  const all = [...framed(Uint8Array.of(1, 2, 3)), ...framed(new Uint8Array()), ...framed(Uint8Array.of(4))];
  for (const size of [1, 2, 3, 5, 100]) {
    const stream = new MessageStream();
    const found: number[][] = [];
    for (let at = 0; at < all.length; at += size) {
      stream.add(Uint8Array.from(all.slice(at, at + size)));
      for (let next = stream.next(); next !== undefined; next = stream.next()) found.push([...next]);
    }
    expect(found).toEqual([[1, 2, 3], [], [4]]);
    expect(stream.length).toBe(0);
  }
});
