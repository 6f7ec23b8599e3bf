// The walk-through's server: Debian's own nginx, installed by apt in a container of the machine's network, committed, and published on the host of the
// lab: it answers by every address of the host's, and from outside.
import { expect } from "bun:test";
import { debianRootfs } from "../support/rootfs.ts";
import { eventually, runOk } from "../support/run.ts";
import { teu } from "../support/teu.ts";
import { HOST, type Lab, labRequires, withLab } from "./lab/lab.ts";

const { test } = labRequires();

/** Of the same engine, in the network of the machine, which the mirror is reached by. */
async function outside(lab: Lab, ...args: readonly string[]): Promise<void> {
  const { status, stderr } = await teu(args, { roots: lab.roots, timeoutMs: 150_000 });
  if (status !== 0) throw new Error(`teu ${args.join(" ")}: exit status ${status}: ${stderr}`);
}

async function makeImage(lab: Lab): Promise<void> {
  const tar = lab.roots.path("base.tar");
  await runOk(["tar", "--create", "--file", tar, "--numeric-owner", "--directory", await debianRootfs(), "."]);
  await outside(lab, "import", tar, "base:v1");
  const install = "apt-get -qq update && apt-get -qq install -y --no-install-recommends nginx-light";
  await outside(lab, "run", "--name", "install", "--network", "host", "base:v1", "sh", "-c", `${install} >/log 2>&1`);
  await outside(lab, "commit", "-c", 'CMD ["nginx", "-g", "daemon off;"]', "-c", "EXPOSE 80", "install", "web:v1");
  await outside(lab, "rm", "install");
}

const WAYS = [
  ...["127.0.0.1", "[::1]", HOST.ipv4, `[${HOST.ipv6}]`].map((address) => ["host", address] as const),
  ...[HOST.ipv4, `[${HOST.ipv6}]`].map((address) => ["peer", address] as const),
];

test("nginx -p 8080:80 answers on 127.0.0.1, ::1, the host's own addresses, and from outside", async () => {
  await withLab(async (lab) => {
    await makeImage(lab);
    await lab.ok(["run", "-d", "--name", "web", "-p", "8080:80", "web:v1"]);
    for (const [place, address] of WAYS)
      await eventually(`nginx answers ${place} at ${address}`, async () => {
        const { stdout } = await lab.run(place, ["curl", "-gs", "-m", "2", `http://${address}:8080/`]);
        return stdout.includes("Welcome to nginx!");
      });
    expect((await lab.ok(["port", "web"])).split("\n").filter(Boolean)).toEqual(["80/tcp -> 0.0.0.0:8080", "80/tcp -> [::]:8080"]);
    await lab.ok(["rm", "-f", "web"]);
  });
}, 180_000);
