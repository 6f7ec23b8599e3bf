import { describe, expect, test } from "bun:test";
import type { ExecutionConfig } from "../../spec/image/image-config.ts";
import { applyChanges } from "./changes.ts";

const BASE: ExecutionConfig = { Cmd: ["old"], Env: ["PATH=/bin", "A=1"], WorkingDir: "/srv" };

const GOOD: readonly [string, readonly string[], ExecutionConfig][] = [
  ["a command in JSON form", ['CMD ["a", "b c"]'], { Cmd: ["a", "b c"] }],
  ["a command in shell form", ["CMD a  'b c'"], { Cmd: ["/bin/sh", "-c", "a  'b c'"] }],
  ["what is no JSON is for the shell", ["CMD [a]"], { Cmd: ["/bin/sh", "-c", "[a]"] }],
  ["an empty command takes it away", ["CMD"], { Cmd: [] }],
  ["lower-case instructions", ["cmd true"], { Cmd: ["/bin/sh", "-c", "true"] }],
  ["a command before an entry point stays", ["CMD x", 'ENTRYPOINT ["y"]'], { Cmd: ["/bin/sh", "-c", "x"], Entrypoint: ["y"] }],
  ["new and replaced variables, in place", ["ENV A=\"2 3\" B=$A C='$A'"], { Env: ["PATH=/bin", "A=2 3", "B=1", "C=$A"] }],
  ["the old form of ENV", ["ENV B  two words"], { Env: ["PATH=/bin", "A=1", "B=two words"] }],
  ["a longer path", [`ENV PATH=$PATH:\${A}/\${B:-x}\${A:+y}`], { Env: ["PATH=/bin:1/xy", "A=1"] }],
  ["a dollar that is one", ["ENV B=a$ C=\\$A D=$1"], { Env: ["PATH=/bin", "A=1", "B=a$", "C=$A", "D=$1"] }],
  ["ports", ["EXPOSE 80 53/UDP 8000-8001"], { ExposedPorts: { "80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {} } }],
  ["labels", ['LABEL a=b "c d"=e', "LABEL f g"], { Labels: { a: "b", "c d": "e", f: "g" } }],
  ["a user", ["USER 1:2"], { User: "1:2" }],
  ["volumes", ['VOLUME ["/a b"]', "VOLUME /c /d"], { Volumes: { "/a b": {}, "/c": {}, "/d": {} } }],
  ["a working directory below the old one", ["WORKDIR a/../b"], { WorkingDir: "/srv/b" }],
  ["a stop signal", ["STOPSIGNAL SIGQUIT"], { StopSignal: "SIGQUIT" }],
  [
    "a health check",
    ["HEALTHCHECK --interval=5s --timeout=1m30s --retries=3 CMD curl -f http://x"],
    { Healthcheck: { Interval: 5e9, Timeout: 90e9, Retries: 3, Test: ["CMD-SHELL", "curl -f http://x"] } },
  ],
  ["a health check in JSON form", ['HEALTHCHECK CMD ["a"]'], { Healthcheck: { Test: ["CMD", "a"] } }],
  ["no health check", ["HEALTHCHECK none"], { Healthcheck: { Test: ["NONE"] } }],
  ["triggers", ["ONBUILD RUN a", "ONBUILD COPY . /"], { OnBuild: ["RUN a", "COPY . /"] }],
];

const BAD: readonly [string, RegExp][] = [
  ["", /it is empty; known are CMD/],
  ["RUN true", /change\[0\]: RUN is not a valid change command/],
  ["constructor x", /not a valid change command/],
  ["ENV", /at least one word/],
  ["ENV A", /A has no value/],
  ["ENV A=1 B", /"B" is not name=value/],
  ["ENV A='1", /the quote ' has no end/],
  ["ENV A=1\0", /NUL/],
  ["EXPOSE 0", /not a port/],
  ["EXPOSE 9-8", /not a port/],
  ["EXPOSE 65536", /not a port/],
  ["EXPOSE 80/icmp", /not a port/],
  ["USER a b", /one word/],
  ["STOPSIGNAL SIGNOPE", /is no signal/],
  ["HEALTHCHECK", /at least one word/],
  ["HEALTHCHECK CMD", /neither CMD and a command/],
  ["HEALTHCHECK --nope=1 CMD a", /unknown flag --nope/],
  ["HEALTHCHECK --interval=x CMD a", /must be a duration/],
  ["ONBUILD ONBUILD RUN a", /isn't allowed as an ONBUILD trigger/],
  ["ONBUILD from x", /isn't allowed/],
];

describe("changes of a configuration", () => {
  test.each(GOOD)("%s", (_, changes, expected) => {
    expect(applyChanges(BASE, changes)).toEqual({ ...BASE, ...expected });
  });

  test("a new entry point takes the old command away", () => {
    const { Cmd: _, ...rest } = BASE;
    expect(applyChanges(BASE, ["ENTRYPOINT x"])).toEqual({ ...rest, Entrypoint: ["/bin/sh", "-c", "x"] });
  });

  test("the configuration given stays as it was", () => {
    const before = JSON.stringify(BASE);
    applyChanges(BASE, ["ENV A=9", "CMD x", "LABEL a=b"]);
    expect(JSON.stringify(BASE)).toBe(before);
  });

  test.each(BAD)("%j is refused", (change, why) => {
    expect(() => applyChanges(BASE, [change])).toThrow(why);
  });
});
