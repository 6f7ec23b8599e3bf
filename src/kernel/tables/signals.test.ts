import { describe, expect, test } from "bun:test";
import { parseSignal, SIGNALS, signalName } from "./signals.ts";

describe("parseSignal", () => {
  const rows: { text: string; want: number | undefined }[] = [
    { text: "9", want: 9 },
    { text: "0", want: 0 },
    { text: "64", want: 64 },
    { text: "65", want: undefined },
    { text: "-9", want: undefined },
    { text: "KILL", want: 9 },
    { text: "SIGKILL", want: 9 },
    { text: "sigterm", want: 15 },
    { text: "Hup", want: 1 },
    { text: "CLD", want: 17 },
    { text: "SIGPOLL", want: 29 },
    { text: "RTMIN", want: 34 },
    { text: "SIGRTMIN+3", want: 37 },
    { text: "rtmax-1", want: 63 },
    { text: "RTMIN+30", want: 64 },
    { text: "RTMIN+31", want: undefined },
    { text: "RTMAX-31", want: undefined },
    { text: "RTMIN-1", want: undefined },
    { text: "RTMAX+1", want: undefined },
    { text: "", want: undefined },
    { text: "SIG", want: undefined },
    { text: "SIGSIGKILL", want: undefined },
    { text: "KILL ", want: undefined },
    { text: "1e1", want: undefined },
    { text: "toString", want: undefined },
  ];
  for (const { text, want } of rows)
    test(`takes ${JSON.stringify(text)} as ${want ?? "no signal"}`, () => expect(parseSignal(text)).toBe(want));
});

describe("signalName", () => {
  test("gives back what parseSignal takes, for every signal that has a name", () => {
    const numbers = [...Object.values(SIGNALS), ...Array.from({ length: 31 }, (_, index) => 34 + index)];
    expect(numbers.map((number) => parseSignal(signalName(number)))).toEqual(numbers);
  });
  test("calls the C library's own signals by their number", () => expect(signalName(33)).toBe("signal 33"));
});
