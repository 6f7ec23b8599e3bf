// Ops on whole trees of files.
import { define } from "./definition.ts";

export const TREE_OPS = define({
  writeTree: {
    code: 45,
    doc: "carry out the records of kernel/tree/records.ts that come from `from` below directory `root`, whose links lead nowhere out of it; flags 1: devices that may not be made are left out, 2: syncfs(2) at the end, 4: no directory in place of another file (ENOTDIR) or the other way round (EISDIR); answers (what failed, was left out, was implied) are appended to `answers`; open files come by the socket `exchange`; a broken stream is EPROTO",
    args: { root: "in", from: "in", answers: "in", flags: "int", exchange: "in?" },
  },
  readTree: {
    code: 46,
    doc: "walk directory `root`, or what has the `name` (one part) in it, by descriptors, no link followed, names sorted by bytes, and write records to `to`; flags 1: as an overlay's upper directory (whiteouts, opaque directories, its own xattrs left out), 2: nothing that is mounted inside, 4: no contents, 8: nothing of what a directory holds, 16: of procfs and its like, and of a /dev, the mount point alone; each record says whether directory `below` has its path too; large files go open through the socket `exchange` (SCM_RIGHTS) while it takes them; an entry that fails is told in `answers`",
    args: { root: "in", name: "str?", below: "in?", to: "in", answers: "in", flags: "int", exchange: "in?" },
  },
  removeTree: {
    code: 47,
    doc: "remove `name` (one part) in `dir` and all below it by descriptors, whatever the modes and the depth; missing is success; EXDEV where something is mounted inside",
    args: { dir: "in", name: "str" },
  },
});
