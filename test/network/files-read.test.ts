// /etc/hosts of a container that runs is changed in place while programs read it: none sees half a line, or less lines than stay.
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeFile } from "../../src/engine/networks/containers/files.ts";
import { withRoots } from "../support/roots.ts";

const STAYS = ["127.0.0.1\tlocalhost", "fe00::0\tip6-localnet"];
const CHANGES = [
  ["10.88.0.2\tweb front"],
  ["10.88.0.2\tshop", "10.88.77.3\tshop", "fd00:77::3\tshop"],
  [],
  ["10.88.112.254\tshop.example.com shop"],
];
/** Reads until it is ended; says what it has read that was not to be seen, how often it has read. */
const READER = `
import signal, sys
path, stays, known = sys.argv[1], set(sys.argv[2].split("|")), set(sys.argv[3].split("|"))
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
reads, wrong = 0, set()
print("ready", flush=True)
while not over:
    with open(path, "rb", buffering=0) as file: text = file.read(65536).decode()
    lines = {line for line in text.split("\\n") if line.strip() and not line.startswith("#")}
    reads += 1
    if not stays <= lines <= known: wrong.add(text)
print(reads > 100, sorted(wrong))
`;

test("who reads while lines come and go sees whole lines", async () => {
  await withRoots(async (roots) => {
    const file = join(roots.directory, "hosts");
    const text = (lines: readonly string[]) => [...STAYS, ...lines].map((line) => `${line}\n`).join("");
    writeFileSync(file, text([]));
    const known = [...STAYS, ...CHANGES.flat()].join("|");
    const reader = Bun.spawn(["python3", "-c", READER, file, STAYS.join("|"), known], { stdout: "pipe" });
    const output = reader.stdout.getReader();
    await output.read();
    const end = Date.now() + 1_000;
    for (let turn = 0; Date.now() < end; turn++) changeFile(file, () => text(CHANGES[turn % CHANGES.length] ?? []));
    reader.kill("SIGTERM");
    expect(new TextDecoder().decode((await output.read()).value).trim()).toBe("True []");
    expect(readFileSync(file).length).toBeLessThan(1024);
  });
}, 20_000);
