// Writes the bundle and the licences of what is in it beside the page's template.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const TARGET = new URL("../../wbcheck/report/templates/", import.meta.url);
// What cytoscape-dagre's own build has in it is named here for its licence.
const PARTS = ["cytoscape", "cytoscape-dagre", "@dagrejs/dagre", "@dagrejs/graphlib"];

const licences = PARTS.map((name) => {
  const read = (file) => readFileSync(new URL(`node_modules/${name}/${file}`, import.meta.url), "utf8");
  const { version, homepage } = JSON.parse(read("package.json"));
  return `${name} ${version}${homepage ? `, ${homepage}` : ""}\n\n${read("LICENSE").trim()}\n`;
}).join("\n----\n\n");

const done = await build({
  entryPoints: ["entry.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  legalComments: "none",
  charset: "ascii",
  write: false,
  banner: { js: `/*\n${licences.replaceAll("*/", "* /")}*/` },
});
const [{ text }] = done.outputFiles;
// The page has it between two tags of its own.
if (/<\/script|<!--/i.test(text)) throw new Error("the bundle cannot stand in a page");
writeFileSync(new URL("graph.js", TARGET), text);
writeFileSync(new URL("graph.licenses.txt", TARGET), licences);
