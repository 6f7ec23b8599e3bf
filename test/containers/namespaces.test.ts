// Containers of an image that share namespaces, or have other ids than their caller's: what they see, and that nothing stays of them.
import { expect } from "bun:test";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, USER } from "../cli/callers.ts";
import { type ImageCli, imageTest, imageTests } from "../cli/image-cli.ts";

const SHARED = ["pid", "ipc", "net"] as const;
const links = SHARED.map((name) => `readlink /proc/self/ns/${name}`).join("; ");

async function background(cli: ImageCli, name: string, ...flags: readonly string[]): Promise<string> {
  const { stdout, stderr } = await cli.teu(["run", "-d", "--name", cli.roots.id(name), ...flags, "box", "sleep", "1000"]);
  expect(stderr).toBe("");
  return stdout.trim();
}

const box = async (cli: ImageCli, flags: readonly string[], script: string) =>
  await cli.teu(["run", "--rm", ...flags, "box", "sh", "-c", script]);

imageTests("--network, --pid and --ipc container: are another container's, by name and by the beginning of its id", async (cli) => {
  const id = await background(cli, "a", "--hostname", "first", "--add-host", "far:10.1.2.3");
  const name = cli.roots.id("a");
  const flags = ["--network", `container:${name}`, "--pid", `container:${id.slice(0, 12)}`, "--ipc", `container:${id}`];
  const { stdout, stderr } = await box(cli, flags, `${links}; cat /proc/1/comm; grep -c far /etc/hosts; hostname`);
  const pid = readFileSync(join(cli.roots.runRoot, "containers", id, "pid"), "utf8").trim();
  const inner = SHARED.map((kind) => `${readlinkSync(`/proc/${pid}/ns/${kind}`)}\n`).join("");
  expect({ stdout, stderr }).toEqual({ stdout: `${inner}sleep\n1\nfirst\n`, stderr: "" });
  for (const kind of SHARED) expect(stdout).not.toContain(readlinkSync(`/proc/self/ns/${kind}`));
  expect((await cli.teu(["rm", "-f", name])).status).toBe(0);
});

imageTests("a container that does not run, or is not there, has no namespaces to share", async (cli) => {
  const name = cli.roots.id("a");
  await cli.teu(["create", "--name", name, "box", "true"]);
  const stopped = await box(cli, ["--pid", `container:${name}`], "true");
  expect(stopped.stderr).toContain(`share namespaces of container ${name}: it is not running; start it first`);
  expect((await box(cli, ["--ipc", "container:nobody"], "true")).stderr).toContain("No such container: nobody");
  await cli.teu(["rm", name]);
});

imageTests("--dns and --add-host are in the container's files, and a directory's has them where it asked", async (cli) => {
  const flags = ["--dns", "10.0.0.53", "--dns-search", "a.example", "--dns-option", "ndots:2", "--add-host", "far:10.1.2.3"];
  const { stdout } = await box(cli, flags, "cat /etc/resolv.conf; grep far /etc/hosts");
  expect(stdout).toBe("nameserver 10.0.0.53\nsearch a.example\noptions ndots:2\n10.1.2.3\tfar\n");
});

imageTests("--init is process 1, which hands signals on", async (cli) => {
  const { stdout } = await box(cli, ["--init"], "echo $$; tr '\\0' ' ' </proc/1/comm");
  expect(stdout).toMatch(/^2\n/);
});

imageTest(ROOT, "--userns remap: root inside is another user outside, and files are root's in both", async (cli) => {
  const name = cli.roots.id("a");
  const script = "id -u; stat -c %u / /bin; touch /made && stat -c %u /made; cut -c1-33 /proc/self/uid_map | tr -s ' '";
  const { stdout, stderr } = await cli.teu(["run", "--name", name, "--userns", "remap:tester", "box", "sh", "-c", script]);
  expect({ stdout, stderr }).toEqual({ stdout: "0\n0\n0\n0\n 0 100000 65536\n", stderr: "" });
  expect((await cli.teu(["start", "-a", name])).stdout).toBe("0\n0\n0\n0\n 0 100000 65536\n");
  expect((await cli.teu(["rm", name])).stderr).toBe("");
});

imageTest(ROOT, "--userns auto: no two containers have the same ids, and those of one that is gone are free again", async (cli) => {
  const ids = cli.roots.path("ids");
  writeFileSync(ids, "containers:700000:3000\n");
  const inside = (words: string) =>
    cli.run([
      "unshare",
      "-m",
      "sh",
      "-c",
      `mount --bind ${ids} /etc/subuid; mount --bind ${ids} /etc/subgid; exec ${cli.program} ${words}`,
    ]);
  const [a, b] = [cli.roots.id("a"), cli.roots.id("b")];
  const first = await inside(`run --name ${a} --userns auto:size=1000 box cat /proc/self/uid_map`);
  const second = await inside(`run --name ${b} --userns auto:size=1000 box cat /proc/self/uid_map`);
  const numbers = (text: string) => text.trim().split(/\s+/).map(Number);
  expect([numbers(first.stdout), numbers(second.stdout)]).toEqual([
    [0, 700_000, 1000],
    [0, 701_000, 1000],
  ]);
  expect((await inside("run --rm --userns auto:size=2000 box true")).stderr).toContain("have no 2000 together that no container has");
  await cli.teu(["rm", a, b]);
});

imageTest(USER, "--userns keep-id: the caller is itself inside, and root's files are root's", async (cli) => {
  const name = cli.roots.id("a");
  const uid = cli.account?.uid;
  const script = "id -u; stat -c %u / /bin; touch /made 2>&1; touch /tmp/made && stat -c %u /tmp/made";
  const { stdout, stderr } = await cli.teu(["run", "--name", name, "--userns", "keep-id", "box", "sh", "-c", script]);
  expect({ stdout, stderr }).toEqual({ stdout: `${uid}\n0\n0\ntouch: /made: Permission denied\n${uid}\n`, stderr: "" });
  expect((await cli.teu(["rm", name])).stderr).toBe("");
});

imageTests("--systemd always has places to write to, and its stop signal", async (cli) => {
  const { stdout } = await box(cli, ["--systemd", "always"], "echo $container; for d in /run /run/lock /tmp; do stat -f -c %T $d; done");
  expect(stdout).toBe("oci\ntmpfs\ntmpfs\ntmpfs\n");
});

imageTest(
  ROOT,
  "--systemd can make cgroups in systemd's own hierarchy, and no others",
  async (cli) => {
    const script = "cd /sys/fs/cgroup; mkdir systemd/init.scope && rmdir systemd/init.scope && echo made; mkdir memory/x 2>&1";
    const { stdout } = await box(cli, ["--systemd", "always"], script);
    expect(stdout).toBe("made\nmkdir: can't create directory 'memory/x': Read-only file system\n");
  },
  { needs: ["v1"] },
);
