// Our tables as nft(8) shows them, whole: ruleset.golden.nft. UPDATE_GOLDENS=1 writes it anew.
import { expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engineTag } from "../../src/network/model/engine-tag.ts";
import { labRequires, withLab } from "./lab/lab.ts";
import { carryOut, network, plain, published, wired } from "./lab/plain.ts";

const { test } = labRequires();
const GOLDEN = join(import.meta.dir, "ruleset.golden.nft");

test("the tables with networks of all kinds and ports of all protocols", async () => {
  await withLab(
    async (lab) => {
      const [plainOne, inner, apart, direct] = [
        network(1),
        network(2, { internal: true, masquerade: false }),
        network(3, { isolated: true }),
        network(4, { publish: "direct" }),
      ];
      const [a, b] = [await plain(lab, "a", plainOne, 2), await plain(lab, "b", direct, 2)];
      const some = ["8080:80/tcp", "8080:80/udp", "8080:80/sctp"].flatMap((words) => published(words));
      await carryOut(lab, [
        ...[plainOne, inner, apart, direct].map((up) => ({ up })),
        wired(lab, a, [...some, ...published("8081:81/tcp", "127.0.0.1"), ...published("8081:81/tcp", "::1")]),
        wired(lab, b, published("9090:90/tcp")),
      ]);
      const tag = engineTag(lab.roots.root);
      const shown = (await lab.in("host", ["nft", "-s", "list", "ruleset"]))
        .replaceAll(tag, "TAG")
        // Addresses of the gate are made of the tag.
        .replace(/169\.254\.77\.\d+/g, "169.254.77.N")
        .replace(/fd74:6575[\da-f:]*::/g, "GATE::");
      if (process.env.UPDATE_GOLDENS === "1") writeFileSync(GOLDEN, `${shown}\n`);
      expect(`${shown}\n`).toBe(readFileSync(GOLDEN, "utf8"));
    },
    { leftovers: "sweep" },
  );
});
