"""Results told to people: sentences, tables and a report, in English and in Dutch."""
