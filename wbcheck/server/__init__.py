"""The language server: what editors ask while people type. It speaks LSP 3.17."""
