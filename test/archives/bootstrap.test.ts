// Base images from Debian's archive, by `teu`: the same packages give the same digest, copied by root and pulled by an ordinary user.
import { expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { openProgram } from "../images/move/program.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { tester } from "../support/user.ts";

const RECIPE = "bootstrap:debian/bookworm?variant=essential";

const { test } = requires("mmdebstrap", "root", "tester", "subids", "userns", "umoci");

test(
  "root and an ordinary user bootstrap the same image, byte for byte",
  () =>
    withRoots(
      async (roots) => {
        const teu = await openProgram(roots);
        const ours = await teu.run(["image", "copy", RECIPE, `oci:${roots.path("ours")}:made`], { timeoutMs: 280_000 });
        expect(ours.status).toBe(0);
        const digest = ours.stdout.trim().split("\n").at(-1) ?? "";
        expect(ours.stdout).toContain("I: extracting archives");
        await pulledBySomeone(digest);
        await runOk(["umoci", "unpack", "--image", `${roots.path("ours")}:made`, roots.path("bundle")]);
        const inside = (command: string) => runOk(["chroot", roots.path("bundle/rootfs"), "/bin/bash", "-c", command]);
        expect(await inside("cat /etc/debian_version")).toMatch(/^12\./);
        expect(await inside("ls /etc/hostname /etc/resolv.conf /var/log/apt 2>/dev/null; ls -A /dev | wc -l")).toBe("0");
      },
      { leftovers: "sweep" },
    ),
  600_000,
);

/** Pulls the recipe as an ordinary user, who can run it then. */
async function pulledBySomeone(digest: string): Promise<void> {
  const user = tester();
  await withRoots(
    async (roots) => {
      const { path, env } = await openProgram(roots, user);
      const teu = (args: readonly string[]) => run([path, ...args], { env, user, roots, timeoutMs: 280_000 });
      const pulled = await teu(["pull", RECIPE]);
      expect([pulled.status, pulled.stdout]).toEqual([0, expect.stringContaining(`Digest: ${digest}\n`)]);
      const version = await teu(["run", "--rm", "--network", "host", "localhost/debian:bookworm", "cat", "/etc/debian_version"]);
      expect(version).toEqual({ status: 0, stdout: expect.stringMatching(/^12\./), stderr: "" });
    },
    { owner: user, leftovers: "sweep" },
  );
}

test("the configuration says which mirror is asked, and the recipe wins", () =>
  withRoots(async (roots) => {
    const teu = await openProgram(roots);
    mkdirSync(`${roots.root}/config`);
    writeFileSync(`${roots.root}/config/config.yaml`, "bootstrap: { mirrors: { debian: 'http://127.0.0.1:1/configured' } }");
    const copied = async (recipe: string) => (await teu.run(["image", "copy", recipe, "made:1"])).stderr;
    expect(await copied("bootstrap:debian/bookworm")).toContain("http://127.0.0.1:1/configured/dists/bookworm/InRelease");
    expect(await copied("bootstrap:debian/bookworm?mirror=http://127.0.0.1:1/said")).toContain("http://127.0.0.1:1/said/dists");
    expect(await copied("bootstrap:debian/bookworm?variant=huge")).toContain("variant");
    writeFileSync(`${roots.root}/config/config.yaml`, "bootstrap: { mirrors: { debian: 'ftp://x' } }");
    expect(await copied("bootstrap:debian/bookworm")).toContain("must be an http or https address");
  }));
