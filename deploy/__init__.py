"""How the product is started: on one machine without anything installed (`local/`, `demo/`), or in containers."""
