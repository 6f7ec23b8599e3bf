import { readdirSync, chownSync, readdirSync as ls } from "node:fs";
import { join } from "node:path";
import { stateDatabase } from "../../src/engine/state/state.ts"; import { insertContainer } from "../../src/containers/state/rows.ts";
import type { Cli } from "../cli/callers.ts"; import { eventually } from "../support/run.ts";
export async function startBox(cli: Cli, { flags = [], program = ["sleep", "1000"] }: any = {}): Promise<any> {
  const name = cli.roots.id("box"); const id = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const st = require("node:fs").statSync(cli.roots.root);
  const running = cli.start(["run", "--rm", "--name", id, ...flags, "--rootfs", cli.rootfs, "sh","-c", "echo up; exec \"$@\"", "sh", ...program]);
  await eventually("up", () => running.stdout().includes("up"));
  const db = stateDatabase(cli.roots.root);
  const env = flags.flatMap((f: string, i: number) => f === "-e" ? [flags[i+1]] : []);
  db.write(d=>insertContainer(d,{name,document:{version:2,id,created:new Date().toISOString(),root:{kind:"directory",path:"/x"},options:{args:["sleep"],env,terminal:false,cwd:"/",readonlyRoot:false,resources:{},rlimits:[],capAdd:[],capDrop:[]},user:{user:"",groupAdd:[]},seccomp:"default",stdio:{open:false,attach:[]},mounts:[],network:{mode:{kind:"none"},exposed:[],dns:[],dnsSearch:[],dnsOptions:[],extraHosts:[]},life:{remove:false,restart:{name:"no",retries:0},init:false},log:{driver:"none",maxSize:0,maxFiles:0,compress:false,options:{}},labels:{},birth:{runRoot:cli.roots.runRoot,boot:"",creator:{pid:1,start:"1"}}} as any}));
  db.close();
  for (const f of ls(cli.roots.root)) chownSync(join(cli.roots.root, f), st.uid, st.gid);
  return { name, id, exec: (more: any, ...args: any[]) => cli.teu(["exec", ...more, name, ...args]),
    execs: () => readdirSync(join(cli.roots.runRoot, "containers", id)).filter((entry) => entry.startsWith("exec-")),
    [Symbol.asyncDispose]: async () => { await cli.teu(["runtime","--root",join(cli.roots.runRoot,"containers"),"delete","--force", id]); await running.exited; running.dispose(); } };
}
