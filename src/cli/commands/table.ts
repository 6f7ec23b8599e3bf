// Every command of `teu`, by name; a command's module, and a group's table, is loaded when it is asked for.
import { asCommand, type CommandEntry, type CommandTable } from "../command.ts";

// biome-ignore format: table
export const COMMANDS: CommandTable = {
  attach:     { subject: "Containers", summary: "Show the output of a running container, and give it input", load: async () => asCommand(await import("./attach.ts")) },
  commit:     { subject: "Containers", summary: "Make an image of what a container has changed", load: async () => asCommand(await import("./commit.ts")) },
  completion: { subject: "System",     summary: "Print what makes a shell complete teu's commands and flags", load: async () => (await import("./completion.ts")).completion(COMMANDS, RUNTIME) },
  container:  { subject: "Containers", summary: "Commands on containers", commands: async () => CONTAINER },
  cp:         { subject: "Containers", summary: "Copy files between a container and the host", load: async () => asCommand(await import("./cp.ts")) },
  create:     { subject: "Containers", summary: "Create a container without starting it", load: async () => asCommand(await import("./create.ts")) },
  diff:       { subject: "Containers", summary: "Show what a container has changed of its image", load: async () => asCommand(await import("./diff.ts")) },
  events:     { subject: "System",     summary: "Show what happens to containers, images, networks and volumes", load: async () => asCommand(await import("./events.ts")) },
  exec:       { subject: "Containers", summary: "Run a program in a running container", load: async () => asCommand(await import("./exec.ts")) },
  export:     { subject: "Containers", summary: "Export the files of a container as a tar", load: async () => asCommand(await import("./export.ts")) },
  generate:   { subject: "Containers", summary: "Make units of systemd", commands: async () => (await import("./generate/table.ts")).GENERATE },
  healthcheck: { subject: "Containers", summary: "Commands on health checks", commands: async () => (await import("./healthcheck/table.ts")).HEALTHCHECK },
  history:    { subject: "Images",     summary: "Show how an image came to be", load: async () => asCommand(await import("./history.ts")) },
  image:      { subject: "Images",     summary: "Commands on images", commands: async () => IMAGE },
  images:     { subject: "Images",     summary: "List images", load: async () => asCommand(await import("./images.ts")) },
  import:     { subject: "Images",     summary: "Make an image of a root file system", load: async () => asCommand(await import("./import.ts")) },
  info:       { subject: "System",     summary: "Show what this engine has, and what machine it is on", load: async () => asCommand(await import("./info.ts")) },
  inspect:    { subject: "System",     summary: "Show all that is known of objects by name", load: async () => asCommand(await import("./inspect.ts")) },
  kill:       { subject: "Containers", summary: "Kill containers, or send them a signal", load: async () => asCommand(await import("./kill.ts")) },
  load:       { subject: "Images",     summary: "Load the images of an archive", load: async () => asCommand(await import("./load.ts")) },
  login:      { subject: "Registries", summary: "Log in to a registry", load: async () => asCommand(await import("./login.ts")) },
  logout:     { subject: "Registries", summary: "Log out of a registry", load: async () => asCommand(await import("./logout.ts")) },
  logs:       { subject: "Containers", summary: "Show what containers have written to their output", load: async () => asCommand(await import("./logs.ts")) },
  manifest:   { subject: "Registries", summary: "Make images for several platforms", commands: async () => (await import("./manifest/table.ts")).MANIFEST },
  network:    { subject: "Networks",   summary: "Commands on networks", commands: async () => (await import("./network/table.ts")).NETWORK },
  pause:      { subject: "Containers", summary: "Suspend all processes of containers", load: async () => asCommand(await import("./pause.ts")) },
  port:       { subject: "Containers", summary: "Show the ports of the host that lead to a container", load: async () => asCommand(await import("./port.ts")) },
  ps:         { subject: "Containers", summary: "List containers", load: async () => asCommand(await import("./ps.ts")) },
  pull:       { subject: "Images",     summary: "Bring an image from a registry into the store", load: async () => asCommand(await import("./pull.ts")) },
  push:       { subject: "Images",     summary: "Bring an image to a registry", load: async () => asCommand(await import("./push.ts")) },
  rename:     { subject: "Containers", summary: "Give a container another name", load: async () => asCommand(await import("./rename.ts")) },
  restart:    { subject: "Containers", summary: "Stop containers and start them again", load: async () => asCommand(await import("./restart.ts")) },
  rm:         { subject: "Containers", summary: "Remove containers", load: async () => asCommand(await import("./rm.ts")) },
  rmi:        { subject: "Images",     summary: "Remove images", load: async () => asCommand(await import("./rmi.ts")) },
  run:        { subject: "Containers", summary: "Run a program in a new container", load: async () => asCommand(await import("./run.ts")) },
  save:       { subject: "Images",     summary: "Save images to an archive", load: async () => asCommand(await import("./save.ts")) },
  search:     { subject: "Registries", summary: "Look for images in a registry", load: async () => asCommand(await import("./search.ts")) },
  service:    { subject: "System",     summary: "Have containers come back when the machine starts", commands: async () => (await import("./service/table.ts")).SERVICE },
  start:      { subject: "Containers", summary: "Start containers", load: async () => asCommand(await import("./start.ts")) },
  stats:      { subject: "Containers", summary: "Show what containers use, as it goes on", load: async () => asCommand(await import("./stats.ts")) },
  stop:       { subject: "Containers", summary: "Stop containers", load: async () => asCommand(await import("./stop.ts")) },
  system:     { subject: "System",     summary: "Commands on all that teu keeps", commands: async () => SYSTEM },
  tag:        { subject: "Images",     summary: "Give an image one more name", load: async () => asCommand(await import("./tag.ts")) },
  top:        { subject: "Containers", summary: "Show the processes of a container", load: async () => asCommand(await import("./top.ts")) },
  unpause:    { subject: "Containers", summary: "Let the processes of paused containers go on", load: async () => asCommand(await import("./unpause.ts")) },
  unshare:    { subject: "System",     summary: "Run a program in the user namespace of this user's containers", load: async () => asCommand(await import("./unshare.ts")) },
  update:     { subject: "Containers", summary: "Change the limits, the restart policy and the published ports of containers", load: async () => asCommand(await import("./update.ts")) },
  version:    { subject: "System",     summary: "Show the version", load: async () => asCommand(await import("./version.ts")) },
  volume:     { subject: "Volumes",    summary: "Commands on volumes", commands: async () => (await import("./volume/table.ts")).VOLUME },
  wait:       { subject: "Containers", summary: "Wait until containers have ended, and print their exit codes", load: async () => asCommand(await import("./wait.ts")) },
};

