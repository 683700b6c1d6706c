"""What a demo's hosts install: packages, where they come from, and the tools that handle them."""
