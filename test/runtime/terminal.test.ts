// A terminal in the foreground, without console socket: `teu-runtime run` and `exec -t` show it in the caller's, as runc does.
import { expect } from "bun:test";
import { join } from "node:path";
import { executable } from "../support/executables.ts";
import { openPty } from "../support/pty.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { container, running } from "./container.ts";

const { describe, test } = requires("root", "busybox");

describe("a terminal in the foreground", () => {
  test("is a container's own, has the caller's size, and gives its program's status", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["sh"], process: { terminal: true } });
      const argv = [executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), "run", "--bundle", made.bundle, made.id];
      await using pty = openPty(argv, { rows: 30, columns: 100, roots });
      await pty.expect("# ");
      pty.send("tty; stty size\r");
      await pty.expect(/\/dev\/pts\/0\r\n30 100\r/);
      pty.resize(40, 120);
      pty.send("stty size\r");
      await pty.expect(/40 120\r/);
      pty.send("exit 4\r");
      expect(await pty.exited).toBe(4);
    }));

  test("is a joining process's own with exec --tty, and the container goes on after it", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const argv = [executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), "exec", "--tty", made.id, "sh"];
      await using pty = openPty(argv, { rows: 30, columns: 100, roots });
      await pty.expect("# ");
      pty.send("tty; stty size\r");
      await pty.expect(/\/dev\/pts\/0\r\n30 100\r/);
      pty.send("exit 5\r");
      expect(await pty.exited).toBe(5);
      expect((await made.state()).status).toBe("running");
      await made.must("delete", ["--force"]);
    }));
});
