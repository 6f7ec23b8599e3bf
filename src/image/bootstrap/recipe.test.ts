import { describe, expect, test } from "bun:test";
import { formatRecipe } from "./bootstrap.ts";
import { parseRecipe, type Recipe } from "./recipe.ts";
import { releaseDate } from "./release.ts";

const HOST = { os: "linux", architecture: "amd64" };
const BOOKWORM: Recipe = {
  distro: "debian",
  suite: "bookworm",
  variant: "minbase",
  components: ["main"],
  include: [],
  mirror: "http://deb.debian.org/debian",
  platform: HOST,
};

const GOOD: readonly [string, Partial<Recipe>][] = [
  ["debian/bookworm", {}],
  ["debian/bookworm?variant=apt", { variant: "apt" }],
  [
    "debian/bookworm?include=vim,libstdc++6,vim&components=non-free,main",
    { include: ["libstdc++6", "vim"], components: ["main", "non-free"] },
  ],
  ["debian/bookworm?arch=arm64", { platform: { os: "linux", architecture: "arm64" } }],
  ["debian/bookworm?arch=armhf", { platform: { os: "linux", architecture: "arm", variant: "v7" } }],
  ["debian/bookworm?mirror=https://mirror.example:8080/debian/", { mirror: "https://mirror.example:8080/debian/" }],
  ["ubuntu/jammy", { distro: "ubuntu", suite: "jammy", mirror: "http://archive.ubuntu.com/ubuntu" }],
  [
    "ubuntu/jammy?arch=arm64",
    { distro: "ubuntu", suite: "jammy", mirror: "http://ports.ubuntu.com/ubuntu-ports", platform: { os: "linux", architecture: "arm64" } },
  ],
];

const BAD: readonly [string, RegExp][] = [
  ["", /distribution: "" is not one of debian, ubuntu; suite: /],
  ["debian", /suite: it must be a name/],
  ["debian/../etc", /suite/],
  ["debian/--help", /suite/],
  ["debian/a/b", /suite/],
  ["constructor/a", /distribution/],
  ["debian/bookworm?variant=--hook", /variant: "--hook" is not one of/],
  ["debian/bookworm?include=--setup-hook%3Dreboot", /include: .* cannot be one/],
  ["debian/bookworm?include=a;b", /include/],
  ["debian/bookworm?components=main%20contrib", /components/],
  ["debian/bookworm?mirror=file:///etc", /mirror/],
  ["debian/bookworm?mirror=http://a/%0adeb", /mirror|unknown/],
  ["debian/bookworm?mirror=http://user:pw@a/debian", /mirror/],
  ["debian/bookworm?mirror=copy:/etc", /mirror/],
  ["debian/bookworm?arch=z80", /arch: "z80" is no architecture/],
  ["debian/bookworm?keyring=/x", /keyring: unknown; known are variant/],
  ["debian/bookworm?arch=arm64&arch=amd64", /arch: is given twice/],
];

describe("recipes", () => {
  test.each(GOOD)("%s", (text, expected) => {
    expect(parseRecipe(text, HOST)).toEqual({ ...BOOKWORM, ...expected });
  });

  test.each(BAD)("%j is refused", (text, why) => {
    expect(() => parseRecipe(text, HOST)).toThrow(why);
  });

  test.each(GOOD)("%s written out means the same", (text) => {
    const recipe = parseRecipe(text, HOST);
    const whole = formatRecipe(recipe);
    expect(parseRecipe(whole.slice("bootstrap:".length), HOST)).toEqual(recipe);
  });
});

describe("dates of archives", () => {
  test("the field Date is the date", () => {
    expect(releaseDate("Suite: stable\nDate: Sat, 11 Jul 2026 10:16:37 UTC\nMD5Sum:\n", "it")).toBe(1783764997);
  });

  test.each(["", "Date: yesterday\n", "X-Date: Sat, 11 Jul 2026 10:16:37 UTC\n", "Date: Thu, 01 Jan 1960 00:00:00 UTC\n"])(
    "%j has none",
    (text) => {
      expect(() => releaseDate(text, "it")).toThrow("read it: it has no field Date with a date");
    },
  );
});
