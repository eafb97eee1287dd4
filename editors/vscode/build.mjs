// Bundles the extension into dist/, or (`node build.mjs tests`) each test into out/. The tests run without VS Code:
// what they import as `vscode` is test/editor.ts.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const common = { bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "warning" };

if (process.argv[2] === "tests") {
  const names = (await readdir(here("test"))).filter((name) => name.endsWith(".test.ts"));
  await rm(here("out"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: names.map((name) => here(`test/${name}`)),
    outdir: here("out"),
    sourcemap: "inline",
    alias: { vscode: here("test/editor.ts"), "vscode-languageclient/node": here("test/client.ts") },
  });
} else {
  await rm(here("dist"), { recursive: true, force: true });
  const { metafile } = await build({
    ...common,
    entryPoints: [here("src/extension.ts")],
    outfile: here("dist/extension.js"),
    external: ["vscode"],
    minify: true,
    metafile: true,
  });
  await writeFile(here("dist/licenses.txt"), await licences(Object.keys(metafile.inputs)));
}

/** The licences of the packages that these files are of. */
async function licences(files) {
  const folders = new Set(files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean));
  const parts = [...folders].sort().map(async (folder) => {
    const { name, version } = JSON.parse(await readFile(here(`${folder}/package.json`), "utf8"));
    const own = (await readdir(here(folder))).find((file) => /^licen[cs]e/i.test(file));
    if (own === undefined) {
      throw new Error(`${name} comes without its licence`);
    }
    return `${name} ${version}\n\n${(await readFile(here(`${folder}/${own}`), "utf8")).trim()}\n`;
  });
  return (await Promise.all(parts)).join("\n----\n\n");
}
