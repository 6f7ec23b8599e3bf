// `teu-runtime features` (runtime-spec features.md, features-linux.md).
import { mountOptionNames } from "../../kernel/tables/mount-options.ts";
import { ARCHITECTURES } from "../../kernel/tables/seccomp.ts";
import { featuresDocument } from "../../spec/runtime/features.ts";
import { VERSION } from "../version.ts";
import { verb } from "./verb.ts";

/** With the systemd driver these set any property of the container's unit (runc's docs/systemd.md). */
const UNSAFE_ANNOTATIONS = ["org.systemd.property."];

export default verb({
  name: "runtime features",
  summary: "Show what this runtime can do, as JSON",
  usage: "",
  flags: {},
  args: { min: 0, max: 0 },
  run({ context }) {
    const features = featuresDocument({
      mountOptions: mountOptionNames(),
      seccompArchitectures: Object.keys(ARCHITECTURES),
      unsafeAnnotations: UNSAFE_ANNOTATIONS,
      annotations: { "io.github.teu.version": VERSION },
    });
    context.out(`${JSON.stringify(features, null, 2)}\n`);
    return 0;
  },
});
