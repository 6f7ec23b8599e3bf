// Carries out the waits of a plan: every section a process, every channel two queues. What hangs here would hang on a machine.
// All ops are taken to succeed; of the others only clone, close and the registers of channels matter.
import type { Op, Plan } from "../plan/plan.ts";
import { type Invariant, numberArg } from "./plan-walk.test-support.ts";
import { BARRIER } from "./request.ts";

/** One end of a channel; `held` counts the processes that have it open. */
interface End {
  readonly inbox: string[];
  peer: End | undefined;
  held: number;
}

interface Process {
  readonly section: number;
  readonly ends: Map<number, End>;
  at: number;
  ended: boolean;
}

interface World {
  readonly plan: Plan;
  readonly processes: Process[];
  readonly faults: string[];
}

type Outcome = "done" | "blocked";

function hold(process: Process, register: number, end: End): void {
  release(process, register);
  process.ends.set(register, end);
  end.held += 1;
}

function release(process: Process, register: number): void {
  const end = process.ends.get(register);
  if (end !== undefined) end.held -= 1;
  process.ends.delete(register);
}

function end(process: Process): void {
  for (const register of [...process.ends.keys()]) release(process, register);
  process.ended = true;
}

function makeChannel(process: Process, op: Op): void {
  const [a, b]: [End, End] = [
    { inbox: [], peer: undefined, held: 0 },
    { inbox: [], peer: undefined, held: 0 },
  ];
  a.peer = b;
  b.peer = a;
  hold(process, numberArg(op, "a"), a);
  hold(process, numberArg(op, "b"), b);
}

function send(world: World, process: Process, op: Op, message: string): Outcome {
  const to = process.ends.get(numberArg(op, "channel"))?.peer;
  // A channel that no plan made (console socket, seccomp agent) leads outside.
  if (to === undefined) return "done";
  if (to.held === 0) world.faults.push(`${message} is sent to nobody`);
  to.inbox.push(message);
  return "done";
}

function receive(world: World, process: Process, op: Op, wanted: string): Outcome {
  const mine = process.ends.get(numberArg(op, "channel"));
  if (mine === undefined) {
    world.faults.push(`${wanted} is awaited on no channel`);
    return "done";
  }
  const message = mine.inbox.shift();
  // Who holds the other end too never sees it close, and waits for ever for a peer that has died.
  if (mine.peer !== undefined && [...process.ends.values()].includes(mine.peer))
    world.faults.push(`${wanted} is awaited by a holder of both ends`);
  if (message === undefined) {
    if (mine.peer?.held === 0) world.faults.push(`${wanted} is awaited from nobody`);
    return mine.peer?.held === 0 ? "done" : "blocked";
  }
  if (message !== wanted) world.faults.push(`${message} comes where ${wanted} is awaited`);
  return "done";
}

/** The end of the channel, which tells that the program is executed: nobody else may hold the other end. */
function awaitEnd(world: World, process: Process, op: Op): Outcome {
  const mine = process.ends.get(numberArg(op, "channel"));
  if (mine !== undefined && mine.inbox.length > 0) world.faults.push(`${mine.inbox.join()} is never read`);
  return mine?.peer !== undefined && mine.peer.held > 0 ? "blocked" : "done";
}

function carryOut(world: World, process: Process, op: Op): Outcome {
  switch (op.name) {
    case "channel":
      makeChannel(process, op);
      return "done";
    case "close":
      release(process, numberArg(op, "fd"));
      return "done";
    case "clone": {
      const child: Process = { section: numberArg(op, "section"), ends: new Map(), at: 0, ended: false };
      for (const [register, held] of process.ends) hold(child, register, held);
      world.processes.push(child);
      return "done";
    }
    case "signal":
      return send(world, process, op, `barrier ${numberArg(op, "number")}`);
    case "sendFd":
      return send(world, process, op, "descriptor");
    case "sendValue":
      return send(world, process, op, "value");
    case "recvFd":
      return receive(world, process, op, "descriptor");
    case "recvValue":
      return receive(world, process, op, "value");
    case "await":
      return numberArg(op, "number") === BARRIER.executed
        ? awaitEnd(world, process, op)
        : receive(world, process, op, `barrier ${numberArg(op, "number")}`);
    case "reap":
      // The newest process that could be meant is a helper of this one, and must come to its end by itself.
      return world.processes.some((other) => other.section !== process.section && !other.ended && isReaped(world.plan, other))
        ? "blocked"
        : "done";
    case "acceptStart":
      // `start` comes when `create` has returned.
      return world.processes[0]?.ended === true ? "done" : "blocked";
    default:
      return "done";
  }
}

/** The processes that a plan waits for are those that only lead to others. */
function isReaped(plan: Plan, { section }: Process): boolean {
  const name = plan.sections[section]?.name;
  return name === "join" || name === "idmap";
}

/** Runs the plan until everything has ended or nothing moves; the faults found on the way. */
export function playHandshake(plan: Plan): string[] {
  const world: World = { plan, processes: [{ section: 0, ends: new Map(), at: 0, ended: false }], faults: [] };
  for (let moved = true; moved; ) {
    moved = false;
    for (const process of [...world.processes]) {
      while (!process.ended) {
        const op = plan.sections[process.section]?.ops[process.at];
        if (op === undefined || op.name === "exec" || op.name === "monitor") {
          end(process);
          moved = true;
        } else if (carryOut(world, process, op) === "blocked") break;
        else {
          process.at += 1;
          moved = true;
        }
      }
    }
  }
  const stuck = world.processes.filter(({ ended }) => !ended);
  return [
    ...world.faults,
    ...stuck.map(({ section, at }) => `section ${section} waits for ever at ${plan.sections[section]?.ops[at]?.name}`),
  ];
}

export const HANDSHAKE_INVARIANTS: readonly Invariant[] = [
  { name: "the hand-shake comes to its end: every signal is awaited, every wait is answered", faults: ({ plan }) => playHandshake(plan) },
];
