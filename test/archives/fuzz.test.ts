// Damaged input for what reads text and tars of outsiders here.
import { applyChanges } from "../../src/image/archives/changes.ts";
import { spool } from "../../src/image/archives/spool.ts";
import { tarHeader } from "../../src/image/archives/tar-header.ts";
import { indexTar } from "../../src/image/archives/tar-index.ts";
import { parseTransportName } from "../../src/image/archives/transport-name.ts";
import { parseRecipe } from "../../src/image/bootstrap/recipe.ts";
import { fuzz, fuzzText } from "../fuzz/harness.ts";
import { AMD64 } from "./fixture.ts";

fuzzText({
  name: "applyChanges",
  seeds: [
    'CMD ["a", "b"]',
    "ENV A=1 B=$A",
    "HEALTHCHECK --interval=5s CMD curl x",
    "EXPOSE 80-90/udp",
    `ENV a $${"{B:-c}"}`,
    "VOLUME /a /b",
  ],
  words: ["ENTRYPOINT", "ONBUILD", "LABEL", "STOPSIGNAL", "WORKDIR", "USER", "--retries=", "${", ":+"],
  run: (change) => applyChanges({ Env: ["A=1"] }, [change]),
  seconds: 1,
});

fuzzText({
  name: "parseTransportName",
  seeds: ["docker://a/b:1", "oci:dir:a@0", "oci-archive:f:@1", "docker-archive:f:a:1", "dir:x", "debian:12"],
  run: (name) => parseTransportName(name),
  seconds: 1,
});

fuzzText({
  name: "parseRecipe",
  seeds: ["debian/bookworm?variant=apt&include=a,b&components=main&arch=arm64", "ubuntu/jammy?mirror=http://a.b/c"],
  run: (recipe) => {
    const { mirror, include, components, suite } = parseRecipe(recipe, AMD64);
    // What becomes an argument must not be an option, nor a line of a file.
    for (const word of [mirror, suite, ...include, ...components]) if (/^-|\s|,/.test(word)) throw new Error(`let through: ${word}`);
  },
  seconds: 1,
});

const file = (name: string, content: string) => Buffer.concat([tarHeader(name, content.length), Buffer.from(content.padEnd(512, "\0"))]);

/** With the checksums of all headers made right again: else no damage would get past them. */
function summedUp(damaged: Uint8Array): Uint8Array {
  const bytes = Buffer.from(damaged);
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const header = bytes.subarray(at, at + 512);
    if (!header.includes("ustar")) continue;
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
  return bytes;
}

fuzz({
  name: "indexTar",
  seeds: [Buffer.concat([file("a", "b"), file("long/".repeat(30), "c"), Buffer.alloc(1024)]), tarHeader("x".repeat(150), 2 ** 40)],
  words: ["ustar\0", "30 path=", "size=", "linkpath="],
  longest: 8192,
  run: async (damaged) => {
    const bytes = summedUp(damaged);
    const handle = await spool(
      (async function* () {
        yield bytes;
      })(),
      "/tmp",
    );
    try {
      for (const found of (await indexTar(handle, "it")).values()) {
        if (found.type === "file" && found.offset + found.size > bytes.length) throw new Error("a file beyond the end");
      }
    } finally {
      await handle.close();
    }
  },
});
