"""The store on SQLite: a file of its own beside the site's."""
