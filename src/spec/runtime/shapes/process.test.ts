import { expect } from "bun:test";
import { parseProcess } from "../parse.ts";
import { type Json, problemsOf, problemTable } from "../problems.suite.ts";

const inProcess = (change: Json) => problemsOf(() => parseProcess(JSON.stringify({ cwd: "/", args: ["sh"], ...change })));

// biome-ignore format: table
problemTable("process", inProcess, [
  {
    name: "takes what is right",
    given: { terminal: true, consoleSize: { height: 25, width: 80 }, oomScoreAdj: -1000 },
    want: [],
  },
  { name: "needs cwd", given: { cwd: undefined }, want: ["cwd: is required"] },
  { name: "needs an absolute cwd", given: { cwd: "tmp" }, want: ["cwd: must be an absolute path"] },
  { name: "needs at least one argument", given: { args: [] }, want: ["args: must have at least one entry"] },
  { name: "refuses a NUL in an argument", given: { args: ["a\0b"] }, want: ["args[0]: must not hold a NUL byte"] },
  {
    name: "refuses variables without = and without a name",
    given: { env: ["A=1", "B", "=x"] },
    want: ["env[1]: must have the form NAME=VALUE", "env[2]: must have the form NAME=VALUE"],
  },
  {
    name: "refuses a console that struct winsize cannot hold",
    given: { consoleSize: { height: 65536, width: 80 } },
    want: ["consoleSize.height: 65536 is not from 0 to 65535"],
  },
  { name: "needs both sides of the console", given: { consoleSize: { height: 1 } }, want: ["consoleSize.width: is required"] },
  { name: "needs the user's ids", given: { user: {} }, want: ["user.uid: is required", "user.gid: is required"] },
  {
    name: "refuses -1 as an id in either form",
    given: { user: { uid: 4294967295, gid: -1 } },
    want: ["user.uid: 4294967295 is not from 0 to 4294967294", "user.gid: -1 is not from 0 to 4294967294"],
  },
  { name: "refuses a umask beyond 0777", given: { user: { uid: 0, gid: 0, umask: 512 } }, want: ["user.umask: 512 is not from 0 to 511"] },
  {
    name: "refuses more groups than setgroups takes",
    given: { user: { uid: 0, gid: 0, additionalGids: Array(65537).fill(1) } },
    want: ["user.additionalGids: must not have more than 65536 entries"],
  },
  {
    name: "refuses an unknown limit",
    given: { rlimits: [{ type: "RLIMIT_TEST", soft: 1, hard: 1 }] },
    want: [expect.stringMatching(/^rlimits\[0\]\.type: "RLIMIT_TEST" is not one of RLIMIT_CPU, /)],
  },
  {
    name: "refuses a limit given twice",
    given: {
      rlimits: [
        { type: "RLIMIT_CPU", soft: 1, hard: 1 },
        { type: "RLIMIT_CPU", soft: 2, hard: 2 },
      ],
    },
    want: ["rlimits[1].type: RLIMIT_CPU was already given by entry 0"],
  },
  {
    name: "refuses a soft limit above the hard one",
    given: { rlimits: [{ type: "RLIMIT_CPU", soft: 2, hard: 1 }] },
    want: ["rlimits[0].soft: 2 is above the hard limit, 1"],
  },
  { name: "refuses an oom score out of range", given: { oomScoreAdj: 1001 }, want: ["oomScoreAdj: 1001 is not from -1000 to 1000"] },
  {
    name: "refuses an unknown scheduling policy",
    given: { scheduler: { policy: "SCHED_X" } },
    want: [expect.stringMatching(/^scheduler\.policy: "SCHED_X" is not one of/)],
  },
  {
    name: "refuses an unknown scheduling flag",
    given: { scheduler: { policy: "SCHED_OTHER", flags: ["X"] } },
    want: [expect.stringMatching(/^scheduler\.flags\[0\]: "X" is not one of/)],
  },
  {
    name: "refuses a nice value out of range",
    given: { scheduler: { policy: "SCHED_OTHER", nice: 20 } },
    want: ["scheduler.nice: 20 is not from -20 to 19"],
  },
  {
    name: "refuses a static priority outside of real time",
    given: { scheduler: { policy: "SCHED_BATCH", priority: 1 } },
    want: ["scheduler.priority: is only for SCHED_FIFO and SCHED_RR"],
  },
  {
    name: "needs a static priority in real time",
    given: { scheduler: { policy: "SCHED_FIFO" } },
    want: ["scheduler.priority: 0 is not from 1 to 99, as SCHED_FIFO needs"],
  },
  {
    name: "refuses deadlines outside of SCHED_DEADLINE",
    given: { scheduler: { policy: "SCHED_OTHER", runtime: 1, period: 2 } },
    want: ["scheduler.runtime: is only for SCHED_DEADLINE", "scheduler.period: is only for SCHED_DEADLINE"],
  },
  {
    name: "takes deadlines of SCHED_DEADLINE",
    given: { scheduler: { policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 30000000, period: 30000000 } },
    want: [],
  },
  {
    name: "refuses an I/O priority out of range",
    given: { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 } },
    want: ["ioPriority.priority: 8 is not from 0 to 7"],
  },
  {
    name: "refuses an unknown I/O class",
    given: { ioPriority: { class: "BE" } },
    want: ['ioPriority.class: "BE" is not one of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE'],
  },
  {
    name: "refuses a CPU list that is none",
    given: { execCPUAffinity: { initial: "0-3,7", final: "all" } },
    want: ["execCPUAffinity.final: must be a list such as 0-3,7"],
  },
  {
    name: "refuses capabilities that are no list",
    given: { capabilities: { bounding: "CAP_KILL" } },
    want: ["capabilities.bounding: must be an array, not a string"],
  },
]);
