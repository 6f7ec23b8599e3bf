// The monitor's log on the real kernel: docker's json-file byte for byte, the local format, the journal, rotation, and what a full disk does.
import { describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { STREAM } from "../support/attach-client.ts";
import { requires } from "../support/requires.ts";
import { eventually } from "../support/run.ts";
import { type LogOptions, type MonitoredOptions, startMonitored } from "./monitored.ts";
import { scratch } from "./setup.ts";

const dir = scratch();
let count = 0;

/** Runs a script to its end; the path of its log. */
async function logged(script: string, log: Partial<LogOptions> = {}, options: MonitoredOptions = {}): Promise<string> {
  const path = log.path ?? dir.in(`log-${count}`);
  const started = await startMonitored(dir.in(`state-${count++}`), script, { ...options, log: { driver: "json-file", ...log, path } });
  const { failure } = await started.running.ended;
  if (failure !== undefined) throw new Error(failure);
  return path;
}

interface Line {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
  readonly attrs?: object;
}

const lines = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

describe("json-file", () => {
  test("has a line of JSON for each line, as docker writes it", async () => {
    const before = new Date();
    const text = readFileSync(
      await logged("printf '%s\\n' 'a\"b\\<&>'; printf 'tab\\tend\\r\\n'; printf '\\001\\377\\342\\200\\250\\303\\244\\n'"),
      "utf8",
    );
    const withoutTime = text.replaceAll(/"time":"[^"]*"/g, '"time":""');
    expect(withoutTime).toBe(
      [
        '{"log":"a\\"b\\\\\\u003c\\u0026\\u003e\\n","stream":"stdout","time":""}',
        '{"log":"tab\\u0009end\\r\\n","stream":"stdout","time":""}',
        '{"log":"\\u0001\\ufffd\\u2028\u00e4\\n","stream":"stdout","time":""}',
        "",
      ].join("\n"),
    );
    const times = [...text.matchAll(/"time":"([^"]*)"/g)].map(([, time]) => time ?? "");
    for (const time of times) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$/);
      expect(time).not.toMatch(/0Z$/);
      expect(Math.abs(new Date(time).getTime() - before.getTime())).toBeLessThan(60_000);
    }
  });

  test("keeps the streams apart, and an unfinished line has no end", async () => {
    const path = await logged("echo out; echo err >&2; printf rest");
    const found = lines(path).map(({ log, stream }) => ({ log, stream }));
    expect(found.filter(({ stream }) => stream === "stdout").map(({ log }) => log)).toEqual(["out\n", "rest"]);
    expect(found.filter(({ stream }) => stream === "stderr").map(({ log }) => log)).toEqual(["err\n"]);
  });

  test("puts a line together that comes in pieces, and cuts one that is longer than 16 KiB, not in a character", async () => {
    const script =
      "printf a; sleep 0.05; printf b; sleep 0.05; echo c; head -c 16383 /dev/zero | tr '\\0' x; printf '\\303\\244'; echo end; printf '\\n'";
    const found = lines(await logged(script)).map(({ log }) => log);
    expect(found).toEqual(["abc\n", "x".repeat(16_383), "äend\n", "\n"]);
  });

  test("has the attributes that were asked for", async () => {
    const [line] = lines(await logged("echo x", { fields: ['{"tag":"t","a":"b"}'] }));
    expect(line?.attrs).toEqual({ tag: "t", a: "b" });
    expect(Object.keys(line ?? {})).toEqual(["log", "stream", "attrs", "time"]);
  });

  test("goes on where the last run ended, behind a torn line too", async () => {
    const path = dir.in("torn");
    await logged("echo one", { path });
    appendFileSync(path, '{"log":"to');
    await logged("echo two", { path });
    const text = readFileSync(path, "utf8").split("\n");
    expect(text.length).toBe(4);
    expect(text[1]).toBe('{"log":"to');
    expect(JSON.parse(text[2] ?? "").log).toBe("two\n");
  });

  test("is complete when the container has ended, of many short lines too", async () => {
    const found = lines(await logged("seq 1 100000"));
    expect(found.length).toBe(100_000);
    expect(found.at(-1)?.log).toBe("100000\n");
  });

  test("that cannot be opened is told before anything is made", async () => {
    await expect(logged("echo x", { path: dir.in("missing/log") })).rejects.toThrow("ENOENT at 2");
    mkdirSync(dir.in("directory"));
    await expect(logged("echo x", { path: dir.in("directory") })).rejects.toThrow(/EISDIR/);
  });
});

test("local has a letter, the time and the bytes; a capital letter where the line goes on", async () => {
  const path = await logged("echo out; printf 'e\\377\\n' >&2; head -c 16390 /dev/zero | tr '\\0' x; printf '\\nrest'", {
    driver: "local",
  });
  const text = readFileSync(path, "latin1");
  const found = text.split("\n").map((line) => line.replace(/^(.)\d{19} /, "$1 "));
  expect(found.filter((line) => line.startsWith("e"))).toEqual(["e e\u00ff"]);
  expect(found.filter((line) => !line.startsWith("e"))).toEqual(["o out", `O ${"x".repeat(16_384)}`, "o xxxxxx", "O rest", ""]);
});

