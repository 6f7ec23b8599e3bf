// /etc/hosts of a container that runs is changed in place, as it is bind-mounted: the same inode says what was asked for, however often that changes.
// That no step of a change leaves half a line is shown by containers/config/line-edits.test.ts.
import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
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
/** Sizes settle long before. */
const ROUNDS = 100;

const linesOf = (text: string) => text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));

test("a file that is changed in place says what was asked for, and does not grow", async () => {
  await withRoots(async (roots) => {
    const file = join(roots.directory, "hosts");
    writeFileSync(file, STAYS.map((line) => `${line}\n`).join(""));
    const { ino } = statSync(file);
    for (let round = 0; round < ROUNDS; round++) {
      for (const lines of CHANGES) {
        const wanted = [...STAYS, ...lines];
        changeFile(file, () => wanted.map((line) => `${line}\n`).join(""));
        expect(linesOf(readFileSync(file, "utf8")).toSorted()).toEqual(wanted.toSorted());
      }
    }
    expect(statSync(file)).toMatchObject({ ino });
    expect(statSync(file).size).toBeLessThan(1024);
  });
});
