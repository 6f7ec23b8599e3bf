// References, as people, manifests of archives and requests of clients write them.
import { expect } from "bun:test";
import { familiarName, formatFamiliar, formatReference, parseReference } from "../../src/spec/distribution/reference.ts";
import { parsePlatform, runnablePlatforms } from "../../src/spec/image/platform.ts";
import { fuzzText } from "./harness.ts";

const DIGEST = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fuzzText({
  name: "parseReference",
  seeds: [
    "debian",
    "debian:12",
    "acme/rocket",
    "quay.io/a/b/c:tag",
    "localhost:5000/a",
    "[fd00::1]:5000/a",
    `a:b@${DIGEST}`,
    "a_b/c__d/e--f.g",
    "HOST/a",
  ],
  words: ["docker.io/", "index.docker.io/", "library/", "localhost/", DIGEST, `@${DIGEST}`, ":latest", "sha512:", "[::1]:1/", "__", "--"],
  run: (text) => {
    const reference = parseReference(text);
    // Whatever is taken has one meaning, which every way to write it gives back.
    expect(parseReference(formatReference(reference))).toEqual(reference);
    expect(parseReference(formatFamiliar(reference))).toEqual(reference);
    expect(`${reference.registry}/${reference.repository}`).not.toMatch(/\.\.|\/\/|\s|^\/|\/$/);
    expect(familiarName(reference).length).toBeLessThanOrEqual(reference.registry.length + 1 + reference.repository.length);
  },
});

fuzzText({
  name: "parsePlatform",
  seeds: ["linux/arm/v7", "linux/amd64", "arm64", "linux/arm64/v9.2", "windows", "x86_64"],
  words: ["linux/", "armhf", "aarch64", "/v8", "__proto__", "constructor"],
  run: (text) => expect(runnablePlatforms(parsePlatform(text)).length).toBeLessThan(100),
});
