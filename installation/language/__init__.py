"""The language of all YAML files that people write: nodes with lines, kinds of words, records, mistakes."""
