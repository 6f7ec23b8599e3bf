// Base images from Debian's archive: the same packages give the same digest, with root and without.
import { expect } from "bun:test";
import { join } from "node:path";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { tester } from "../support/user.ts";

const SCRIPT = join(import.meta.dir, "bootstrap-digest.ts");
const RECIPE = "debian/bookworm?variant=essential";

const { test } = requires("mmdebstrap", "root", "tester", "subids", "userns", "umoci");

test(
  "root and an ordinary user bootstrap the same image, byte for byte",
  () =>
    withRoots(
      async (roots) => {
        const made = (layout: string, temporary: string) => [process.execPath, SCRIPT, RECIPE, temporary, roots.path(layout)];
        const user = tester();
        await runOk(["mkdir", "-m", "777", roots.path("tmp"), roots.path("theirs")]);
        const ours = await runOk(made("ours", roots.path("tmp")), { timeoutMs: 280_000 });
        const theirs = await runOk(made("theirs", roots.path("tmp")), { user, roots, timeoutMs: 280_000 });
        expect(theirs).toBe(ours);
        await runOk(["umoci", "unpack", "--image", `${roots.path("ours")}:made`, roots.path("bundle")]);
        const inside = (command: string) => runOk(["chroot", roots.path("bundle/rootfs"), "/bin/bash", "-c", command]);
        expect(await inside("cat /etc/debian_version")).toMatch(/^12\./);
        expect(await inside("ls /etc/hostname /etc/resolv.conf /var/log/apt 2>/dev/null; ls -A /dev | wc -l")).toBe("0");
      },
      { leftovers: "sweep" },
    ),
  600_000,
);
