// The walk-through's published port, of a real container: from the host, by all its addresses, and from outside; after a flush, too.
import { expect } from "bun:test";
import { busyboxRootfs } from "../support/rootfs.ts";
import { eventually } from "../support/run.ts";
import { HOST, type Lab, labRequires, withLab } from "./lab/lab.ts";
import { ask, WAYS } from "./lab/traffic.ts";

const { test } = labRequires();

/** The server takes one client at a time, and is away for a moment after each. */
async function answers(lab: Lab): Promise<void> {
  for (const [from, to] of WAYS)
    await eventually(`an answer of ${to} in ${from}`, async () => (await ask(lab, from, "tcp", to, 8080)) === "hello\n");
}

test("a published port answers on every address, and again after `nft flush ruleset` and network reload", async () => {
  await withLab(async (lab) => {
    const name = lab.roots.id("web");
    const server = ["sh", "-c", "while :; do echo hello | nc -l -p 80; done"];
    await lab.ok(["run", "-d", "--name", name, "-p", "8080:80", "--rootfs", await busyboxRootfs(), ...server]);
    await answers(lab);
    await lab.in("host", ["nft", "flush", "ruleset"]);
    expect(await ask(lab, "peer", "tcp", HOST.ipv4, 8080)).toBe("refused");
    // So does the start of another that has a port.
    await lab.ok(["run", "--rm", "-p", "8081:80", "--rootfs", await busyboxRootfs(), "true"]);
    await answers(lab);
    await lab.in("host", ["nft", "flush", "ruleset"]);
    await lab.ok(["network", "reload"]);
    await answers(lab);
    await lab.ok(["rm", "-f", name]);
    expect(await ask(lab, "peer", "tcp", HOST.ipv4, 8080)).toBe("refused");
    expect(await lab.in("host", ["nft", "list", "ruleset"])).not.toContain("8080");
  });
});
