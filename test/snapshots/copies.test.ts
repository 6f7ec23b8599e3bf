// Where overlayfs refuses the file system that an ordinary user's containers write to, here one of FUSE, they have copies of their images: the
// same files as an overlay shows.
import { expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTest, USER } from "../cli/callers.ts";
import { BOX, boxOf } from "../cli/image-cli.ts";
import type { Layer } from "../support/image-archive.ts";
import { busyboxArchive, load, type StoredImage } from "../support/images.ts";
import { leftovers } from "../support/leftovers.ts";
import { eventually, runOk } from "../support/run.ts";

const own = { uid: 1000, gid: 2000 };
const LAYERS: readonly Layer[] = [
  {
    "d/below": "1",
    "d/both": "1",
    "gone/f": "1",
    file: "1",
    "kind/f": "1",
    "first\u00ff": "many names",
    second: { header: { flag: "1", target: "first\u00ff" } },
    third: { header: { flag: "1", target: "first\u00ff" } },
    set: { header: { mode: 0o6755, mtime: 1_000_000_000, ...own } },
    pipe: { header: { flag: "6" } },
    soft: { link: "d/both" },
    "opaque/hidden": "1",
    "home/.keep": "",
  },
  { d: { header: { flag: "5", mode: 0o2750, mtime: 1_234_567_890, ...own } }, "d/both": "2", gone: "whiteout", kind: "a file now" },
  {
    "first\u00ff": "whiteout",
    opaque: "opaque",
    "opaque/seen": "3",
    gone: { header: { flag: "5", mode: 0o755, mtime: 7 } },
    "gone/again": "3",
    "etc/passwd": { link: "../home/accounts" },
  },
  { "home/accounts": "linked:x:1000:1000::/:\n", home: { header: { flag: "5", mode: 0o700, mtime: 5 } } },
];

/** All files but those that each container has of its own, and the root directory, which is new in every overlay. */
const TELL = `cd /; list() { find . -xdev \\( -path ./etc -o -path ./dev -o -path ./proc -o -path ./sys \\) -prune -o "$@"; }
  list ! -type d -exec stat -c '%N %F %a %u:%g %Y %s' {} + | sort; list -type d ! -name . -exec stat -c '%n %a %u:%g %Y' {} + | sort
  list -type f -exec sha1sum {} + | sort; stat -c '%N %a %u:%g %Y %s' etc/passwd etc/group; [ second -ef third ] && echo one file`;

/**
 * An engine's root on a file system that overlayfs takes for no writable layer: it cannot see what changes behind its back.
 * `room`: bytes that it has, as tmpfs reads them.
 */
function copyTest(name: string, body: (cli: Cli, image: StoredImage) => Promise<void>, room?: string): void {
  cliTest(
    USER,
    name,
    async (cli) => {
      const behind = cli.roots.path("behind");
      mkdirSync(behind);
      if (room !== undefined) await runOk(["mount", "-t", "tmpfs", "-o", `size=${room}`, "tmpfs", behind]);
      await runOk(["chown", "--reference", cli.roots.root, behind]);
      await runOk(["bindfs", behind, cli.roots.root]);
      try {
        await body(cli, await load(cli.roots, await busyboxArchive(BOX, [{ layers: LAYERS }]), USER.account()));
      } finally {
        await runOk(["umount", "--lazy", cli.roots.root, ...(room === undefined ? [] : [behind])]);
      }
    },
    { needs: ["bindfs", "fuse"] },
  );
}

const containers = ({ roots }: Cli) => (existsSync(join(roots.root, "containers")) ? readdirSync(join(roots.root, "containers")) : []);
const WARNING =
  /^teu: warning: the layers of box are copied for this container, as there is no overlay: .*image\.layers: invalid argument \(EINVAL\)[^\n]*\n$/;

