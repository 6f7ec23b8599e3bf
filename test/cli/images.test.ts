// `teu run IMAGE`: what the image's configuration says is obeyed, flags go before it, and what the container has on disk goes with it.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxArchive } from "../support/images.ts";
import { describeLeftovers, leftovers } from "../support/leftovers.ts";
import { startRegistry } from "../support/registry.ts";
import { eventually, runOk } from "../support/run.ts";
import { cliTests, ROOT } from "./callers.ts";
import { BOX, boxOf, type ImageCli, imageTest, imageTests } from "./image-cli.ts";

const directories = ({ roots }: ImageCli) =>
  existsSync(join(roots.root, "containers")) ? readdirSync(join(roots.root, "containers")) : [];
const inDirectory = async ({ roots, idOf }: ImageCli, name: string, ...path: readonly string[]) =>
  join(roots.root, "containers", await idOf(name), ...path);

const CONFIG = {
  Entrypoint: ["echo", "entry"],
  Cmd: ["command"],
  Env: ["COLOUR=blue", "PATH=/bin:/image"],
  WorkingDir: "/work/dir",
  User: "user",
  Labels: { a: "image", b: "image" },
  StopSignal: "SIGQUIT",
  ExposedPorts: { "80/tcp": {} },
  Healthcheck: { Test: ["CMD", "true"] },
};

describe("what an image says", () => {
  imageTests(
    "is run",
    async (cli) => {
      expect(await cli.teu(cli.box("c"))).toEqual({ status: 0, stdout: "entry command\n", stderr: "" });
      expect((await cli.teu([...cli.box("c"), "words"])).stdout).toBe("entry words\n");
      expect((await cli.teu([...cli.box("c", "--entrypoint", "id"), "-un"])).stdout).toBe("user\n");
      expect((await cli.teu([...cli.box("c", "--entrypoint", ""), "echo", "own"])).stdout).toBe("own\n");
      expect((await cli.teu(cli.box("c", "--entrypoint", ""))).stderr).toContain("COMMAND: is missing, and the image names none");
    },
    { config: CONFIG },
  );

  imageTests(
    "is its environment, directory and user, unless flags say otherwise",
    async (cli) => {
      const script = "echo $COLOUR $PATH; pwd; id -u; id -g; id -G; echo $HOME";
      const shell = (...flags: readonly string[]) => cli.teu([...cli.box("c", "--entrypoint", "sh", ...flags), "-c", script]);
      expect(await shell()).toEqual({ status: 0, stdout: "blue /bin:/image\n/work/dir\n1000\n1000\n1000 2000\n/home\n", stderr: "" });
      expect((await shell("-e", "COLOUR=red", "-w", "/tmp", "-u", "root")).stdout).toBe("red /bin:/image\n/tmp\n0\n0\n0\n/root\n");
      expect((await shell("-e", "COLOUR", "-u", "user:extra", "--group-add", "44")).stdout).toBe(
        "/bin:/image\n/work/dir\n1000\n2000\n2000 44\n/home\n",
      );
      expect((await shell("-u", "4000")).stdout).toEndWith("4000\n0\n0\n/\n");
      expect(await shell("-u", "nobody")).toMatchObject({
        status: 125,
        stderr: expect.stringContaining('unable to find user "nobody": no matching entries in passwd file'),
      });
    },
    { config: CONFIG },
  );

  imageTests(
    "is kept with the container, with the flags' labels",
    async (cli) => {
      const file = cli.roots.path("labels");
      writeFileSync(file, "# more\nc=file\nb=file\n");
      await cli.teu(["run", "--name", cli.roots.id("c"), "-l", "b=flag", "--label-file", file, "--annotation", "x=y", "box"]);
      const kept: unknown = JSON.parse(readFileSync(await inDirectory(cli, "c", "container.json"), "utf8"));
      expect(kept).toMatchObject({
        root: { kind: "image", name: "box", id: cli.image.id, layers: cli.image.layers },
        options: { annotations: { x: "y" } },
        labels: { a: "image", b: "flag", c: "file" },
        network: { exposed: ["80/tcp"] },
        life: { stopSignal: "SIGQUIT", health: { Test: ["CMD", "true"] } },
      });
      await cli.teu(["rm", cli.roots.id("c")]);
    },
    { config: CONFIG },
  );
});

