// dockerd in the network that teu's containers are in: what each of them publishes goes on working, whoever came first.
import { expect } from "bun:test";
import { startContainerd } from "../peers/containerd.ts";
import { IMAGE, imageArchive } from "../peers/image.ts";
import { eventually } from "../support/run.ts";
import { all, check, ends, ports, three } from "./lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";
import { carryOut } from "./lab/plain.ts";
import { ask } from "./lab/traffic.ts";

const { test } = labRequires("dockerd", "docker", "containerd", "ctr", "runc", "iptables");

/** A daemon with its own bridge and rules, and one container that answers at port 9090. */
async function startDocker(lab: Lab): Promise<() => Promise<void>> {
  const { roots } = lab;
  const containerd = await startContainerd(roots);
  const socket = `unix://${roots.path("docker.sock")}`;
  const daemon = lab.start("host", [
    ...["dockerd", "--host", socket, "--containerd", containerd.address, "--cgroup-parent", `/${roots.mark}`],
    ...["--data-root", roots.path("docker-data"), "--exec-root", roots.path("docker-exec"), "--pidfile", roots.path("docker.pid")],
  ]);
  const docker = (...args: readonly string[]) => lab.run("host", ["docker", "--host", socket, ...args], { timeoutMs: 60_000 });
  await eventually("dockerd", async () => (await docker("version")).status === 0, 30_000);
  expect((await docker("load", "--input", await imageArchive(roots))).stderr).toBe("");
  const made = await docker("run", "-d", "-p", "9090:80", IMAGE, "sh", "-c", "while :; do echo docker | nc -l -p 80; done");
  expect(made.stderr).toBe("");
  return async () => {
    await docker("rm", "-f", made.stdout.trim());
    daemon.kill("SIGTERM");
    await daemon.exited;
    await containerd.stop();
  };
}

const WORKS = [...ports("peer", ends(HOST), ends(PEER)), ...all("b", ends(PEER), ends(HOST)), ...ports("host", ends(HOST), ends(HOST))];

const dockers = async (lab: Lab) => (await ask(lab, "peer", "tcp", HOST.ipv4, 9090))?.trim();

test("docker first", async () => {
  await withLab(
    async (lab) => {
      const stop = await startDocker(lab);
      try {
        await three(lab);
        expect(await lab.in("host", ["iptables", "-S", "FORWARD"])).toContain("-P FORWARD DROP");
        expect((await lab.in("host", ["iptables", "-S", "DOCKER-USER"])).match(/-[io] br[12] .*-j ACCEPT/g)).toHaveLength(4);
        await check(lab, WORKS);
        expect(await dockers(lab)).toBe("docker");
        await carryOut(lab, [{ reload: true }]);
        expect((await lab.in("host", ["iptables", "-S", "DOCKER-USER"])).match(/-[io] br[12] .*-j ACCEPT/g)).toHaveLength(4);
      } finally {
        await stop();
      }
    },
    { leftovers: "sweep" },
  );
});

test("teu first", async () => {
  await withLab(
    async (lab) => {
      await three(lab);
      const stop = await startDocker(lab);
      try {
        await check(lab, WORKS);
        expect(await dockers(lab)).toBe("docker");
      } finally {
        await stop();
      }
    },
    { leftovers: "sweep" },
  );
});
