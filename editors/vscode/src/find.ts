// Which `wbcheck` is started. Nothing of VS Code is needed here.

import * as path from "node:path";

/** What the search asks the machine. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  isFile(file: string): boolean;
}

/** What somebody asked for, and where to look. */
export interface Wish {
  /** The settings; empty where nothing is set. */
  readonly path: string;
  readonly interpreter: string;
  readonly args: readonly string[];
  /** The workspace's folders, absolute. */
  readonly folders: readonly string[];
  /** The interpreter that the Python extension has selected. */
  readonly active?: string | undefined;
  /** Whether what lies in the workspace may be run. */
  readonly trusted: boolean;
}

/** A command line, and in a few words where it comes from. */
export interface Found {
  readonly command: string;
  readonly args: readonly string[];
  readonly source: string;
}

/** What was set cannot be run, or nothing was found; the message is for people. */
export class NotFound extends Error {}

const ENVIRONMENTS = [".venv", "venv", "env"];

/** The server to start. Throws `NotFound`. */
export function find(wish: Wish, machine: Machine): Found {
  const args = ["server", ...wish.args, ...(wish.trusted ? [] : ["--untrusted"])];
  if (wish.path) {
    const command = named(wish.path, "wbcheck.path", wish, machine);
    return { command, args, source: "the setting wbcheck.path" };
  }
  if (wish.interpreter) {
    const command = named(wish.interpreter, "wbcheck.interpreter", wish, machine);
    // -P: a folder of the workspace that is called wbcheck is not what is meant.
    return { command, args: ["-P", "-m", "wbcheck", ...args], source: "the setting wbcheck.interpreter" };
  }
  for (const [command, source] of candidates(wish, machine)) {
    if (machine.isFile(command)) {
      return { command, args, source };
    }
  }
  const where = wish.trusted
    ? "neither the selected interpreter, nor a virtual environment of the workspace, nor the PATH has it"
    : "the PATH does not have it, and a workspace that is not trusted is not searched";
  throw new NotFound(`wbcheck was not found: ${where}. Install it with: pip install 'wbcheck[lsp]'`);
}

function* candidates(wish: Wish, machine: Machine): Generator<[command: string, source: string]> {
  const paths = pathsOf(machine);
  const names = machine.platform === "win32" ? ["wbcheck.exe", "wbcheck.cmd"] : ["wbcheck"];
  if (wish.trusted) {
    if (wish.active) {
      for (const name of names) {
        yield [paths.join(paths.dirname(wish.active), name), "the selected interpreter"];
        yield [paths.join(paths.dirname(wish.active), "Scripts", name), "the selected interpreter"];
      }
    }
    const bin = machine.platform === "win32" ? "Scripts" : "bin";
    for (const folder of wish.folders) {
      for (const environment of ENVIRONMENTS) {
        for (const name of names) {
          yield [paths.join(folder, environment, bin, name), `${environment} of the workspace`];
        }
      }
    }
  }
  for (const folder of searched(wish, machine)) {
    for (const name of names) {
      yield [paths.join(folder, name), "the PATH"];
    }
  }
}

/** The absolute folders of the PATH; of a workspace that is not trusted none that lies in it. */
function searched(wish: Wish, machine: Machine): string[] {
  const paths = pathsOf(machine);
  const entries = (machine.env["PATH"] ?? machine.env["Path"] ?? "").split(paths.delimiter);
  return entries.filter((entry) => {
    const isInside = wish.folders.some((folder) => isWithin(paths.normalize(entry), paths.normalize(folder), paths));
    return paths.isAbsolute(entry) && (wish.trusted || !isInside);
  });
}

function isWithin(inner: string, outer: string, paths: path.PlatformPath): boolean {
  const way = paths.relative(outer, inner);
  return way === "" || (!paths.isAbsolute(way) && way !== ".." && !way.startsWith(`..${paths.sep}`));
}

/** A setting's command, as an absolute path or, if it is a bare word, from the PATH. */
function named(value: string, setting: string, wish: Wish, machine: Machine): string {
  const paths = pathsOf(machine);
  const written = expanded(value, wish, machine);
  const isWord = !/[\\/]/.test(written);
  const tried = isWord
    ? searched(wish, machine).flatMap((folder) => [written, `${written}.exe`].map((name) => paths.join(folder, name)))
    : [paths.isAbsolute(written) || !wish.folders[0] ? written : paths.join(wish.folders[0], written)];
  const found = tried.find((file) => machine.isFile(file));
  if (found === undefined) {
    throw new NotFound(`${setting} is ${JSON.stringify(value)}, and there is no such file${isWord ? " on the PATH" : ""}.`);
  }
  return found;
}

function expanded(value: string, wish: Wish, machine: Machine): string {
  return value
    .replace(/^~(?=$|[\\/])/, () => machine.home)
    .replace(/\$\{workspaceFolder\}/g, () => wish.folders[0] ?? "")
    .replace(/\$\{userHome\}/g, () => machine.home)
    .replace(/\$\{env:([^}]*)\}/g, (_, name: string) => machine.env[name] ?? "");
}

function pathsOf(machine: Machine): path.PlatformPath {
  return machine.platform === "win32" ? path.win32 : path.posix;
}
