import { expect, test } from "bun:test";
import { TeuError } from "../base/errors.ts";
import { errorText, firstError } from "./error-text.ts";

test("what failed first is told, not what then failed as it was let go of", async () => {
  const first = new TeuError("kernel", "write the layer: no space left on device (ENOSPC)");
  const failing = async () => {
    await using _held = { [Symbol.asyncDispose]: () => Promise.reject(new Error("close: no space left on device")) };
    await using _other = { [Symbol.asyncDispose]: () => Promise.reject(new Error("remove: no space left on device")) };
    throw first;
  };
  const thrown = await failing().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(SuppressedError);
  expect(firstError(thrown)).toBe(first);
  expect(errorText(firstError(thrown))).toBe(first.message);
});
