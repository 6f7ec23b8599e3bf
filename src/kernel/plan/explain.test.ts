import { expect, test } from "bun:test";
import { explainPlan, planAsJson } from "./explain.ts";
import { type Op, op, type Plan, type Register } from "./plan.ts";

const [a, b] = [0 as Register, 1 as Register];
const plan = (...ops: readonly Op[]): Plan => ({ sections: [{ name: "host", ops }], registers: ["state", "pid"] });
const line = (one: Op) => explainPlan(plan(one)).split("\n")[1];

// biome-ignore format: table
const ROWS: readonly { readonly name: string; readonly one: Op; readonly want: string }[] = [
  { name: "registers by number and name, results after an arrow", one: op("recvFd", { channel: a, out: b }, "mounts[3]"),
    want: "   0  recvFd        channel=r0(state) -> r1(pid)  # mounts[3]" },
  { name: "small integers in decimal", one: op("closeFrom", { first: 18 }, "f"), want: "   0  closeFrom     first=18  # f" },
  { name: "modes in octal", one: op("umask", { mask: 18 }, "f"), want: "   0  umask         mask=022  # f" },
  { name: "negative integers in decimal", one: op("fchown", { fd: a, uid: -1, gid: 0 }, "f"), want: "   0  fchown        fd=r0(state) uid=-1 gid=0  # f" },
  { name: "masks in hexadecimal", one: op("capBound", { keep: 0xa80425fbn }, "f"), want: "   0  capBound      keep=0xa80425fb  # f" },
  { name: "absent arguments not at all", one: op("unlink", { dir: undefined, path: "p", flags: 0 }, "f"), want: '   0  unlink        path="p" flags=0  # f' },
  { name: "control characters escaped, so that no plan can fake a line", one: op("hostname", { name: "a\n   1  exec\x1b[2J" }, "f"),
    want: '   0  hostname      name="a\\n   1  exec\\u001b[2J"  # f' },
  { name: "lists as JSON", one: op("exec", { candidates: ["/a"], argv: ["a", "b c"], env: [] }, "f"),
    want: '   0  exec          candidates=["/a"] argv=["a","b c"] env=[]  # f' },
  { name: "bytes by their number", one: op("setgroups", { gids: new Uint8Array(8) }, "f"), want: "   0  setgroups     gids=<8 bytes>  # f" },
  { name: "pieces by what they are", one: op("writeFd", { fd: a, data: ["x", { decimal: b }, { u32: b }, new Uint8Array(3)] }, "f"),
    want: '   0  writeFd       fd=r0(state) data="x"+decimal r1(pid)+u32 r1(pid)+<3 bytes>  # f' },
  { name: "what may go wrong", one: op("setsid", {}, { from: "f", optional: true, fallback: true, ifSet: true, tolerate: ["EPERM", "EBUSY"] }),
    want: "   0  setsid         [optional, fallback, if set, may EPERM EBUSY]  # f" },
];

for (const { name, one, want } of ROWS) test(`shows ${name}`, () => expect(line(one)).toBe(want));

test("shows what an op is made of below it, with its control characters escaped", () => {
  const items = [
    { doing: "connect container to network web", subject: "interface eth0" },
    { doing: "connect container to network a\n   1  exec", subject: "address 10.89.0.2/24 of eth0" },
  ];
  const one = op("netlinkPart", { protocol: 0, file: a, part: 4, namespace: undefined }, { from: "network", items });
  expect(explainPlan(plan(one)).split("\n").slice(2, -1)).toEqual([
    "        - connect container to network web: interface eth0",
    "        - connect container to network a\\n   1  exec: address 10.89.0.2/24 of eth0",
  ]);
});

test("cuts what is long, and says so", () => {
  const shown = line(op("hostname", { name: "x".repeat(500) }, "f")) ?? "";
  expect(shown.length).toBeLessThan(130);
  expect(shown).toContain("x…");
});

test("numbers ops over all sections, as the report does", () => {
  const setsid = op("setsid", {}, "f");
  const text = explainPlan({
    sections: [
      { name: "host", ops: [setsid, setsid] },
      { name: "child", ops: [setsid] },
    ],
    registers: [],
  });
  expect(text.split("\n").map((row) => row.slice(0, 8))).toEqual(["0 host: ", "   0  se", "   1  se", "1 child:", "   2  se", ""]);
});

test("is JSON too, without bigints and with registers by name", () => {
  const ops = [op("capBound", { keep: 1n << 40n }, "f"), op("recvFd", { channel: a, out: b }, { from: "g", tolerate: ["EPERM"] })];
  expect(JSON.parse(JSON.stringify(planAsJson(plan(...ops))))).toEqual({
    sections: [
      {
        name: "host",
        ops: [
          { number: 0, name: "capBound", args: { keep: "0x10000000000" }, from: "f" },
          { number: 1, name: "recvFd", args: { channel: "r0(state)", out: "r1(pid)" }, from: "g", tolerate: ["EPERM"] },
        ],
      },
    ],
  });
});
