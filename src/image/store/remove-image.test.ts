import { describe, expect, test } from "bun:test";
import { repositoryOf } from "./remove-image.ts";

describe("repositoryOf takes the tag and the digest off", () => {
  const rows = [
    ["docker.io/library/debian:12", "docker.io/library/debian"],
    ["localhost:5000/debian", "localhost:5000/debian"],
    ["localhost:5000/a/b:1.2", "localhost:5000/a/b"],
    [`localhost:5000/a@sha256:${"0".repeat(64)}`, "localhost:5000/a"],
    [`localhost:5000/a:1@sha256:${"0".repeat(64)}`, "localhost:5000/a"],
  ] as const;
  for (const [name, want] of rows) test(name, () => expect(repositoryOf(name)).toBe(want));
});
