// Bootstraps a recipe and prints the digest of the image: run by bootstrap.test.ts, as root and as an ordinary user.
//   bun bootstrap-digest.ts RECIPE TEMPORARY
import { importTar } from "../../src/image/archives/import.ts";
import { OciDirectoryDestination } from "../../src/image/archives/oci-directory.ts";
import { bootstrap } from "../../src/image/bootstrap/bootstrap.ts";
import { parseRecipe } from "../../src/image/bootstrap/recipe.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import { AMD64 } from "./fixture.ts";

const [recipe = "", temporary = "", layout = ""] = process.argv.slice(2);
const path = process.env.PATH ?? "";
const tree = await bootstrap(parseRecipe(recipe, AMD64), { path, temporary, isRoot: process.getuid?.() === 0 });
await using source = await importTar(recipe, tree.tar, { ...tree, temporary });
await using destination = await OciDirectoryDestination.open(layout, "made");
const { manifest } = await copyImage(source, destination, { platform: AMD64 });
console.log(manifest.digest);