/** `teu container …`, docker's long names. */
// biome-ignore format: table
const CONTAINER: CommandTable = {
  attach: { same: "attach" },
  commit: { same: "commit" },
  cp:      { same: "cp" },
  create:  { same: "create" },
  diff:    { same: "diff" },
  exec:    { same: "exec" },
  export:  { same: "export" },
  inspect: { summary: "Show all that is known of containers", load: async () => asCommand(await import("./container/inspect.ts")) },
  kill:    { same: "kill" },
  logs:   { same: "logs" },
  ls:      { same: "ps", aliases: ["list", "ps"] },
  pause:   { same: "pause" },
  port:    { same: "port" },
  prune:   { summary: "Remove all stopped containers", load: async () => asCommand(await import("./container/prune.ts")) },
  rename:  { same: "rename" },
  restart: { same: "restart" },
  rm:      { same: "rm", aliases: ["remove"] },
  run:     { same: "run" },
  start:   { same: "start" },
  stats:   { same: "stats" },
  stop:    { same: "stop" },
  top:     { same: "top" },
  unpause: { same: "unpause" },
  update:  { same: "update" },
  wait:    { same: "wait" },
};

/** `teu image …`. */
// biome-ignore format: table
const IMAGE: CommandTable = {
  copy:    { summary: "Copy an image between registries, files, docker and the store", load: async () => asCommand(await import("./image/copy.ts")) },
  delete:  { summary: "Delete an image from a registry", load: async () => asCommand(await import("./image/delete.ts")) },
  diff:    { summary: "Show what differs between two images", load: async () => asCommand(await import("./image/diff.ts")) },
  history: { same: "history" },
  import:  { same: "import" },
  inspect: { summary: "Show all that is known of images", load: async () => asCommand(await import("./inspect-image.ts")) },
  "list-tags": { summary: "List the tags of a registry's repository", load: async () => asCommand(await import("./image/list-tags.ts")) },
  load:    { same: "load" },
  ls:      { same: "images", aliases: ["list"] },
  mount:   { summary: "Show an image's files in a directory", load: async () => asCommand(await import("./image/mount.ts")) },
  prune:   { summary: "Remove images that are not used", load: async () => asCommand(await import("./image/prune.ts")) },
  pull:    { same: "pull" },
  push:    { same: "push" },
  rm:      { same: "rmi", aliases: ["remove"] },
  save:    { same: "save" },
  search:  { same: "search" },
  sync:    { summary: "Copy many images between registries and directories", load: async () => asCommand(await import("./image/sync.ts")) },
  tag:     { same: "tag" },
  tree:    { summary: "Show the layers of an image", load: async () => asCommand(await import("./image/tree.ts")) },
  unmount: { summary: "End what image mount began", aliases: ["umount"], load: async () => asCommand(await import("./image/unmount.ts")) },
};

/** `teu system …`. */
// biome-ignore format: table
const SYSTEM: CommandTable = {
  check:  { summary: "Compare what is stored with what it should be", load: async () => asCommand(await import("./system/check.ts")) },
  df:     { summary: "Show what takes room on the disk", load: async () => asCommand(await import("./system/df.ts")) },
  events: { same: "events" },
  info:   { same: "info" },
  prune:  { summary: "Remove what is not used", load: async () => asCommand(await import("./system/prune.ts")) },
};

/** Commands that are not shown. */
export const HIDDEN: Readonly<Record<string, CommandEntry["load"]>> = {
  internal: async () => asCommand(await import("./internal.ts")),
};

/** Shown beside the commands, but a command line of its own. */
export const RUNTIME = { name: "runtime", summary: "The OCI runtime, with runc's command line (also: teu-runtime)" } as const;
