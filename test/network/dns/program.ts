// A name server whose resolv.conf is a test's: `bun program.ts ROOT RUN-ROOT RESOLV-CONF`.
import { hostResolvers } from "../../../src/engine/dns/resolvers.ts";
import { serveNames } from "../../../src/engine/dns/serve.ts";
import { stateDatabase } from "../../../src/engine/state/state.ts";

const [, , root = "", runRoot = "", resolvConf = ""] = process.argv;
await serveNames({ state: stateDatabase(root), root, runRoot }, { host: hostResolvers(resolvConf), port: 53 });