describe("rotation", () => {
  const sizes = (path: string) =>
    readdirSync(dir.path)
      .filter((name) => dir.in(name).startsWith(path))
      .sort();

  test("by size keeps so many files, each line whole and in order", async () => {
    const path = dir.in("rotated");
    await logged("seq 1 2000", { path, maxSize: 20_000, maxFiles: 3 });
    expect(sizes(path)).toEqual(["rotated", "rotated.1", "rotated.2"]);
    const numbers = ["rotated.2", "rotated.1", "rotated"].flatMap((name) => lines(dir.in(name)).map(({ log }) => Number(log)));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 2000 - numbers.length + i + 1));
    for (const name of ["rotated.1", "rotated.2"]) expect(Math.abs(readFileSync(dir.in(name)).length - 20_000)).toBeLessThan(200);
  });

  test("moves packed files too, and those that are too many go", async () => {
    const path = dir.in("packed");
    for (const name of ["packed.1", "packed.2.gz", "packed.3.gz"]) writeFileSync(dir.in(name), name);
    await logged("seq 1 25", { path, maxSize: 1000, maxFiles: 4 });
    expect(sizes(path)).toEqual(["packed", "packed.1", "packed.2", "packed.3.gz"]);
    expect(readFileSync(dir.in("packed.2"), "utf8")).toBe("packed.1");
    expect(readFileSync(dir.in("packed.3.gz"), "utf8")).toBe("packed.2.gz");
  });

  test("runs a program, and does not wait for it", async () => {
    const path = dir.in("told");
    const onRotate = ["/bin/sh", "-c", `echo rotated >>${dir.in("told-to")}; exec sleep 20`];
    const started = await startMonitored(dir.in("told-state"), "seq 1 30; echo end", {
      log: { driver: "json-file", path, maxSize: 1000, onRotate },
    });
    expect((await started.running.ended).code).toBe(0);
    // It is slower than the container, so the file has grown to twice its size before the next rotation ended it.
    expect(lines(path).at(-1)?.log).toBe("end\n");
    expect(readFileSync(dir.in("told-to"), "utf8")).toBe("rotated\n");
    expect(readFileSync(dir.in("told.1")).length).toBeLessThan(1200);
  });

  test("into one file empties it", async () => {
    const path = dir.in("single");
    await logged("seq 1 100", { path, maxSize: 2000, maxFiles: 1 });
    expect(sizes(path)).toEqual(["single"]);
    expect(lines(path).at(-1)?.log).toBe("100\n");
    expect(readFileSync(path).length).toBeLessThan(2200);
  });
});

describe("the journal", () => {
  /** A socket that datagrams come to: python's, as Bun has none of its kind. */
  async function journal(path: string): Promise<Bun.Subprocess<"ignore", "pipe", "inherit">> {
    const script = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); s.settimeout(10)
for _ in range(int(sys.argv[2])): print(s.recv(1<<20).hex(), flush=True)`;
    const server = Bun.spawn(["python3", "-c", script, path, "3"], { stdout: "pipe", stdin: "ignore", stderr: "inherit" });
    await eventually("the socket is there", () => existsSync(path));
    return server;
  }

  test("gets an entry for each line", async () => {
    const path = dir.in("journal.sock");
    const server = await journal(path);
    await logged("echo out; sleep 0.1; printf 'e\\nr' >&2", {
      driver: "journald",
      path,
      fields: ["CONTAINER_NAME=box", "CONTAINER_ID=0123"],
    });
    const entries = (await server.stdout.text())
      .trim()
      .split("\n")
      .map((hex) => Buffer.from(hex, "hex").toString("latin1"));
    expect(entries[0]?.replace(/TIMESTAMP=\S+/, "TIMESTAMP=")).toBe(
      "MESSAGE\n\u0003\0\0\0\0\0\0\0out\nPRIORITY=6\nSYSLOG_TIMESTAMP=\nCONTAINER_NAME=box\nCONTAINER_ID=0123\n",
    );
    expect(entries[1]).toContain("\nPRIORITY=3\n");
    expect(entries.map((entry) => entry.includes("\nCONTAINER_PARTIAL_MESSAGE=true\n"))).toEqual([false, false, true]);
  });

  test("that is not there is told before anything is made", async () => {
    await expect(logged("echo x", { driver: "journald", path: dir.in("none.sock") })).rejects.toThrow("ENOENT at 3");
  });
});

requires("root").test("a full disk holds the container back, and nothing is lost once there is room", async () => {
  const disk = dir.in("disk");
  mkdirSync(disk);
  Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
  try {
    writeFileSync(`${disk}/ballast`, Buffer.alloc(200_000));
    const log = { driver: "json-file", path: `${disk}/log` } as const;
    const started = await startMonitored(dir.in("full-state"), "read x; seq 1 3000; echo done", { log, stdin: true });
    const client = started.attach();
    client.send(STREAM.input, "\n");
    await eventually("the disk is full", () => readFileSync(log.path).length > 30_000);
    expect(started.running.child.exitCode).toBe(null);
    Bun.spawnSync(["mount", "-o", "remount,size=4m", disk]);
    await client.closed;
    expect((await started.running.ended).code).toBe(0);
    expect(lines(log.path).map((line) => line.log)).toEqual([...Array.from({ length: 3000 }, (_, i) => `${i + 1}\n`), "done\n"]);
  } finally {
    Bun.spawnSync(["umount", "-l", disk]);
  }
});
