"use strict";
// Draws the graph that stands in the page as JSON. Words reach the page as text only, never as HTML.

function drawGraph(root, data) {
  const canvas = root.querySelector(".canvas");
  const detail = root.querySelector(".detail");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const pen = document.createElement("canvas").getContext("2d");
  const nodes = [...data.runs, ...data.artifacts];
  const byId = new Map(nodes.map((node) => [node.id, node]));

  function element(node) {
    const codes = [...new Set(node.findings.map((found) => found.code))].join(" ");
    const lines = [node.title, node.note, codes && `⚠ ${codes}`].filter(Boolean).map(shortened);
    pen.font = "14px sans-serif";
    const width = Math.max(...lines.map((line) => pen.measureText(line).width)) + 24;
    return {
      group: "nodes",
      data: { id: node.id, label: lines.join("\n"), width, height: lines.length * 18 + 14 },
      classes: `${node.kind} ${node.kind === "run" || node.kind === "reader" ? "does" : "is"} ${worst(node)}`,
    };
  }

  function shortened(line) {
    return line.length > 34 ? `${line.slice(0, 16)}…${line.slice(-17)}` : line;
  }

  function worst(node) {
    const there = new Set(node.findings.map((found) => found.severity));
    return ["error", "warning", "info"].find((severity) => there.has(severity)) || "";
  }

  const cy = cytoscape({
    container: canvas,
    elements: [
      ...nodes.map(element),
      ...data.edges.map((edge, index) => ({
        group: "edges",
        data: { id: `e${index}`, source: edge.from, target: edge.to, label: edge.versions.join(", ") },
        classes: `${edge.kind} ${edge.certain && edge.recorded ? "" : "dashed"}`,
      })),
    ],
    layout: { name: "preset" },
    style: style(),
    minZoom: 0.01,
    maxZoom: 3,
    boxSelectionEnabled: false,
    hideEdgesOnViewport: nodes.length > 1500,
    textureOnViewport: nodes.length > 1500,
  });

  function style() {
    const fills = ["run", "reader", "artifact", "unknown", "external", "unlogged"];
    return [
      {
        selector: "node",
        style: {
          label: "data(label)", width: "data(width)", height: "data(height)", "text-wrap": "wrap",
          "text-valign": "center", "text-halign": "center", "font-size": 14, "font-family": "sans-serif",
          color: color("on"), "line-height": 1.25, "min-zoomed-font-size": 4,
        },
      },
      { selector: "node.does", style: { shape: "round-rectangle" } },
      { selector: "node.is", style: { shape: "barrel" } },
      ...fills.map((name) => ({ selector: `node.${name}`, style: { "background-color": color(name) } })),
      { selector: "node.unknown, node.reader",
        style: { "border-width": 2, "border-style": "dashed", "border-color": color("text") } },
      ...["info", "warning", "error"].map((name) => ({
        selector: `node.${name}`, style: { "border-width": 4, "border-style": "solid", "border-color": color(name) },
      })),
      {
        selector: "edge",
        style: {
          width: 1.5, "curve-style": "bezier", "target-arrow-shape": "triangle", label: "data(label)",
          "line-color": color("quiet"), "target-arrow-color": color("quiet"), "font-size": 11,
          color: color("text"), "text-background-color": color("page"), "text-background-opacity": 0.85,
          "text-background-padding": 2, "min-zoomed-font-size": 5,
        },
      },
      {
        // Those that pass by other layers go the way that dagre has left free for them.
        selector: "edge.routed",
        style: {
          "curve-style": "unbundled-bezier", "edge-distances": "intersection",
          "control-point-weights": (edge) => edge.scratch("controlPointWeights"),
          "control-point-distances": (edge) => edge.scratch("controlPointDistances"),
        },
      },
      { selector: "edge.dashed", style: { "line-style": "dashed" } },
      { selector: ".faded", style: { opacity: 0.15 } },
      { selector: "node:selected", style: { "outline-width": 3, "outline-color": color("text"), "outline-offset": 3 } },
    ];
  }

  // Layers from left to right, by dagre, for each part of the graph that hangs together; the parts are put into
  // rows. What is too large for dagre to lay out while somebody waits is laid out breadth first.
  function arrange() {
    const parts = cy.elements().components().sort((one, other) => other.length - one.length);
    const wide = Math.sqrt(parts.reduce((sum, part) => sum + room(part), 0)) * 1.6;
    let x = 0, y = 0, tall = 0;
    cy.startBatch();
    for (const part of parts) {
      const layout = part.nodes().length === 1 ? { name: "preset" }
        : part.length <= 800
          ? { name: "dagre", rankDir: "LR", nodeSep: 18, rankSep: 44, edgeSep: 12,
              ranker: part.length > 300 ? "longest-path" : "network-simplex",
              useDagreEdgeControlPoints: true }
          : { name: "breadthfirst", directed: true, spacingFactor: 1.1, direction: "rightward",
              roots: part.nodes().filter((node) => node.indegree(false) === 0) };
      part.layout({ ...layout, animate: false, fit: false }).run();
      const box = part.nodes().boundingBox({ includeLabels: false, includeOverlays: false });
      if (x > 0 && x + box.w > wide) { x = 0; y += tall + 50; tall = 0; }
      part.nodes().shift({ x: x - box.x1, y: y - box.y1 });
      x += box.w + 60;
      tall = Math.max(tall, box.h);
    }
    cy.edges().filter((edge) => (edge.scratch("controlPointWeights") || []).length > 1).addClass("routed");
    cy.endBatch();
  }

  function room(part) {
    return part.nodes().reduce((sum, node) => sum + (node.data("width") + 60) * (node.data("height") + 40), 0);
  }

  function line(parent, tag, words, name) {
    const made = document.createElement(tag);
    if (words) made.textContent = words;
    if (name) made.className = name;
    parent.append(made);
    return made;
  }

  function placeOf(at) {
    return `${at.filename}:${at.cell ? `cell ${at.cell}:` : ""}${at.row}:${at.column}`;
  }

  function listed(heading, things, fill) {
    if (!things.length) return;
    line(detail, "h3", heading);
    const list = line(detail, "ul");
    for (const thing of things) fill(line(list, "li"), thing);
  }

  const SKIPPED = new Set(["id", "kind", "title", "note", "metadata", "locations", "findings", "name"]);
  const KINDS = {
    run: "Run", reader: "No known run", artifact: "Artifact", unknown: "Artifact whose name is not wholly known",
    external: "Artifact of another project", unlogged: "Artifact that nothing here logs",
  };

  function show(node) {
    detail.replaceChildren();
    line(detail, "h2", node.title);
    line(detail, "div", KINDS[node.kind]);
    const list = line(detail, "dl");
    for (const [key, words] of Object.entries(node)) {
      if (SKIPPED.has(key) && !(key === "name" && words !== node.title)) continue;
      line(list, "dt", key.replaceAll("_", " "));
      line(list, "dd", words);
    }
    listed("Findings", node.findings, (item, found) => {
      line(item, "strong", `${found.code} ${found.name} `, found.severity);
      line(item, "span", found.message);
      line(item, "br");
      line(item, "code", placeOf(found.location));
    });
    listed("Metadata keys", node.metadata || [], (item, key) => line(item, "code", key));
    listed("In the code", node.locations, (item, at) => line(item, "code", placeOf(at)));
    const around = (mine, other, heading) => listed(
      heading, data.edges.filter((edge) => edge[mine] === node.id),
      (item, edge) => link(item, byId.get(edge[other]),
        ` (${[edge.kind, ...edge.versions, edge.certain ? "" : "perhaps"].filter(Boolean).join(", ")})`),
    );
    around("to", "from", "Comes from");
    around("from", "to", "Leads to");
  }

  function link(parent, node, more) {
    const made = line(parent, "button", node.title);
    made.type = "button";
    made.addEventListener("click", () => select(node.id, true));
    line(parent, "span", more);
  }

  function overview() {
    detail.replaceChildren();
    line(detail, "h2", "Lineage");
    line(detail, "p", "Click a run or an artifact for its place in the code. Drag to move, scroll to zoom.");
    const marked = nodes.filter((node) => node.findings.length);
    listed("With findings", marked.slice(0, 200), (item, node) =>
      link(item, node, ` ${[...new Set(node.findings.map((found) => found.code))].join(" ")}`));
    listed("Findings elsewhere", data.findings.slice(0, 200), (item, found) => {
      line(item, "strong", `${found.code} `, found.severity);
      line(item, "span", found.message);
      line(item, "br");
      line(item, "code", placeOf(found.location));
    });
  }

  function select(id, move) {
    const node = cy.getElementById(id);
    cy.elements().removeClass("faded").unselect();
    node.select();
    const way = node.union(node.predecessors()).union(node.successors());
    cy.elements().not(way).addClass("faded");
    if (move) cy.animate({ center: { eles: node }, zoom: Math.max(cy.zoom(), 0.8) }, { duration: 150 });
    show(byId.get(id));
    root.dataset.selected = id;
  }

  function clear() {
    cy.elements().removeClass("faded").unselect();
    delete root.dataset.selected;
    overview();
  }

  cy.on("tap", "node", (event) => select(event.target.id(), false));
  cy.on("tap", (event) => { if (event.target === cy) clear(); });

  const zoom = (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  const search = document.querySelector("[data-search]");
  document.querySelector("[data-fit]").addEventListener("click", () => cy.fit(undefined, 30));
  document.querySelector("[data-in]").addEventListener("click", () => zoom(1.3));
  document.querySelector("[data-out]").addEventListener("click", () => zoom(1 / 1.3));
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    if (!wanted) return clear();
    const hits = nodes.filter((node) => `${node.title} ${node.note}`.toLowerCase().includes(wanted));
    detail.replaceChildren();
    listed(`${hits.length} found`, hits.slice(0, 100), (item, node) => link(item, node, ` ${node.note}`));
  });
  for (const button of document.querySelectorAll("[data-node]")) {
    button.addEventListener("click", () => {
      select(button.dataset.node, true);
      canvas.scrollIntoView({ block: "nearest" });
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(style()));

  arrange();
  cy.fit(undefined, 30);
  if (cy.zoom() > 1.2) { cy.zoom(1.2); cy.center(); }
  overview();
  root.dataset.ready = "true";
  return cy;
}

window.graph = drawGraph(document.querySelector("[data-graph]"), JSON.parse(document.getElementById("graph").textContent));
