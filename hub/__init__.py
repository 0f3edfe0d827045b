"""The generator: Markdown extensions and build steps that turn `docs/` and `demo_api/` into the site."""