copyTest("a copy has the same files as an overlay", async (cli) => {
  const copied = await cli.teu([...boxOf(cli, "c"), "sh", "-c", TELL]);
  expect({ status: copied.status, stderr: copied.stderr }).toEqual({ status: 0, stderr: expect.stringMatching(WARNING) });
  expect(copied.stdout.split("\n")).toContain("./d 2750 1000:2000 1234567890");
  expect(copied.stdout).toEndWith("one file\n");

  const elsewhere = { env: { TEU_ROOT: cli.roots.path("plain") } };
  await cli.run(["mkdir", cli.roots.path("plain")]);
  const archive = readdirSync(cli.roots.directory).find((name) => name.endsWith(".tar")) ?? "";
  expect((await cli.teu(["load", "-q", "-i", cli.roots.path(archive)], elsewhere)).status).toBe(0);
  const overlaid = await cli.teu([...boxOf(cli, "o"), "sh", "-c", TELL], elsewhere);
  expect(overlaid).toEqual({ status: 0, stdout: copied.stdout, stderr: "" });
});

copyTest("users, volumes, a read-only root and the plan go by the copy", async (cli) => {
  expect((await cli.teu([...boxOf(cli, "c", "-u", "linked"), "id", "-u"])).stdout).toBe("1000\n");
  expect((await cli.teu([...boxOf(cli, "c", "-u", "user"), "id", "-u"])).stderr).toContain('unable to find user "user"');
  expect((await cli.teu([...boxOf(cli, "c", "-v", "/opaque"), "ls", "/opaque"])).stdout).toBe("seen\n");
  expect((await cli.teu([...boxOf(cli, "c", "--read-only"), "touch", "/x"])).stderr).toContain("touch: /x: Read-only file system");
  const { status, stdout } = await cli.teu([...boxOf(cli, "c", "--explain"), "true"]);
  expect({ status, overlays: stdout.match(/type="overlay"/g) }).toEqual({ status: 0, overlays: null });
  expect(containers(cli)).toEqual([]);
});

copyTest("what is written stays with the container, reaches no layer, and is not committed", async (cli, image) => {
  const name = cli.roots.id("c");
  const script = "echo changed >/d/below; rm /file; mkdir -m 700 /made && touch /made/f && chown -R 1000:1000 /made";
  expect((await cli.teu(["run", "--name", name, "box", "sh", "-c", script])).status).toBe(0);
  expect(readFileSync(join(cli.roots.root, "containers", containers(cli)[0] ?? "", "copy/d/below"), "utf8")).toBe("changed\n");
  expect(readFileSync(join(image.layers[1] ?? "", "d/below"), "utf8")).toBe("1");
  expect((await cli.teu(["commit", name, "other"])).stderr).toContain("its files are a copy of the image's");
  expect((await cli.teu(["rm", name])).status).toBe(0);
  expect(containers(cli)).toEqual([]);
});

copyTest("runs killed while they copy leave nothing that the next command does not take away", async (cli) => {
  for (const after of [0, 5, 15, 40]) {
    const running = cli.start([...boxOf(cli, `k${after}`), "true"]);
    const before = new Set(containers(cli));
    const copies = () => containers(cli).filter((id) => !before.has(id) && existsSync(join(cli.roots.root, "containers", id, "copy")));
    await eventually("it copies", () => copies().length > 0);
    await Bun.sleep(after);
    running.kill("SIGKILL");
    await running.exited;
    running.dispose();
  }
  await eventually("all is taken away", async () => {
    expect((await cli.teu([...boxOf(cli, "next"), "true"])).status).toBe(0);
    return containers(cli).length === 0;
  });
  expect(readdirSync(cli.roots.root).filter((name) => name.startsWith(".overlay-")).length).toBeLessThanOrEqual(4);
  const left = leftovers(cli.roots.mark);
  expect(left.processes.filter(({ command }) => !command.includes("bindfs"))).toEqual([]); // the file system below is the test's
  expect(left.mounts.filter((path) => path.startsWith(`${cli.roots.root}/`))).toEqual([]);
  expect(left.cgroups).toEqual([]);
  expect(existsSync(join(cli.roots.root, "layers"))).toBe(true);
});

copyTest(
  "a copy that there is no room for is taken back",
  async (cli) => {
    expect(await cli.teu([...boxOf(cli, "c"), "true"])).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/\nteu: make .* of the copy of the layers: .*\(ENOSPC\)/),
    });
    expect([containers(cli), readdirSync(join(cli.roots.runRoot, "containers"))]).toEqual([[], []]);
  },
  "6m",
);