imageTests("environment comes from the caller and from files", async (cli) => {
  const file = cli.roots.path("env");
  writeFileSync(file, "# comment\n\nA=file\nB=file\nCALLER\nNOBODY\n");
  const flags = ["--env-file", file, "-e", "B=flag", "-e", "OTHER", "-e", "NOBODY"];
  const { stdout } = await cli.teu([...cli.box("c", ...flags), "sh", "-c", 'echo "$A $B $CALLER $OTHER"; env | grep -c NOBODY'], {
    env: { CALLER: "1", OTHER: "2" },
  });
  expect(stdout).toBe("file flag 1 2\n0\n");
  writeFileSync(file, "a b=c\n");
  expect((await cli.teu(cli.box("c", "--env-file", file))).stderr).toContain("--env-file: ");
});

imageTests("names of the container are in its /etc, and a volume goes before them", async (cli) => {
  const { stdout } = await cli.teu([...cli.box("c", "-h", "barge"), "sh", "-c", "cat /etc/hostname; grep barge /etc/hosts; hostname"]);
  expect(stdout).toBe("barge\n127.0.0.1\tbarge\nbarge\n");
  expect((await cli.teu([...cli.box("c", "-v", "/etc/passwd:/etc/hosts:ro"), "head", "-n", "1", "/etc/hosts"])).stdout).toMatch(/^root:/);
  expect((await cli.teu([...cli.box("c", "--network", "host"), "cat", "/etc/hosts"])).stdout).toBe(readFileSync("/etc/hosts", "utf8"));
});

imageTests("--read-only, --tmpfs and --privileged hold for images", async (cli) => {
  const script = "touch /x; touch /run/y && stat -c %a /run; grep -c ' / overlay ro' /proc/self/mounts";
  const { stdout, stderr } = await cli.teu([...cli.box("c", "--read-only", "--tmpfs", "/run:size=1m"), "sh", "-c", script]);
  expect({ stdout, stderr }).toEqual({ stdout: "1777\n1\n", stderr: "touch: /x: Read-only file system\n" });
});

imageTests("without --rm what a container wrote stays until it is removed; with it nothing does", async (cli) => {
  const name = cli.roots.id("c");
  expect((await cli.teu(["run", "--name", name, "box", "sh", "-c", "echo text >/text; mkdir -m 700 /d; exit 4"])).status).toBe(4);
  expect((await cli.teu(["ps", "-a"])).stdout).toMatch(new RegExp(` Exited \\(4\\) .* ${name}$`, "m"));
  expect(readFileSync(await inDirectory(cli, "c", "upper", "text"), "utf8")).toBe("text\n");
  expect(await cli.teu(["rm", name])).toEqual({ status: 0, stdout: `${name}\n`, stderr: "" });
  expect(directories(cli)).toEqual([]);
  const others = "mkdir -m 700 /d && touch /d/f && chown -R 1000:1000 /d && chmod 0 /d";
  expect(await cli.teu([...cli.box("c"), "sh", "-c", others])).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(directories(cli)).toEqual([]);
  expect(describeLeftovers(leftovers(cli.roots.id("c")))).toEqual([]);
});

imageTests("the monitor's command, which has no environment, takes other users' files away too", async (cli) => {
  const name = cli.roots.id("c");
  await cli.teu(["run", "-d", "--rm", "--name", name, "box", "sh", "-c", "mkdir -m 700 /d && touch /d/f && chown -R 1000:1000 /d"]);
  await eventually("it is gone", () => directories(cli).length === 0);
});

imageTests("a tree too deep to be named is taken away", async (cli) => {
  const script =
    "d=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; n=0; while [ $n -lt 60 ]; do mkdir $d && cd -P $d || exit 1; n=$((n+1)); done";
  expect(await cli.teu([...cli.box("c"), "sh", "-c", script])).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(directories(cli)).toEqual([]);
});

imageTests("a container that could not be started leaves nothing", async (cli) => {
  expect(await cli.teu([...cli.box("c"), "nosuch"])).toEqual({
    status: 127,
    stdout: "",
    stderr: `teu: execute "nosuch": no such file or directory (ENOENT); no directory of the container's $PATH has a program of this name\n`,
  });
  expect(directories(cli)).toEqual([]);
  expect(readdirSync(join(cli.roots.runRoot, "containers"))).toEqual([]);
});

