import { describe, expect, test } from "bun:test";
import { KEY, openPty } from "./pty.ts";

const SHELL = ["bash", "--norc", "--noprofile", "-i"];
const env = { PS1: "ready> " };

describe("a program on a terminal", () => {
  test("it has the size asked for, and sees a new one", async () => {
    await using pty = openPty(SHELL, { env, rows: 33, columns: 111 });
    await pty.expect("ready> ");
    pty.send("stty size\n");
    await pty.expect("33 111");
    pty.resize(44, 122);
    pty.send("stty size\n");
    await pty.expect("44 122");
  });
  test("the interrupt key reaches the foreground job", async () => {
    await using pty = openPty(SHELL, { env });
    await pty.expect("ready> ");
    pty.send("sleep 60\n");
    await Bun.sleep(100);
    pty.send(KEY.interrupt);
    await pty.expect("ready> ");
    pty.send('echo "status $?"\n');
    await pty.expect(/status 130\r\n/);
  });
  test("expect gives what was captured, and moves past it", async () => {
    await using pty = openPty(["sh", "-c", "echo a=1; echo a=2"]);
    expect((await pty.expect(/a=(\d)/))[1]).toBe("1");
    expect((await pty.expect(/a=(\d)/))[1]).toBe("2");
  });
  test("text that does not come is an error that shows the output", async () => {
    await using pty = openPty(["echo", "something else"]);
    await expect(pty.expect("never", 200)).rejects.toThrow(/not within 200 ms.*something else/);
  });
  test("the exit status is the program's", async () => {
    await using pty = openPty(["sh", "-c", "exit 7"]);
    expect(await pty.exited).toBe(7);
  });
});
