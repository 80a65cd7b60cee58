"""The store on PostgreSQL: its functions are in the migration, and the bell is a `NOTIFY`."""
