"""Parts of the report: figures out of the store, charts, tables, and the page around them."""
