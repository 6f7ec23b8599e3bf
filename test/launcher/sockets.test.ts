// Sockets of a plan: listeners, console sockets, and the hand-shake of start.
import { describe, expect, test } from "bun:test";
import { mkdirSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import { op, type Register } from "../../src/kernel/plan/plan.ts";
import { planOf, runPlan, startPlan } from "../support/run-plan.ts";
import { ending, K, observe, openPath, registers, scratch } from "./setup.ts";

const dir = scratch();

describe("sockets", () => {
  test("listen makes a private socket however long the path, connect finds it", async () => {
    const r = registers();
    const long = `${dir.in("long")}/${"x".repeat(120)}`;
    mkdirSync(long, { recursive: true });
    const ops = (out: Register) => [
      op("open", { dir: undefined, path: long, flags: K.O_DIRECTORY, mode: 0, out: r("d") }, "t"),
      op("listen", { dir: r("d"), name: "s", out: r("listener") }, "t"),
      op("connect", { path: `${long}/s`, out }, "t"),
    ];
    expect(await observe(ops(r("c")), `stat -c %A ${long}/s`)).toBe("srw-------");
    expect(ending(await runPlan([ops(r("c"))]))).toBe("EADDRINUSE at 1");
  });

  test("sendFd hands the terminal to a console socket", async () => {
    const path = dir.in("console.sock");
    const r = registers();
    let data = "";
    const server = createServer((socket) => socket.on("data", (bytes) => (data += bytes))).listen(path);
    const result = await runPlan([
      [
        op("connect", { path, out: r("console") }, "t"),
        openPath("/dev/pts", r("devpts")),
        op("pty", { devpts: r("devpts"), rows: 0, cols: 0, master: r("master"), slave: r("slave") }, "t"),
        op("sendFd", { channel: r("console"), fd: r("master"), data: ["/dev/ptmx"] }, "t"),
      ],
    ]);
    expect(ending(result)).toBe("exit 0");
    await Bun.sleep(20);
    server.close();
    expect(data).toBe("/dev/ptmx");
  });

  test("acceptStart ignores peers that leave, takes the byte S, and reports to that peer from then on", async () => {
    const state = dir.in("start");
    mkdirSync(state);
    const r = registers();
    const running = startPlan(
      encodePlan(
        planOf([
          op("open", { dir: undefined, path: state, flags: K.O_DIRECTORY, mode: 0, out: r("d") }, "t"),
          op("listen", { dir: r("d"), name: "start.sock", out: r("l") }, "t"),
          op("report", { kind: 5, value: undefined }, "t"),
          op("acceptStart", { listener: r("l") }, "t"),
          openPath("/absent", r("x")),
        ]),
      ),
    );
    while (running.records().length === 0) await Bun.sleep(2);
    const leaver = connect(`${state}/start.sock`);
    await new Promise((resolve) => leaver.on("connect", resolve));
    leaver.destroy();
    const starter = connect(`${state}/start.sock`);
    const chunks: Buffer[] = [];
    starter.on("data", (bytes) => chunks.push(Buffer.from(bytes)));
    starter.write("S");
    await new Promise((resolve) => starter.on("close", resolve));
    const result = await running.ended;
    expect(result.records.map((record) => record.kind)).toEqual(["done"]);
    const record = Buffer.concat(chunks);
    expect([record.length, record.readUInt32LE(0), record.readUInt32LE(4), record.readBigInt64LE(8)]).toEqual([16, 1, 4, 2n]);
    expect(() => statSync(`${state}/start.sock`)).toThrow(); // taken back
  });
});
