// `--network-rate`: how fast packets go into a container and out of it. Bytes are counted for a time that is given, and the bounds are wide: what is
// looked for is whether there is a limit, and on which way.
import { expect } from "bun:test";
import { join } from "node:path";
import { eventually } from "../support/run.ts";
import { type Box, startBox } from "./lab/boxes.ts";
import { type Lab, labRequires, withLab } from "./lab/lab.ts";

const { test } = labRequires();

const PROGRAM = join(import.meta.dir, "lab/flow.py");
const RATE = 1_000_000;
const SECONDS = 1;

/** Bytes that a receiver has got from a sender in a second. */
async function flow(lab: Lab, from: Box, to: Box): Promise<number> {
  const address = await to.address(4);
  const receiver = lab.start("host", ["nsenter", `--net=/proc/${to.pid}/ns/net`, "--", "python3", PROGRAM, "receive", `${SECONDS}`]);
  await eventually("a receiver", () => receiver.stdout().includes("ready"));
  await from.in(["python3", PROGRAM, "send", address]);
  await receiver.exited;
  return Number(receiver.stdout().split("\n")[1]);
}

test("limits hold on their way alone, are shown, and go with the container", () =>
  withLab(
    async (lab) => {
      await lab.ok(["network", "create", "front"]);
      const free = await startBox(lab, "free", ["--network", "front"]);
      const limited = await startBox(lab, "limited", ["--network", "front", "--network-rate", `in=${RATE},out=${2 * RATE}`]);
      const [into, out, other] = [await flow(lab, free, limited), await flow(lab, limited, free), await flow(lab, free, free)];
      // The bucket is full at the beginning; headers count as well.
      for (const [bytes, rate] of [
        [into, RATE],
        [out, 2 * RATE],
      ] as const) {
        expect(bytes).toBeGreaterThan(0.3 * rate * SECONDS);
        expect(bytes).toBeLessThan(2 * rate * SECONDS);
      }
      expect(other).toBeGreaterThan(10 * RATE * SECONDS);
      expect(await lab.in("host", ["tc", "qdisc", "show"])).toMatch(
        /qdisc tbf .* rate 8Mbit burst 64Kb lat 100ms[\s\S]*qdisc tbf .* rate 16Mbit/,
      );
      const [shown] = JSON.parse(await lab.ok(["inspect", limited.name]));
      expect(shown.NetworkSettings.Networks.front).toMatchObject({ Rate: { In: RATE, Out: 2 * RATE } });
      await lab.ok(["rm", "-f", limited.name, free.name]);
      expect(await lab.in("host", ["ip", "-o", "link", "show", "type", "ifb"])).toBe("");
      await lab.ok(["network", "rm", "front"]);
    },
    { leftovers: "processes" },
  ));
