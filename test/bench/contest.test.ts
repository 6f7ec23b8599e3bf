import { expect, test } from "bun:test";
import { hold } from "./contest.ts";

test("contenders take turns and the first turn does not count", async () => {
  const turns: string[] = [];
  const contender = (name: string) => ({
    name,
    sample: async () => {
      turns.push(name);
      return turns.length;
    },
  });
  const result = await hold(
    { title: "t", unit: "ms", rounds: 2, contenders: [contender("a"), contender("b")], against: [] },
    { restMs: 0 },
  );
  expect(turns.join("")).toBe("ababab");
  expect(result.rows.map((row) => row.summary?.samples)).toEqual([2, 2]);
  expect(result.rows[0]?.summary?.median).toBe(4);
});

test("a contender that fails or is missing is out, and the others go on", async () => {
  const fail = async () => {
    throw new Error("no such runtime");
  };
  const contenders = [
    { name: "good", sample: async () => 1 },
    { name: "bad", sample: fail },
    { name: "absent", sample: fail, missing: "not installed" },
  ];
  const { rows } = await hold({ title: "t", unit: "ms", rounds: 3, contenders, against: [] }, { restMs: 0 });
  expect(rows.map(({ name, missing, summary }) => ({ name, missing, samples: summary?.samples }))).toEqual([
    { name: "good", missing: undefined, samples: 3 },
    { name: "bad", missing: "no such runtime", samples: undefined },
    { name: "absent", missing: "not installed", samples: undefined },
  ]);
});

test("an interrupted contest ends between two samples", async () => {
  const controller = new AbortController();
  const contender = {
    name: "a",
    sample: async () => {
      controller.abort(new Error("interrupted"));
      return 1;
    },
  };
  const contest = { title: "t", unit: "ms", rounds: 5, contenders: [contender], against: [] } as const;
  await expect(hold(contest, { signal: controller.signal, restMs: 0 })).rejects.toThrow("interrupted");
});