imageTests("a cached plan is that of its own container", async (cli) => {
  const script = "hostname; cat /etc/hostname; cat /seen 2>/dev/null; echo $0 >/seen";
  for (let round = 0; round < 3; round++) {
    const { stdout } = await cli.teu(["run", "--rm", "box", "sh", "-c", script]);
    const [name, file, ...more] = stdout.trim().split("\n");
    expect({ name, more }).toEqual({ name: expect.stringMatching(/^[0-9a-f]{12}$/), more: [] });
    expect(file).toBe(name ?? "");
  }
});

imageTests("--explain shows the layers and makes nothing", async (cli) => {
  const { stdout, stderr } = await cli.teu([...cli.box("c", "--explain"), "true"]);
  expect({ stderr, overlay: stdout.match(/fsMount +type="overlay"/g)?.length }).toEqual({ stderr: "", overlay: 1 });
  expect(directories(cli)).toEqual([]);
});

cliTests(
  "an image is pulled when it is missing, and as --pull says",
  async (cli) => {
    await using registry = await startRegistry();
    const tables = ["amd64", "arm64"].map((architecture) => ({ architecture, layers: [{ platform: `${architecture}\n` }] }));
    const archive = await busyboxArchive(BOX, tables);
    const path = cli.roots.path("box.tar");
    writeFileSync(path, archive.bytes);
    const there = `docker://${registry.host}/library/box:latest`;
    await runOk(["skopeo", "--insecure-policy", "copy", "--all", "--dest-tls-verify=false", `oci-archive:${path}`, there]);
    mkdirSync(join(cli.roots.root, "config"), { mode: 0o755 });
    const mirrors = [{ location: registry.host, insecure: true }];
    writeFileSync(join(cli.roots.root, "config", "config.yaml"), JSON.stringify({ registries: { "docker.io": { mirrors } } }));
    const box = (...flags: readonly string[]) => cli.teu([...boxOf(cli, "c", ...flags), "cat", "/platform"]);

    const missing = "Unable to find image 'box:latest' locally\n";
    const own = process.arch === "arm64" ? "arm64" : "amd64";
    expect(await box("--pull", "never")).toEqual({ status: 125, stdout: "", stderr: `teu: ${missing}` });
    const lines = (status: string) => new RegExp(`^latest: Pulling from library/box\n(.*\n)*Status: ${status} for box:latest$`, "m");
    const pulled = await box();
    expect(pulled).toEqual({ status: 0, stdout: `${own}\n`, stderr: expect.stringMatching(lines("Downloaded newer image")) });
    expect(pulled.stderr).toStartWith(missing);
    expect(await box()).toEqual({ status: 0, stdout: `${own}\n`, stderr: "" });
    expect(await box("-q", "--platform", "linux/arm64")).toEqual({ status: 0, stdout: "arm64\n", stderr: missing });
    expect((await box("--pull", "always")).stderr).toMatch(lines("Image is up to date"));
    expect(await box("--pull", "often")).toMatchObject({
      status: 125,
      stderr: expect.stringContaining("--pull: often is none of missing, always, never"),
    });
    expect(await cli.teu(["run", "other:1"])).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/^Unable to find image 'other:1' locally\nteu: /),
    });
  },
  { needs: ["registry", "skopeo"] },
);

imageTests("--cidfile gets the id, and is not written over", async (cli) => {
  const file = cli.roots.path("cid");
  expect((await cli.teu([...cli.box("c", "--cidfile", file), "true"])).status).toBe(0);
  expect(readFileSync(file, "utf8")).toMatch(/^[0-9a-f]{64}$/);
  expect(await cli.teu([...cli.box("c", "--cidfile", file), "true"])).toMatchObject({
    status: 125,
    stderr: expect.stringContaining("--cidfile: "),
  });
  const other = cli.roots.path("other");
  expect((await cli.teu([...cli.box("c", "--cidfile", other), "nosuch"])).status).toBe(127);
  expect(existsSync(other)).toBe(false);
  expect((await cli.teu([...cli.box("c", "--cidfile", "/nowhere/cid"), "true"])).stderr).toContain(
    "--cidfile: /nowhere/cid cannot be made",
  );
});

imageTests("what a killed run has left, the next one takes away", async (cli) => {
  const running = cli.start([...cli.box("c"), "sh", "-c", "echo ready; sleep 1000"]);
  await eventually("it runs", () => running.stdout() === "ready\n");
  running.kill("SIGKILL");
  await running.exited;
  running.dispose();
  const id = await cli.idOf("c");
  expect(directories(cli)).toEqual([id]);
  expect((await cli.teu([...cli.box("d"), "true"])).status).toBe(0);
  expect(directories(cli)).toEqual([id]); // it runs on
  await cli.teu(["runtime", "kill", id, "KILL"]);
  await eventually("it is gone", () => directories(cli).length === 0);
  expect(directories(cli)).toEqual([]);
});

