// `teu logout`: forgets the password of a registry.
import { openImages } from "../../engine/images/image-engine.ts";
import { logout, registryNamed } from "../../engine/images/login.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "logout",
  summary: "Log out of a registry",
  usage: "[REGISTRY[/NAMESPACE]]",
  flags: {},
  args: { min: 0, max: 1 },
  failed: 1,
  async run({ args: [server], context }) {
    const registry = registryNamed(server);
    using images = openImages(engineOf(context));
    const { was, still } = await logout(images, registry);
    context.out(was ? `Removing login credentials for ${registry}\n` : `Not logged in to ${registry}\n`);
    if (still !== undefined)
      context.err(`teu: warning: ${still} has credentials for ${registry}, which teu goes on using; it does not change that file\n`);
    return 0;
  },
});
