import { expect, test } from "bun:test";
import { identityWord, parseIdentity } from "./process-identity.ts";

const IDENTITY = { pid: 42, startTime: "123456", bootId: "0f1e2d3c-0000-4000-8000-123456789abc" };

test("an identity comes back from its word, which is good as a part of a file name", () => {
  const word = identityWord(IDENTITY);
  expect(word).toMatch(/^[\w.-]+$/);
  expect(parseIdentity(word)).toEqual(IDENTITY);
});

for (const word of ["", "42", "42.1", "a.1.b", "1.2.a/b", "1.2.a.b"]) {
  test(`${JSON.stringify(word)} is no identity`, () => expect(parseIdentity(word)).toBeUndefined());
}
