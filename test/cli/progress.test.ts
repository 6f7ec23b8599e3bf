// Progress on a real terminal, whose window changes, and in a pipe.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { openPty } from "../support/pty.ts";
import { run } from "../support/run.ts";

const PROGRAM = [process.execPath, join(import.meta.dir, "progress-program.ts")];
/** Escapes as they are typed in a shell: `^[`. */
const readable = (output: string) => output.replaceAll("\x1b", "^[");

test("on a terminal layers are updated in place, ten times a second at most, and stay when they are done", async () => {
  await using pty = openPty(PROGRAM, { columns: 80 });
  const began = performance.now();
  await pty.expect(/Downloading \[=+> +\] +\S+kB\/3kB/);
  expect(await pty.exited).toBe(0);
  const seconds = (performance.now() - began) / 1000;
  const output = readable(pty.output());
  expect(output.split("\r^[[2A").length - 1).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 2);
  expect(output).toMatch(/^12: Pulling from library\/debian\r\n/);
  const end = output.slice(output.lastIndexOf("^[[2A"));
  expect(end).toMatch(/\^\[\[K[0-9a-f]{12}: Pull complete\r\n\^\[\[K[0-9a-f]{12}: Pull complete\r\ndocker\.io\/library\/debian:12\r\n$/);
});

test("in a window that gets narrower lines are made to fit", async () => {
  await using pty = openPty(PROGRAM, { columns: 80 });
  await pty.expect(/Downloading \[=+> +\]/);
  pty.resize(24, 30);
  expect(await pty.exited).toBe(0);
  expect(readable(pty.output())).toMatch(/\^\[\[J(?:[0-9a-f]{12}: Downloading[^\r\n]{0,5}\r\n){2}/);
});

test("in a pipe there is a line a state, with no escapes", async () => {
  const { status, stdout } = await run(PROGRAM);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^12: Pulling from library\/debian\n(?:[0-9a-f]{12}: Pulling fs layer\n){2}(?:[0-9a-f]{12}: Pull complete\n){2}docker\.io\/library\/debian:12\n$/,
  );
});

test("--quiet shows the outcome, --progress json objects, also on a terminal", async () => {
  expect((await run([...PROGRAM, "--quiet"])).stdout).toBe("docker.io/library/debian:12\n");
  await using pty = openPty([...PROGRAM, "--progress", "json"]);
  expect(await pty.exited).toBe(0);
  const lines = pty
    .output()
    .trim()
    .split("\r\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toEqual({ status: "docker.io/library/debian:12" });
  expect(lines).toContainEqual({ status: "Downloading", progressDetail: { current: 3000, total: 3000 }, id: lines[1].id });
});
