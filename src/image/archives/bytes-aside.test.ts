import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { BytesAside } from "./bytes-aside.ts";

const MIB = 1024 * 1024;

async function rest(bytes: BytesAside, offset: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes.read(offset)));
}

test.each([
  { where: "in memory", chunks: 3 },
  { where: "in a file", chunks: 40 },
])("gives $where what it was given, from any offset on", async ({ chunks }) => {
  await using bytes = new BytesAside(tmpdir(), "the test");
  const given = Array.from({ length: chunks }, (_, index) => Buffer.alloc(MIB, index));
  for (const chunk of given) await bytes.write(chunk);
  const whole = Buffer.concat(given);
  expect(bytes.size).toBe(whole.length);
  for (const offset of [0, 1, MIB, 2 * MIB - 1, whole.length])
    expect((await rest(bytes, offset)).equals(whole.subarray(offset))).toBeTrue();
});