imageTests(
  "accounts are read as the container would find them, and nothing outside",
  async (cli) => {
    const { stdout } = await cli.teu([...cli.box("c", "-u", "linked"), "id", "-u"]);
    expect(stdout).toBe("7\n");
  },
  { layers: [{ "etc/passwd": { link: "/../../etc/real" }, "etc/real": "linked:x:7:7::/:\n" }] },
);

describe("accounts that are no file", () => {
  imageTest(
    ROOT,
    "but a link to the host's secrets are the image's own, which it does not have",
    async (cli) => {
      expect((await cli.teu([...cli.box("c", "-u", "tester"), "true"])).stderr).toContain("no matching entries in passwd file");
      expect((await cli.teu([...cli.box("c", "-u", "0"), "true"])).status).toBe(0);
    },
    { layers: [{ "etc/passwd": { link: "/etc/shadow" } }] },
  );

  for (const { name, passwd, says } of [
    {
      name: "a pipe",
      passwd: { header: { flag: "6" } },
      says: "read /etc/passwd of the image: process.user: invalid argument (EINVAL); it is not a regular file",
    },
    { name: "a device", passwd: { header: { flag: "3", major: 1, minor: 5 } }, says: "(EINVAL); it is not a regular file" },
    { name: "larger than any", passwd: "x".repeat(5 * 1024 ** 2), says: "(EFBIG); it is larger than any such file has reason to be" },
  ]) {
    imageTest(
      ROOT,
      `but ${name} are refused`,
      async (cli) => {
        expect(await cli.teu([...cli.box("c"), "true"])).toMatchObject({ status: 125, stderr: expect.stringContaining(says) });
        expect(directories(cli)).toEqual([]);
      },
      { layers: [{ "etc/passwd": passwd }] },
    );
  }
});

imageTest(
  ROOT,
  "the root directory has the image's owner and mode",
  async (cli) => {
    expect((await cli.teu([...cli.box("c"), "stat", "-c", "%a %u %g", "/"])).stdout).toBe("2751 5 6\n");
    expect(statSync(cli.roots.root).isDirectory()).toBe(true);
  },
  { layers: [{ "./": { header: { flag: "5", mode: 0o2751, uid: 5, gid: 6 } } }] },
);

imageTests("a container that a reboot has ended is there until it is removed", async (cli) => {
  const name = cli.roots.id("c");
  const id = (await cli.teu(["run", "-d", "--name", name, "box", "sh", "-c", "touch /kept; sleep 1000"])).stdout.trim();
  const upper = join(await inDirectory(cli, "c"), "upper");
  await eventually("it has written", () => existsSync(join(upper, "kept")));
  await cli.teu(["runtime", "delete", "--force", id]); // knows of the running state only, which a reboot takes
  expect((await cli.teu(["ps", "-a"])).stdout).toMatch(new RegExp(` "sh -c .* Exited \\(\\d+\\) .* ${name}$`, "m"));
  expect((await cli.teu(["start", name])).stdout).toBe(`${name}\n`);
  expect((await cli.teu(["ps"])).stdout).toMatch(new RegExp(` Up .* ${name}$`, "m"));
  expect((await cli.teu(["rm", "-f", name])).status).toBe(0);
  expect(directories(cli)).toEqual([]);
});

imageTests("runs killed at any moment leave nothing that the next command does not take away", async (cli) => {
  for (let round = 0; round < 12; round++) {
    const running = cli.start([...cli.box(`k${round}`), "sh", "-c", "echo x >/x"]);
    await Bun.sleep(4 * round);
    running.kill("SIGKILL");
    await running.exited;
    running.dispose();
  }
  const old = new Date(Date.now() - 3_600_000); // what has no record yet is given a minute
  await eventually("all is taken away", async () => {
    const folders = [join(cli.roots.root, "containers"), join(cli.roots.runRoot, "containers")];
    const entries = () => folders.filter(existsSync).flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
    for (const entry of entries()) utimesSync(entry, old, old);
    await cli.teu(["ps", "-a"]);
    return entries().length === 0;
  });
  expect(describeLeftovers(leftovers(cli.roots.mark))).toEqual([]);
});
