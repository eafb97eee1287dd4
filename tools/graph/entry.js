// What the pages need of the library: cytoscape, with dagre's layered layout.
import cytoscape from "cytoscape";
import dagre from "cytoscape-dagre";

cytoscape.use(dagre);
globalThis.cytoscape = cytoscape;
