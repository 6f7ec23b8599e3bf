import { describe, expect, test } from "bun:test";
import { digestOf } from "../../base/digest.ts";
import type { Descriptor } from "./descriptor.ts";
import { matchPlatform, platformsOf } from "./match-platform.ts";
import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";
import { formatPlatform, parsePlatform, runnablePlatforms, samePlatform } from "./platform.ts";

describe("parsePlatform", () => {
  const rows: [text: string, want: string][] = [
    ["linux/arm/v7", "linux/arm/v7"],
    ["linux/amd64", "linux/amd64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux/amd64/v3", "linux/amd64/v3"],
    ["arm64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/arm64/8", "linux/arm64"],
    ["aarch64", "linux/arm64"],
    ["Linux/X86_64", "linux/amd64"],
    ["i386", "linux/386"],
    ["armhf", "linux/arm/v7"],
    ["armel", "linux/arm/v6"],
    ["arm", "linux/arm/v7"],
    ["linux/arm/6", "linux/arm/v6"],
    ["windows", "windows/s390x"],
    ["macos/arm64", "darwin/arm64"],
    ["linux/newchip/v2", "linux/newchip/v2"],
  ];
  for (const [text, want] of rows) {
    test(`reads ${text} as ${want}`, () => expect(formatPlatform(parsePlatform(text, { os: "linux", architecture: "s390x" }))).toBe(want));
  }
  for (const text of ["", "/", "linux/", "a/b/c/d", "linux/am d64", "newchip", "linux/../x", "constructor", "__proto__"]) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => parsePlatform(text)).toThrow(/^platform ".*" .*, such as linux\/arm64/));
  }
});

describe("runnablePlatforms goes from the best to the oldest", () => {
  const rows: [text: string, want: string[]][] = [
    ["linux/arm/v7", ["linux/arm/v7", "linux/arm/v6", "linux/arm/v5"]],
    ["linux/arm/v8", ["linux/arm/v8", "linux/arm/v7", "linux/arm/v6", "linux/arm/v5"]],
    ["linux/arm/v5", ["linux/arm/v5"]],
    ["linux/amd64/v3", ["linux/amd64/v3", "linux/amd64/v2", "linux/amd64"]],
    ["linux/amd64", ["linux/amd64"]],
    ["linux/arm64/v9.2", ["linux/arm64/v9.2", "linux/arm64/v9", "linux/arm64"]],
    ["linux/riscv64/rva23", ["linux/riscv64/rva23"]],
  ];
  for (const [text, want] of rows) test(text, () => expect(runnablePlatforms(parsePlatform(text)).map(formatPlatform)).toEqual(want));
});

function image(name: string, platform?: string, change: Partial<Descriptor> = {}): Descriptor {
  const [os = "", architecture = "", variant] = platform?.split("/") ?? [];
  return {
    mediaType: OCI_MANIFEST,
    digest: digestOf(name),
    size: 1,
    ...(platform !== undefined && { platform: { os, architecture, ...(variant !== undefined && { variant }) } }),
    annotations: { name },
    ...change,
  };
}

const indexOf = (...manifests: Descriptor[]) => ({ schemaVersion: 2 as const, mediaType: OCI_INDEX, manifests });

describe("matchPlatform", () => {
  const attestation = image("attestation", "unknown/unknown", { annotations: { "vnd.docker.reference.type": "attestation-manifest" } });
  const many = indexOf(
    attestation,
    image("v5", "linux/arm/v5"),
    image("v7", "linux/arm/v7"),
    image("arm64", "linux/arm64/v8"),
    image("amd64", "linux/amd64", { mediaType: DOCKER_MANIFEST }),
    image("amd64 again", "linux/amd64"),
    image("amd64 v3", "linux/amd64/v3"),
  );
  const rows: [wanted: string, want: string][] = [
    ["linux/arm/v8", "v7"],
    ["linux/arm/v7", "v7"],
    ["linux/arm/v6", "v5"],
    ["linux/arm64", "arm64"],
    ["linux/amd64", "amd64"],
    ["linux/amd64/v2", "amd64"],
    ["linux/amd64/v4", "amd64 v3"],
  ];
  for (const [wanted, want] of rows) {
    test(`gives ${wanted} the image ${want}`, () => expect(matchPlatform(many, parsePlatform(wanted)).annotations?.name).toBe(want));
  }

  test("lists the platforms there are when it finds none", () => {
    expect(() => matchPlatform(many, parsePlatform("linux/s390x"))).toThrow(
      "no matching manifest for linux/s390x: there are linux/arm/v5, linux/arm/v7, linux/arm64/v8, linux/amd64, linux/amd64/v3",
    );
  });

  test("takes an image without a platform when it is the only one", () => {
    expect(matchPlatform(indexOf(attestation, image("only")), parsePlatform("linux/amd64")).annotations?.name).toBe("only");
    expect(() => matchPlatform(indexOf(image("a"), image("b")), parsePlatform("linux/amd64"))).toThrow("no image with a platform");
  });

  test("never gives an attestation, an artifact or an index", () => {
    const others = indexOf(
      attestation,
      image("sbom", undefined, { artifactType: "text/spdx" }),
      image("nested", "linux/amd64", { mediaType: OCI_INDEX }),
    );
    expect(platformsOf(others)).toEqual([]);
    expect(() => matchPlatform(others, parsePlatform("linux/amd64"))).toThrow("no image with a platform");
  });
});

test("platforms of one meaning are the same, whatever they are called", () => {
  expect(samePlatform({ os: "linux", architecture: "aarch64" }, { os: "Linux", architecture: "arm64", variant: "v8" })).toBe(true);
  expect(samePlatform({ os: "linux", architecture: "arm" }, { os: "linux", architecture: "arm", variant: "v6" })).toBe(false);
});
