import { describe, expect, test } from "bun:test";
import { type ContainerUnit, containerUnit, runWords } from "./container-unit.ts";
import { restartUnit } from "./restart-unit.ts";
import { unitPhrase, unitText, unitVariable, unitWord } from "./unit.ts";

// biome-ignore format: table
const WORDS = [
  ["plain", "plain"], ["/usr/bin/teu", "/usr/bin/teu"], ["--name=a.b", "--name=a.b"], ["", '""'], ["two words", '"two words"'],
  ["100%", '"100%%"'], ["$HOME", '"$$HOME"'], ['say "x"', '"say \\"x\\""'], ["back\\slash", '"back\\\\slash"'], ["a\nb", '"a\\nb"'], ["a;b", '"a;b"'], ["ä", '"ä"'],
] as const;

describe("a word of a unit", () => {
  for (const [word, want] of WORDS) test(JSON.stringify(word), () => expect(unitWord(word)).toBe(want));
  test("of a variable keeps its $", () => expect(unitVariable("A", '$x "y" %z')).toBe('"A=$x \\"y\\" %%z"'));
  test("of free text has no line's end", () => expect(unitPhrase("a\nb 5%")).toBe("a b 5%%"));
  test("without a comment the unit begins with its section", () => expect(unitText([], [["Unit", [["A", "b"]]]])).toBe("[Unit]\nA=b\n"));
});

describe("the unit that brings containers back", () => {
  test("of the machine", () => {
    expect(restartUnit({ program: "/usr/bin/teu", user: false, variables: new Map() })).toBe(`# Written by: teu service install
# Taken away by: teu service uninstall

[Unit]
Description=Containers of teu with restart policy always or unless-stopped
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/teu start --all-restart
KillMode=process
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
`);
  });

  test("of a user, with an engine of its own", () => {
    const text = restartUnit({ program: "/opt/my teu/teu", user: true, variables: new Map([["TEU_ROOT", "/srv/a b"]]) });
    expect(text).toContain('Environment="TEU_ROOT=/srv/a b"\nExecStart="/opt/my teu/teu" start --all-restart\n');
    expect(text).toContain("WantedBy=default.target\n");
    expect(text).not.toContain("network");
  });
});

const web: ContainerUnit = {
  name: "container-web",
  program: "/usr/bin/teu",
  container: "web",
  restart: "on-failure",
  stopTimeout: 10,
  after: [],
  wants: [],
  requires: [],
  environment: [],
  header: [],
};

describe("the unit of a container", () => {
  test("starts it as it is", () => {
    expect(containerUnit(web)).toBe(`[Unit]
Description=teu container-web.service
Wants=network-online.target
After=network-online.target

[Service]
Restart=on-failure
TimeoutStopSec=70
ExecStart=/usr/bin/teu start web
ExecStop=/usr/bin/teu stop -t 10 web
ExecStopPost=/usr/bin/teu stop -t 10 web
Type=notify
NotifyAccess=all

[Install]
WantedBy=default.target
`);
  });

  test("makes it anew", () => {
    const text = containerUnit({ ...web, run: ["-d", "--name=web", "box", "sh", "-c", "echo $A"] });
    expect(text).toContain(`ExecStartPre=/bin/rm -f %t/%n.ctr-id
ExecStartPre=-/usr/bin/teu rm -f web
ExecStart=/usr/bin/teu run --cidfile=%t/%n.ctr-id -d --name=web box sh -c "echo $$A"
ExecStop=/usr/bin/teu stop -t 10 web
ExecStopPost=-/usr/bin/teu rm -f web
`);
  });

  test("says what was asked for", () => {
    const text = containerUnit({
      ...web,
      restart: "always",
      restartSec: 5,
      startTimeout: 20,
      stopTimeout: -1,
      after: ["a.service"],
      wants: ["b.service"],
      requires: ["c.service", "d.service"],
      environment: [["A", "1 2"]],
      header: ["container-web.service"],
    });
    for (const line of [
      "# container-web.service",
      "After=network-online.target a.service",
      "Wants=network-online.target b.service",
      "Requires=c.service d.service",
      'Environment="A=1 2"',
      "Restart=always",
      "RestartSec=5",
      "TimeoutStartSec=20",
      "TimeoutStopSec=infinity",
      "ExecStop=/usr/bin/teu stop -t -1 web",
    ])
      expect(text.split("\n")).toContain(line);
  });
});

// biome-ignore format: table
const RUNS: readonly { readonly name: string; readonly words: readonly string[]; readonly flags: number; readonly want: readonly string[] }[] = [
  { name: "nothing but an image", words: ["box"], flags: 0, want: ["-d", "--rm", "--name=c", "box"] },
  { name: "a name of its own", words: ["--name", "web", "box", "-d"], flags: 2, want: ["-d", "--rm", "--name", "web", "box", "-d"] },
  { name: "what the unit says itself", words: ["-d", "--rm", "--restart", "always", "--restart=no", "--cidfile=/x", "--detach", "-e", "A=1", "--name=web", "box"], flags: 10,
    want: ["-d", "--rm", "-e", "A=1", "--name=web", "box"] },
  { name: "letters in one word", words: ["-dit", "--name=web", "box"], flags: 2, want: ["-d", "--rm", "-it", "--name=web", "box"] },
];

describe("a run is repeated with", () => {
  for (const { name, words, flags, want } of RUNS)
    test(name, () => expect(runWords(words, { flagCount: flags, name: "c" })).toEqual([...want]));
});
